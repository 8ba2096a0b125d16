"""Every fixture, in suites of their own."""

from __future__ import annotations

import pytest

from tests.exports.asking import needs_simpledbv2


def test_simpledb_is_active_and_clean_for_each_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3, pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(simpledb, number):
            assert simpledb == {}
            boto3.client("sdb", region_name="us-east-1").create_domain(DomainName="users")
            assert simpledb.client().list_domains()["DomainNames"] == ["users"]
            assert simpledb == {"users": {}}
    """)
    suite.runpytest().assert_outcomes(passed=2)


def test_a_test_needs_no_more_than_the_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_x(simpledb):
            simpledb.client().create_domain(DomainName="users")
    """)
    suite.runpytest().assert_outcomes(passed=1)


def test_a_client_and_a_domain_of_its_own_are_given_to_a_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        seen = set()

        def test_one(simpledb, simpledb_client, simpledb_domain):
            assert simpledb_client.list_domains()["DomainNames"] == [simpledb_domain]
            seen.add(simpledb_domain)

        def test_two(simpledb_domain):
            assert simpledb_domain not in seen
    """)
    suite.runpytest().assert_outcomes(passed=2)


def test_a_client_made_at_import_is_caught(suite: pytest.Pytester) -> None:
    suite.makepyfile(app="""
        import boto3
        client = boto3.client("sdb", region_name="us-east-1")
    """)
    suite.makepyfile("""
        import app

        def test_it(simpledb):
            app.client.create_domain(DomainName="users")
            assert simpledb == {"users": {}}
    """)
    suite.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_module_s_and_a_session_s_tests_share_one(suite: pytest.Pytester) -> None:
    for module in ("one", "two"):
        suite.makepyfile(**{f"test_{module}": f"""
            def test_first(simpledb_module, simpledb_session):
                assert simpledb_module == {{}}
                simpledb_module.client().create_domain(DomainName="of-the-module")
                simpledb_session.client().create_domain(DomainName="in-{module}")

            def test_second(simpledb_module, simpledb_session):
                assert simpledb_module == {{"of-the-module": {{}}}}
                assert "in-{module}" in simpledb_session.contents()

            def test_third(simpledb_session, simpledb):
                assert simpledb == {{}}
                assert len(simpledb_session.contents()) == {1 if module == "one" else 2}
        """})
    suite.runpytest().assert_outcomes(passed=6)


def test_a_server_is_running_and_clean_for_each_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os, urllib.request
        import boto3, pytest

        ports = set()

        @pytest.mark.parametrize("number", range(2))
        def test_it(simpledb_server, number, monkeypatch):
            assert simpledb_server == {}
            simpledb_server.client("eu-west-1").create_domain(DomainName="users")
            assert simpledb_server.contents(region="eu-west-1") == {"users": {}}
            assert simpledb_server.url == f"http://127.0.0.1:{simpledb_server.port}"
            for name, value in simpledb_server.environment.items():
                monkeypatch.setenv(name, value)
            boto3.Session().client("sdb").create_domain(DomainName="orders")
            assert simpledb_server == {"orders": {}}
            assert [call.operation for call in simpledb_server.calls] == ["CreateDomain"] * 2
            simpledb_server.seed({"carts": {"c1": {"total": "1"}}})
            assert simpledb_server.session("us-east-1").region_name == "us-east-1"
            assert simpledb_server.items("carts") == {"c1": {"total": "1"}}
            ports.add(simpledb_server.port)
            assert len(ports) == 1

        @pytest.mark.simpledb(limits={"domains": 1}, region="eu-west-1", lag=60, storage="sqlite:{tmp}/data")
        def test_settings(simpledb_server):
            client = simpledb_server.client()
            client.create_domain(DomainName="users")
            assert "DomainNames" not in client.list_domains()
            assert simpledb_server.contents(region="eu-west-1") == {"users": {}}
            with pytest.raises(client.exceptions.NumberDomainsExceeded):
                client.create_domain(DomainName="orders")

        def test_settings_are_gone(simpledb_server):
            client = simpledb_server.client()
            for name in ("one", "two"):
                client.create_domain(DomainName=name)
            assert client.list_domains()["DomainNames"] == ["one", "two"]
    """)
    suite.runpytest().assert_outcomes(passed=4)


@needs_simpledbv2
def test_the_environment_of_a_server_leads_clients_of_exports_to_it(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3

        def test_it(simpledb_server, monkeypatch):
            for name, value in simpledb_server.environment.items():
                monkeypatch.setenv(name, value)
            assert boto3.Session().client("simpledbv2").list_exports()["exportSummaries"] == []
            assert [call.operation for call in simpledb_server.calls] == ["ListExports"]
    """)
    suite.runpytest().assert_outcomes(passed=1)


def test_servers_of_a_module_and_a_session_keep_what_was_done(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_first(simpledb_server_module, simpledb_server_session, simpledb_server):
            servers = (simpledb_server_module, simpledb_server_session, simpledb_server)
            assert len({server.port for server in servers}) == 3
            for server in servers:
                server.client().create_domain(DomainName="users")

        def test_second(simpledb_server_module, simpledb_server_session, simpledb_server):
            assert simpledb_server_module == simpledb_server_session.contents() == {"users": {}}
            assert simpledb_server == {}
    """)
    suite.runpytest().assert_outcomes(passed=2)


def test_unittest_classes_have_it_by_fixture_marker_or_decorator(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import unittest
        import boto3, pytest
        from basicdb_mock import active_simpledb, mock_simpledb

        @pytest.mark.usefixtures("simpledb")
        class OneTest(unittest.TestCase):
            def test_it(self):
                boto3.client("sdb", region_name="us-east-1").create_domain(DomainName="users")
                assert active_simpledb() == {"users": {}}

        @pytest.mark.simpledb(seed={"users": {"alice": {"age": "30"}}})
        class TwoTest(unittest.TestCase):
            def test_it(self):
                assert active_simpledb().items("users") == {"alice": {"age": "30"}}

        @mock_simpledb
        class ThreeTest(unittest.TestCase):
            def setUp(self):
                active_simpledb().client().create_domain(DomainName="users")
            def test_one(self):
                assert active_simpledb() == {"users": {}}
            test_two = test_one
    """)
    suite.runpytest().assert_outcomes(passed=4)


def test_doctests_have_the_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile(app='''
        def create():
            """
            >>> simpledb = getfixture("simpledb")
            >>> create()
            >>> simpledb.contents()
            {'users': {}}
            """
            import boto3
            boto3.client("sdb", region_name="us-east-1").create_domain(DomainName="users")
    ''')
    suite.runpytest("--doctest-modules").assert_outcomes(passed=1)


def test_coroutines_have_it_under_pytest_asyncio(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_it(simpledb):
            client = simpledb.client()
            await asyncio.to_thread(client.create_domain, DomainName="users")
            assert simpledb == {"users": {}}
    """)
    loop = "asyncio_default_fixture_loop_scope=function"
    result = suite.runpytest_subprocess("-p", "pytest_asyncio.plugin", "-o", loop)
    result.assert_outcomes(passed=1)


def test_coroutines_have_it_under_anyio(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        @pytest.mark.simpledb(region="eu-west-1")
        async def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
            assert simpledb == {"users": {}}
    """)
    suite.runpytest_subprocess("-p", "anyio.pytest_plugin").assert_outcomes(passed=1)


def test_every_worker_of_xdist_has_a_server_of_its_own(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(simpledb_server, simpledb, number, worker_id):
            assert simpledb_server == {} == simpledb.contents()
            simpledb_server.client().create_domain(DomainName="users")
            simpledb.client().create_domain(DomainName="users")
            with open(f"port-{worker_id}", "a") as file:
                file.write(f"{simpledb_server.port}\\n")
    """)
    suite.runpytest_subprocess("-p", "xdist.plugin", "-n", "2").assert_outcomes(passed=6)
    ports = [set(path.read_text().split()) for path in suite.path.glob("port-*")]
    assert [len(ours) for ours in ports] == [1] * len(ports)
    assert len(set.union(*ports)) == len(ports) == 2


def test_every_fixture_tells_what_it_is(suite: pytest.Pytester) -> None:
    told = suite.runpytest("--fixtures").stdout.str()
    for name in ("simpledb", "simpledb_client", "simpledb_domain", "simpledb_module", "simpledb_session",
                 "simpledb_server", "simpledb_server_module", "simpledb_server_session", "simpledb_settings"):
        line = next(line for line in told.splitlines() if line.startswith((f"{name} ", f"{name} [")))
        after = told[told.index(line) + len(line) :].strip().splitlines()[0]
        assert "no docstring available" not in after
