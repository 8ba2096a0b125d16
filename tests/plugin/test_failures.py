"""Failures that explain themselves: the section of calls, differences of data, strict mode."""

from __future__ import annotations

import pytest

from tests.exports.asking import needs_simpledbv2


def test_a_failing_test_tells_its_calls(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3

        def test_passes(simpledb):
            simpledb.client().create_domain(DomainName="not-shown")

        def test_fails(simpledb):
            client = simpledb.client("eu-west-1")
            client.create_domain(DomainName="users")
            client.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "age", "Value": "30"}])
            client.domain_metadata(DomainName="none")
    """)
    result = suite.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines([
        "-* SimpleDB calls -*",
        r"CreateDomain DomainName='users' -> 200 \(eu-west-1, [0-9.]+ ms\)",
        r"PutAttributes DomainName='users' ItemName='alice' Attribute.1.Name='age' Attribute.1.Value='30' -> 200 .*",
        r"DomainMetadata DomainName='none' -> 400 NoSuchDomain: The specified domain does not exist. \(eu-west-1, .*"],
        consecutive=True)
    assert "not-shown" not in result.stdout.str()
    assert "AWSAccessKeyId" not in result.stdout.str().partition("SimpleDB calls")[2]


def test_a_domain_that_is_elsewhere_is_told(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import boto3

        def test_region(simpledb):
            simpledb.seed({"users": {}})
            boto3.client("sdb", "eu-west-1").domain_metadata(DomainName="users")

        def test_account(simpledb):
            simpledb.seed({"users": {}})
            keys = {"aws_access_key_id": "111111111111", "aws_secret_access_key": "s"}
            boto3.client("sdb", "us-east-1", **keys).domain_metadata(DomainName="users")

        def test_nowhere(simpledb):
            simpledb.client().domain_metadata(DomainName="users")
    """)
    told = [line for line in suite.runpytest().outlines if line.startswith("there is a domain")]
    assert told == [
        "there is a domain 'users' in us-east-1, not in eu-west-1",
        "there is a domain 'users' in the account 123456789012, not in 111111111111, whose key made the call",
    ]


def test_calls_of_a_decorated_test_and_of_a_server_are_told_too(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        from basicdb_mock import active_simpledb, mock_simpledb

        @mock_simpledb
        def test_decorated():
            active_simpledb().client().create_domain(DomainName="users")
            assert False

        def test_served(simpledb_server):
            simpledb_server.client().create_domain(DomainName="orders")
            assert False
    """)
    told = suite.runpytest().stdout.str()
    assert told.count("SimpleDB calls") == 2
    assert told.count("CreateDomain DomainName='users' -> 200") == 1
    assert told.count("CreateDomain DomainName='orders' -> 200") == 1


def test_calls_of_a_session_s_simpledb_are_told_for_the_test_that_made_them(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_one(simpledb_session):
            simpledb_session.client().create_domain(DomainName="earlier")

        def test_two(simpledb_session):
            simpledb_session.client().create_domain(DomainName="now")
            assert False
    """)
    told = suite.runpytest().stdout.str()
    assert "DomainName='now'" in told
    assert "DomainName='earlier'" not in told


def test_only_the_last_calls_are_told(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            client = simpledb.client()
            for number in range(5):
                client.create_domain(DomainName=f"domain{number}" + "x" * 200)
            assert False
    """)
    result = suite.runpytest("-o", "simpledb_calls=2")
    result.stdout.fnmatch_lines([
        "the last 2 of 5 calls:",
        "CreateDomain DomainName='domain3xxx*... -> 200 *",
        "CreateDomain DomainName='domain4xxx*... -> 200 *"], consecutive=True)
    assert "SimpleDB calls" not in suite.runpytest("-o", "simpledb_calls=0").stdout.str()


def test_a_failure_without_calls_has_no_section(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(simpledb): assert False")
    assert "SimpleDB calls" not in suite.runpytest().stdout.str()


def test_calls_reach_the_report_under_xdist(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.client().create_domain(DomainName="users")
            assert False
    """)
    told = suite.runpytest_subprocess("-p", "xdist.plugin", "-n", "1").stdout.str()
    assert "CreateDomain DomainName='users' -> 200" in told


@pytest.mark.parametrize("compared", ["simpledb == expected", "expected == simpledb"])
def test_differences_are_told_one_a_line(suite: pytest.Pytester, compared: str) -> None:
    suite.makepyfile(f"""
        def test_it(simpledb):
            simpledb.seed({{"users": {{"alice": {{"color": ["red", "blue"], "age": "30"}}, "carl": {{"a": "b"}}}}}})
            simpledb.client().create_domain(DomainName="old")
            expected = {{"users": {{"alice": {{"color": "red"}}, "bob": {{"age": "1"}}}}, "new": {{}}}}
            assert {compared}
    """)
    suite.runpytest().stdout.fnmatch_lines([
        "E *the contents of SimpleDB are not as expected",
        "E *domain 'new': expected, but missing",
        "E *domain 'old': not expected",
        "E *domain 'users', item 'alice', attribute 'age': not expected",
        "E *domain 'users', item 'alice', attribute 'color': 'blue' and 'red', but expected 'red'",
        "E *domain 'users', item 'bob': expected, but missing",
        "E *domain 'users', item 'carl': not expected"], consecutive=True)


def test_very_many_differences_are_cut(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        def test_it(simpledb):
            simpledb.seed({"users": {f"user{number:03}": {"a": "b"} for number in range(60)}})
            assert simpledb == {"users": {}}
    """)
    suite.runpytest("-vv").stdout.fnmatch_lines(["E *... and 10 more"])


STRICT = """
    import threading
    import boto3, pytest

    client = boto3.client("sdb", region_name="eu-west-1", aws_access_key_id="A", aws_secret_access_key="B")

    def test_answered(simpledb):
        client.list_domains()

    def test_refused():
        client.list_domains()

    def test_taking_no_notice():
        try:
            client.create_domain(DomainName="users")
        except BaseException:
            pass

    def test_by_url():
        import urllib.request
        urllib.request.urlopen("https://sdb.amazonaws.com/?Action=ListDomains")

    def test_by_requests():
        import requests
        requests.get("https://sdb.us-west-2.amazonaws.com/?Action=Select")

    def test_answered_by_none_that_knows_the_library(simpledb):
        import urllib.request
        urllib.request.urlopen("https://sdb.amazonaws.com/?Action=ListDomains")

    def test_local(simpledb_server):
        simpledb_server.client().list_domains()

    @pytest.mark.parametrize("name", ["gethostbyname", "gethostbyname_ex"])
    def test_by_name(name):
        import socket
        getattr(socket, name)("sdb.amazonaws.com")

    def test_by_a_misspelt_name():
        import socket
        socket.getaddrinfo("sdb.us-east1.amazonaws.com", 443)

    @pytest.mark.parametrize("name", ["connect", "connect_ex"])
    def test_by_socket(name):
        import socket
        with socket.socket() as connection:
            getattr(connection, name)((b"sdb.eu-west-1.amazonaws.com", 443))

    @pytest.fixture
    def taking_no_notice():
        yield
        try:
            client.list_domains()
        except BaseException:
            pass

    def test_torn_down(taking_no_notice):
        pass

    def test_of_another_test():
        pass

    def test_with_one_of_its_own():
        from basicdb_mock import SimpleDB
        SimpleDB().client().list_domains()
"""


def test_strict_mode_fails_a_test_that_calls_aws(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_app=STRICT)
    result = suite.runpytest_subprocess("--simpledb-strict")
    result.assert_outcomes(passed=5, failed=10, errors=1)
    why = "no SimpleDB is active: use the fixture simpledb, or mock_simpledb"
    told = result.stdout.str()
    for message in (
        f"test_app.py::test_refused called ListDomains at sdb.eu-west-1.amazonaws.com, but {why}",
        f"test_app.py::test_taking_no_notice called CreateDomain at sdb.eu-west-1.amazonaws.com, but {why}",
        f"test_app.py::test_by_requests called Select at sdb.us-west-2.amazonaws.com, but {why}",
        f"test_app.py::test_by_url called something at sdb.amazonaws.com, but {why}",
        f"test_app.py::test_by_name[gethostbyname_ex] called something at sdb.amazonaws.com, but {why}",
        f"test_app.py::test_by_a_misspelt_name called something at sdb.us-east1.amazonaws.com, but {why}",
        f"test_app.py::test_by_socket[connect_ex] called something at sdb.eu-west-1.amazonaws.com, but {why}",
        f"test_app.py::test_torn_down called ListDomains at sdb.eu-west-1.amazonaws.com, but {why}",
    ):
        assert message in told
    result.stdout.fnmatch_lines([
        "*test_answered_by_none_that_knows_the_library called something at sdb.amazonaws.com, but the active mock "
        "(<SimpleDB at 0x*, 0 calls>) does not intercept the library that made the call*"])


@needs_simpledbv2
def test_strict_mode_fails_a_test_that_calls_the_export_api_of_aws(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_app="""
        import boto3

        def test_exports():
            boto3.client(
                "simpledbv2", region_name="eu-west-1", aws_access_key_id="A", aws_secret_access_key="B").list_exports()
    """)
    result = suite.runpytest_subprocess("--simpledb-strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_app.py::test_exports called ListExports at sdb.eu-west-1.amazonaws.com, but *"])


def test_strict_mode_of_the_ini_file_can_be_switched_off(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nsimpledb_strict = true")
    suite.makepyfile("""
        import boto3, pytest, socket
        from botocore.config import Config
        from botocore.exceptions import EndpointConnectionError

        def test_it(monkeypatch):
            def refuse(*arguments, **named):
                raise OSError("no network here")
            monkeypatch.setattr(socket, "getaddrinfo", refuse)
            config = Config(retries={"max_attempts": 0})
            client = boto3.client(
                "sdb", region_name="eu-west-1", aws_access_key_id="A", aws_secret_access_key="B", config=config)
            with pytest.raises(EndpointConnectionError):
                client.list_domains()
    """)
    suite.runpytest().assert_outcomes(failed=1)
    suite.runpytest("--no-simpledb-strict").assert_outcomes(passed=1)
