"""Marker, overridden settings, command line, ini: each by itself, and which goes before which."""

from __future__ import annotations

import textwrap

import pytest

TELL = """
    import pytest
    {before}

    {marker}
    def test_it(simpledb):
        client = simpledb.client()
        limit = 0
        while True:
            try:
                client.create_domain(DomainName=f"domain{{limit}}")
            except client.exceptions.NumberDomainsExceeded:
                break
            limit += 1
        assert (client.meta.region_name, limit) == {expected}
"""


def told(suite: pytest.Pytester, expected: tuple[str, int], *options: str, before: str = "", marker: str = "") -> None:
    suite.makepyfile(TELL.format(expected=expected, before=before, marker=marker))
    suite.runpytest("-p", "no:cacheprovider", *options).assert_outcomes(passed=1)


OVERRIDE = """
    @pytest.fixture(scope="session")
    def simpledb_settings():
        return {"limits": {"domains": 3}, "region": "sa-east-1"}
"""


def test_marker_goes_before_fixture_before_command_line_before_ini_file(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nsimpledb_limits = domains=1\nsimpledb_region = us-west-1")
    told(suite, ("us-west-1", 1))
    told(suite, ("us-west-2", 2), "--simpledb-limits=domains=2", "--simpledb-region=us-west-2")
    told(suite, ("us-west-2", 3), "--simpledb-region=us-west-2", before=OVERRIDE.replace(', "region": "sa-east-1"', ""))
    told(suite, ("sa-east-1", 3), "--simpledb-limits=domains=2", "--simpledb-region=us-west-2", before=OVERRIDE)
    marker = '@pytest.mark.simpledb(limits={"domains": 4})'
    told(suite, ("sa-east-1", 4), "--simpledb-limits=domains=2", before=OVERRIDE, marker=marker)


def test_the_closest_marker_counts_for_each_keyword(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os
        import pytest
        pytestmark = pytest.mark.simpledb(limits={"domains": 5}, region="us-west-1")

        @pytest.mark.simpledb(region="us-west-2")
        class TestIt:
            @pytest.mark.simpledb(region="eu-west-1")
            def test_one(self, simpledb):
                assert (simpledb.region, simpledb.limits.domains) == ("eu-west-1", 5)
                assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"

            def test_two(self, simpledb):
                assert (simpledb.region, simpledb.limits.domains) == ("us-west-2", 5)

        def test_three(simpledb_module):
            assert (simpledb_module.region, simpledb_module.limits.domains) == ("us-west-1", 5)
    """)
    suite.runpytest().assert_outcomes(passed=3)


def test_a_marker_gives_the_test_the_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3, pytest
        from basicdb_mock import active_simpledb

        @pytest.mark.simpledb(seed={"users": {"alice": {"age": "30"}}}, region="eu-west-1", lag=None)
        def test_it():
            assert active_simpledb() == {"users": {"alice": {"age": "30"}}}
            assert boto3.client("sdb").list_domains()["DomainNames"] == ["users"]
            assert active_simpledb().lag is None

        @pytest.mark.simpledb
        def test_without_settings():
            assert active_simpledb() == {}

        def test_without_it():
            assert active_simpledb() is None
    """)
    suite.runpytest().assert_outcomes(passed=3)


@pytest.mark.parametrize(("marker", "problem"), [
    ("sed={}", "the marker simpledb has no setting 'sed'; "
               "choose from: storage, limits, region, lag, faults, seed, direct"),
    ("{}", r"the marker simpledb takes only keyword arguments: storage, limits, region, lag, faults, seed, direct"),
    ("direct='no'", "the marker simpledb: direct takes True or False, not 'no'"),
    ("region=1", "the marker simpledb: region takes a string, not 1"),
])
def test_a_marker_that_says_what_it_cannot_is_a_usage_error(suite: pytest.Pytester, marker: str, problem: str) -> None:
    suite.makepyfile(f"""
        import pytest

        @pytest.mark.simpledb({marker})
        def test_it():
            pass
    """)
    result = suite.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*test_it: {problem}*"])


@pytest.mark.parametrize(("returned", "problem"), [
    ("{'limit': 1}", "the fixture simpledb_settings has no setting 'limit'; choose from: storage*"),
    ("None", "simpledb_settings must return a mapping, not None"),
])
def test_overridden_settings_are_checked(suite: pytest.Pytester, returned: str, problem: str) -> None:
    suite.makepyfile(f"""
        import pytest

        @pytest.fixture
        def simpledb_settings():
            return {returned}

        def test_it(simpledb):
            pass
    """)
    result = suite.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_it*", problem], consecutive=True)


@pytest.mark.parametrize("fixture", ["simpledb_module", "simpledb_session", "simpledb_server_module"])
def test_a_marker_of_one_test_cannot_change_what_others_share(suite: pytest.Pytester, fixture: str) -> None:
    suite.makepyfile(f"""
        import pytest

        @pytest.mark.simpledb(limits="RELAXED")
        def test_it({fixture}):
            pass
    """)
    result = suite.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([
        f"*test_it: the marker simpledb of a single test cannot change {fixture}, which other tests share; "
        "mark the module, or *"])


@pytest.mark.parametrize("fixture", ["simpledb", "simpledb_server"])
@pytest.mark.parametrize(("setting", "problem"), [
    ("storage='tape:'", "unknown storage 'tape' in 'tape:'; choose from: files, memory, *"),
    ("limits={'domain': 1}", "unknown limit 'domain'; choose from: domains, *"),
    ("lag='late'", "seconds must be a number or a text such as uniform(0.1, 0.5), not 'late'"),
    ("seed='none.yaml'", "*No such file or directory: '*none.yaml'"),
    ("seed=1", "a seed must be a mapping, a path, or several of them, not 1"),
])
def test_a_setting_that_makes_no_sense_is_told_in_a_line(
    suite: pytest.Pytester, setting: str, problem: str, fixture: str
) -> None:
    suite.makepyfile(f"""
        import pytest

        @pytest.mark.simpledb({setting})
        def test_it({fixture}):
            pass

        def test_the_next({fixture}):
            {fixture}.client().create_domain(DomainName="users")
    """)
    result = suite.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([
        "*ERROR at setup of test_it*", f"SimpleDB cannot be started with this test's settings: {problem}"],
        consecutive=True)


@pytest.mark.parametrize(("ini", "problem"), [
    ("simpledb_calls = many", "simpledb_calls takes a number of calls, not 'many'"),
    ("simpledb_calls = -1", "simpledb_calls takes a number of calls, not '-1'"),
    ("simpledb_direct = perhaps", "simpledb_direct: invalid truth value 'perhaps'"),
])
def test_an_ini_file_that_makes_no_sense_is_a_usage_error(suite: pytest.Pytester, ini: str, problem: str) -> None:
    suite.makeini(f"[pytest]\n{ini}")
    suite.makepyfile("def test_it(): pass")
    result = suite.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{problem}*"])


def test_seeds_are_found_wherever_pytest_is_called(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makeini("[pytest]\nsimpledb_seed = tests/ini.yaml")
    for name in ("ini", "code", "given"):
        path = suite.path / ("sub" if name == "given" else "tests") / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name}: {{}}\n")
    (suite.path / "tests" / "test_it.py").write_text(textwrap.dedent("""
        import os
        import pytest

        @pytest.fixture(autouse=True)
        def elsewhere(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)

        def test_options(simpledb):
            assert list(simpledb.contents()) == [os.environ["EXPECTED"]]

        @pytest.mark.simpledb(seed=["tests/code.yaml", {"more": {}}])
        def test_code(simpledb):
            assert list(simpledb.contents()) == ["code", "more"]
    """))
    monkeypatch.chdir(suite.path / "sub")
    for expected, options in (("ini", ()), ("given", ("--simpledb-seed=given.yaml",))):
        monkeypatch.setenv("EXPECTED", expected)
        suite.runpytest("../tests", *options).assert_outcomes(passed=2)


def test_workers_of_xdist_do_not_clear_each_others_store(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
    """)
    workers = ("-p", "xdist.plugin", "-n", "1")
    refused = suite.runpytest_subprocess(*workers, "--simpledb-storage=sqlite:store")
    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines([
        "*all workers of pytest-xdist would share sqlite:store: add {worker} or {tmp} to the URL"])
    for options in ((), workers):
        suite.runpytest_subprocess(*options, "--simpledb-storage=sqlite:store-{worker}").assert_outcomes(passed=1)
    assert sorted(path.name for path in suite.path.glob("store*")) == ["store-gw0", "store-main"]


def test_a_storage_on_disk_is_empty_for_each_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(simpledb, number):
            assert simpledb == {}
            simpledb.client().create_domain(DomainName="users")
    """)
    suite.runpytest("--simpledb-storage=sqlite:data.db").assert_outcomes(passed=2)
    assert (suite.path / "data.db").exists()
    suite.runpytest("--simpledb-storage=sqlite:{tmp}/own.db").assert_outcomes(passed=2)
    assert not (suite.path / "{tmp}").exists()


def test_a_place_that_nothing_stands_for_is_no_directory(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(simpledb): pass", test_served="def test_it(simpledb_server): pass")
    unknown = "unknown placeholder {tmpdir} in files:{tmpdir}; choose from: {tmp}, {worker}"
    refused = suite.runpytest("--simpledb-storage=files:{tmpdir}")
    refused.assert_outcomes(errors=2)
    assert refused.stdout.str().count(unknown) >= 2
    refused = suite.runpytest("--simpledb-storage=sqlite:{worker}", "--simpledb-shared-server", "test_served.py")
    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines(["*unknown placeholder {worker} in sqlite:{worker}; choose from: {tmp}"])
    assert [path for path in suite.path.iterdir() if "{" in path.name] == []


def test_seeds_of_the_command_line_and_the_ini_file_are_put_in(suite: pytest.Pytester) -> None:
    (suite.path / "users.yaml").write_text("users: {alice: {age: 30}}\n")
    (suite.path / "carts.csv").write_text("itemName(),total\nc1,5\n")
    suite.makepyfile("""
        def test_it(simpledb):
            assert simpledb == {"users": {"alice": {"age": "30"}}, "carts": {"c1": {"total": "5"}}}
    """)
    suite.runpytest("--simpledb-seed=users.yaml", "--simpledb-seed=carts.csv").assert_outcomes(passed=1)
    suite.makeini("[pytest]\nsimpledb_seed = users.yaml\n    carts.csv")
    suite.runpytest().assert_outcomes(passed=1)


def test_a_bad_seed_is_an_error_that_tells_file_and_line(suite: pytest.Pytester) -> None:
    (suite.path / "users.yaml").write_text("users:\n  alice:\n    age: {}\n")
    suite.makepyfile("def test_it(simpledb): pass")
    result = suite.runpytest("--simpledb-seed=users.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([
        "SimpleDB cannot be started with this test's settings: "
        "*/users.yaml, line 3: a value must be a string; SimpleDB *"])


def test_a_lag_of_the_command_line_is_in_force(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
            assert "DomainNames" not in simpledb.client().list_domains()
    """)
    suite.runpytest("--simpledb-lag=60").assert_outcomes(passed=1)


def test_direct_of_the_command_line_and_the_ini_file_is_in_force(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
            assert "Signature" not in simpledb.calls.of("CreateDomain")[0].given
            assert simpledb == {"users": {}}
    """)
    suite.runpytest().assert_outcomes(failed=1)
    suite.runpytest("--simpledb-direct").assert_outcomes(passed=1)
    suite.makeini("[pytest]\nsimpledb_direct = true")
    suite.runpytest().assert_outcomes(passed=1)


def test_the_header_tells_what_differs(suite: pytest.Pytester) -> None:
    assert "simpledb:" not in suite.runpytest().stdout.str()
    result = suite.runpytest("--simpledb-storage=memory:", "--simpledb-strict")
    result.stdout.fnmatch_lines(["simpledb: storage memory:, strict"])


def test_moto_is_ours_unless_the_ini_file_says_no(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3
        from moto import mock_aws

        @mock_aws
        def test_it():
            client = boto3.client("sdb", region_name="us-east-1")
            client.create_domain(DomainName="users")
            assert client.select(SelectExpression="select * from users")["ResponseMetadata"]
    """)
    suite.runpytest_subprocess().assert_outcomes(passed=1)
    suite.makeini("[pytest]\nsimpledb_moto = false")
    suite.runpytest_subprocess().assert_outcomes(failed=1)
