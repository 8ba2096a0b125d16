"""One server for all workers of pytest-xdist, in suites of their own."""

from __future__ import annotations

import pytest

XDIST = ("-p", "xdist.plugin", "-n", "2")


def test_workers_share_a_server_and_see_nothing_of_each_other(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nsimpledb_shared_server = true\nsimpledb_limits = domains=7")
    suite.makepyfile("""
        import pytest
        from basicdb_mock import seed

        @pytest.mark.parametrize("number", range(6))
        def test_it(simpledb_server, number, worker_id):
            assert simpledb_server == {}
            assert simpledb_server.control.limits()["domains"] == 7
            client, elsewhere = simpledb_server.client(), simpledb_server.client("eu-west-1")
            client.create_domain(DomainName="users")
            elsewhere.create_domain(DomainName=f"of-{number}")
            simpledb_server.seed({"users": {"alice": {"n": str(number)}}})
            seed({"users": {"bob": {"n": "5"}}}, simpledb_server)
            assert simpledb_server.items("users") == {"alice": {"n": str(number)}, "bob": {"n": "5"}}
            assert simpledb_server.contents(region="eu-west-1") == {f"of-{number}": {}}
            assert [call.operation for call in simpledb_server.calls] == ["CreateDomain", "CreateDomain"]
            assert (simpledb_server.calls[-1].status, len(simpledb_server.calls[1:])) == (200, 1)
            with open(f"seen-{worker_id}", "a") as file:
                file.write(f"{simpledb_server.port} {simpledb_server.account}\\n")
    """)
    suite.runpytest_subprocess(*XDIST).assert_outcomes(passed=6)
    seen = [set(path.read_text().splitlines()) for path in suite.path.glob("seen-*")]
    assert [len(lines) for lines in seen] == [1, 1]
    ports, accounts = zip(*(line.split() for lines in seen for line in lines), strict=True)
    assert len(set(ports)) == 1
    assert set(accounts) == {"100000000001", "100000000002"}


def test_clearing_an_account_leaves_the_others_alone(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture(scope="session")
        def simpledb_settings():
            return {"region": "eu-west-1"}

        def test_scopes(simpledb_server, simpledb_server_module, simpledb_server_session):
            for server in (simpledb_server, simpledb_server_module, simpledb_server_session):
                assert server == {}
                server.client().create_domain(DomainName="users")
            simpledb_server.add_fault(operation="ListDomains", fail="ServiceUnavailable")

        def test_the_function_s_alone_is_empty(simpledb_server, simpledb_server_module, simpledb_server_session):
            assert simpledb_server == {}
            assert simpledb_server.control.faults() == []
            assert len(simpledb_server.calls) == 0
            assert simpledb_server_module == simpledb_server_session.contents() == {"users": {}}
            assert len({simpledb_server.url, simpledb_server_module.url, simpledb_server_session.url}) == 1

        @pytest.mark.simpledb(seed={"users": {"bob": {"age": "5"}}}, faults=[{"fail": "ServiceUnavailable"}])
        def test_settings_of_a_test(simpledb_server, simpledb_server_module):
            assert simpledb_server.items("users") == {"bob": {"age": "5"}}
            simpledb_server_module.client().list_domains()
            client = simpledb_server.client()
            with pytest.raises(client.exceptions.ClientError, match="ServiceUnavailable"):
                client.list_domains()
            assert simpledb_server.calls.of("ListDomains")[0].code == "ServiceUnavailable"
            with pytest.raises(ValueError, match="^unknown operation 'ListDomain'; choose from: "):
                simpledb_server.calls.of("ListDomain")
            with pytest.raises(LookupError, match="no domain 'none' in eu-west-1; its domains are: users"):
                simpledb_server.items("none")

        def test_a_process_is_led_to_the_account(simpledb_server, monkeypatch):
            import boto3
            for name, value in simpledb_server.environment.items():
                monkeypatch.setenv(name, value)
            boto3.Session().client("sdb").create_domain(DomainName="users")
            assert simpledb_server.control.dump() != []
            assert simpledb_server.port > 0 and simpledb_server.account in repr(simpledb_server)
    """)
    suite.runpytest("--simpledb-shared-server", "--simpledb-storage", "sqlite:{tmp}/x.db").assert_outcomes(passed=4)


def test_what_is_the_server_s_is_no_test_s(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.simpledb(lag=2)
        def test_it(simpledb_server): ...
    """)
    result = suite.runpytest("--simpledb-shared-server")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([
        "*::test_it: lag is the same for all tests of the shared server; set it with --simpledb-lag"])


def test_a_program_that_tells_no_region_is_in_that_of_the_options(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3

        def test_it(simpledb_server, monkeypatch):
            for name, value in simpledb_server.environment.items():
                monkeypatch.setenv(name, value)
            simpledb_server.seed({"users": {}})
            boto3.Session().client("sdb").domain_metadata(DomainName="users")
            assert simpledb_server.calls[-1].region == "eu-west-1"
    """)
    suite.runpytest("--simpledb-shared-server", "--simpledb-region", "eu-west-1").assert_outcomes(passed=1)


def test_a_server_that_cannot_start_is_a_usage_error(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(simpledb_server): ...")
    result = suite.runpytest("--simpledb-shared-server", "--simpledb-storage", "nowhere:")
    result.stdout.fnmatch_lines(["*the shared server of SimpleDB: *unknown storage 'nowhere'*"])


def test_a_failing_test_shows_its_own_calls_and_differences(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb_server, simpledb_server_module):
            simpledb_server_module.client().create_domain(DomainName="carts")
            simpledb_server.client().create_domain(DomainName="users")
            assert simpledb_server == {}
    """)
    result = suite.runpytest("--simpledb-shared-server")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "simpledb: shared server", "*domain 'users': not expected",
        "*- SimpleDB calls -*", "CreateDomain DomainName='users' -> 200 (us-east-1, * ms)"])
