"""Marker, overridden settings, command line, ini: each by itself, and which goes before which."""

from __future__ import annotations

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


def test_precedence(suite: pytest.Pytester) -> None:
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
    ("sed={}", r"the marker simpledb has no 'sed'; there are: storage, limits, region, lag, faults, seed, direct"),
    ("{}", r"the marker simpledb takes keywords only: storage, limits, region, lag, faults, seed, direct"),
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
    ("{'limit': 1}", "the fixture simpledb_settings has no 'limit'; there are: storage*"),
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
    result.stdout.fnmatch_lines([f"*{problem}*"])


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


def test_seeds_of_the_command_line_and_the_ini_file(suite: pytest.Pytester) -> None:
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
    result.stdout.fnmatch_lines(["E *: users.yaml, line 3: a value is a text; SimpleDB knows no other type"])


def test_a_lag_of_the_command_line(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
            assert "DomainNames" not in simpledb.client().list_domains()
    """)
    suite.runpytest("--simpledb-lag=60").assert_outcomes(passed=1)


def test_direct_of_the_command_line_and_the_ini_file(suite: pytest.Pytester) -> None:
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
