"""The control API, through its client."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from basicdb_mock.accounts import account_of
from basicdb_mock.control_client import Control, ControlError
from basicdb_mock.engine import Engine
from basicdb_mock.server import RunningServer
from basicdb_mock.server.snapshots import MOST

DATA = {"users": {"alice": {"color": ["blue", "red"], "age": "30"}}, "carts": {}}
PAIR: Any = {"Name": "n", "Value": "1"}


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, str]:
    with pytest.raises(ControlError) as caught:
        call(*arguments, **named)
    return caught.value.status, caught.value.code, caught.value.message


def ask(
    server: RunningServer, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
) -> tuple[int, dict[str, Any]]:
    """A request that the client would not make."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, f"/_basicdb{path}", body, {"Content-Type": kind})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


class TestTheServer:
    @pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
    def test_it_tells_that_it_is_there(self, server: RunningServer, path: str) -> None:
        assert ask(server, "GET", path) == (200, {"status": "ok"})

    def test_ready_is_false_where_nothing_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            assert not Control(f"http://127.0.0.1:{taken.getsockname()[1]}").ready()

    def test_ready_is_false_when_the_storage_does_not_answer(
        self, server: RunningServer, control: Control, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from basicdb_mock.storage import StorageError

        def fail() -> None:
            raise StorageError("gone")

        assert control.ready()
        monkeypatch.setattr(server.engine.storage, "tenants", fail)
        assert not control.ready()
        assert ask(server, "GET", "/health/ready")[0] == 503
        assert ask(server, "GET", "/dump") == (
            503, {"error": {"code": "StorageFailed", "message": "the storage failed"}},
        )

    def test_config_tells_how_it_is_set_up(self, control: Control) -> None:
        config = control.config()

        assert (config["region"], config["storage"], config["signatures"]) == ("us-east-1", "MemoryStorage", "any")
        assert config["limits"]["submitted_items"] == 25
        assert config["lag"] == {"seconds": 0, "seed": None, "tear_batches": False}
        assert config["clock"]["frozen"] is False

    def test_its_description_is_served(self, server: RunningServer) -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/_basicdb/openapi.yaml")
        response = connection.getresponse()
        assert response.read().startswith(b"openapi: 3.0.3\n")
        assert response.headers["Content-Type"] == "application/yaml"
        connection.close()


class TestData:
    def test_what_is_seeded_is_there_for_clients_without_keys_of_their_own(
        self, server: RunningServer, control: Control
    ) -> None:
        control.seed(DATA)

        client = server.client()
        assert client.list_domains()["DomainNames"] == ["carts", "users"]
        got = client.get_attributes(DomainName="users", ItemName="alice", AttributeNames=["age"])
        assert got["Attributes"] == [{"Name": "age", "Value": "30"}]

    def test_a_dump_is_what_was_seeded(self, control: Control) -> None:
        control.seed(DATA, account="123456789012", region="eu-west-1")
        control.seed({"other": {}}, access_key="somebody")

        assert sorted(control.dump(), key=lambda tenant: tenant["region"]) == [
            {"account": "123456789012", "region": "eu-west-1", "domains": DATA},
            {"account": account_of("somebody"), "region": "us-east-1", "domains": {"other": {}}},
        ]
        assert control.dump(region="eu-west-1", domain="carts") == [
            {"account": "123456789012", "region": "eu-west-1", "domains": {"carts": {}}},
        ]
        assert control.dump(account="000000000000") == []

    @pytest.mark.parametrize(("domains", "problem"), [
        ("/etc/passwd", "body: a seed needs the key domains, a mapping in the seed format"),
        (["/etc"], "body: a seed needs the key domains, a mapping in the seed format"),
        ({"a": {}}, "a: 'a' is not a valid domain name: use 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'"),
        ({"users": {"alice": {"age": 30}}}, "users.alice.age: a value must be a string; SimpleDB has no other type"),
        ({"users": {"alice": {}}},
         "users.alice: item 'alice' has no attributes; SimpleDB does not keep items without attributes"),
    ])
    def test_a_seed_that_is_none_is_refused(self, control: Control, domains: Any, problem: str) -> None:
        assert refused(control.seed, domains) == (400, "BadRequest", problem)
        assert control.dump() == []

    def test_reset_forgets_all(self, server: RunningServer, control: Control) -> None:
        control.seed(DATA)
        control.fail("*", "ServiceUnavailable")
        control.set_lag(5)
        control.freeze(1000)

        control.reset()

        assert (control.dump(), control.faults(), control.lag()["seconds"], control.calls()) == ([], [], 0, [])
        assert control.now() > 1_700_000_000

    def test_snapshots_are_kept_by_name(self, control: Control) -> None:
        control.seed(DATA)
        control.snapshot("full")
        control.reset()
        control.snapshot("empty")

        assert control.snapshots() == ["empty", "full"]
        for _ in range(2):
            control.restore("full")
            assert control.dump()[0]["domains"] == DATA
            control.restore("empty")
            assert control.dump() == []
        control.forget_snapshot("full")
        assert control.snapshots() == ["empty"]
        assert refused(control.restore, "full") == (404, "NotFound", "there is no snapshot with that name")
        assert refused(control.forget_snapshot, "full")[0] == 404

    @pytest.mark.parametrize("storage", ["memory", "sqlite", "files"])
    def test_snapshots_are_compared(self, storage: str, tmp_path: Path) -> None:
        places = {"memory": "", "sqlite": f"{tmp_path}/simple.db", "files": str(tmp_path)}
        engine = Engine(f"{storage}:{places[storage]}")
        with RunningServer(engine) as server:
            control = Control(server.url)
            control.seed({**DATA, "kept": {"same": {"n": ["1", "2"]}}})
            control.snapshot("before")
            client = server.client()
            client.delete_domain(DomainName="carts")
            client.put_attributes(DomainName="users", ItemName="bob", Attributes=[PAIR])
            client.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "color", "Value": "red2"}])
            found = control.compare_snapshots("before")
            place = {"account": account_of("testing"), "region": "us-east-1", "domain": "users"}
            assert found == {
                "before": "before", "after": "now", "added": 1, "changed": 1, "gone": 0,
                "differences": [
                    {
                        **place, "item": "alice", "what": "changed",
                        "before": {"age": ["30"], "color": ["blue", "red"]},
                        "after": {"age": ["30"], "color": ["blue", "red", "red2"]},
                    },
                    {**place, "item": "bob", "what": "added", "before": None, "after": {"n": ["1"]}},
                ],
            }
            control.snapshot("after")
            assert control.compare_snapshots("after", "before")["gone"] == 1
            control.restore("before")
            assert control.compare_snapshots("before")["differences"] == []
            assert refused(control.compare_snapshots, "none") == (
                404, "NotFound", "there is no snapshot with that name",
            )
            assert refused(control.snapshot, "now")[2] == "'now' stands for the present: choose another name"
        engine.close()

    def test_of_many_differences_the_first_thousand_are_told(self, control: Control) -> None:
        control.snapshot("empty")
        control.seed({"many": {f"i{number:04d}": {"n": "1"} for number in range(1001)}})

        found = control.compare_snapshots("empty")

        assert (found["added"], len(found["differences"])) == (1001, 1000)

    def test_snapshots_are_bounded(self, control: Control) -> None:
        for number in range(MOST):
            control.snapshot(f"s{number}")
        control.snapshot("s0")

        assert refused(control.snapshot, "one more") == (
            400, "BadRequest",
            "a snapshot's name must be 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-', not 'one more'",
        )
        assert refused(control.snapshot, "one-more") == (
            400, "BadRequest", "there are 32 snapshots already, which is the most: delete one first")


class TestTheRehearsal:
    def test_a_fault_strikes_and_tells_so(self, server: RunningServer, control: Control) -> None:
        number = control.fail("ListDomains", "ServiceUnavailable", times=1)
        client = server.client(config=_no_retries())

        with pytest.raises(ClientError, match="ServiceUnavailable"):
            client.list_domains()
        client.list_domains()

        assert control.faults() == [{
            "number": number, "operation": "ListDomains", "fail": "ServiceUnavailable", "times": 1,
            "met": 2, "struck": 1,
        }]
        control.remove_fault(number)
        assert control.faults() == []
        assert refused(control.remove_fault, number) == (404, "NotFound", "there is no fault with that number")

    def test_every_kind_of_fault_is_put_in_force_and_out_of_it(self, control: Control) -> None:
        control.throttle(25, burst=100)
        control.drop("PutAttributes", after=True)
        control.truncate("Select", keep=0.25, clean=True)
        control.delay("*", "uniform(0, 0.5)", after=True)

        assert [{name: fault[name] for name in fault if name not in ("number", "met", "struck")}
                for fault in control.faults()] == [
            {"throttle": 25.0, "burst": 100.0},
            {"operation": "PutAttributes", "drop": "after"},
            {"operation": "Select", "truncate": 0.25, "clean": True},
            {"delay": "uniform(0, 0.5)", "after": True},
        ]
        control.replace_faults([{"drop": "before"}])
        assert [fault["drop"] for fault in control.faults()] == ["before"]
        control.clear_faults()
        assert control.faults() == []

    def test_a_fault_that_makes_no_sense_is_refused(self, control: Control) -> None:
        assert refused(control.fail, "*", "ServiceUnavailable", times=0) == (
            400, "BadRequest", "body.times: times takes a whole number of at least 1, not 0",
        )
        assert refused(control.replace_faults, [{"drop": "before"}, {}]) == (
            400, "BadRequest",
            "body.faults[1]: a fault needs one of fail, throttle, drop, truncate, delay; this one has none",
        )

    def test_a_lag_is_set_told_and_taken_away(self, server: RunningServer, control: Control) -> None:
        control.freeze()
        control.set_lag(2, seed=1, tear_batches=True)
        assert control.lag() == {"seconds": 2.0, "seed": 1, "tear_batches": True}
        client = server.client()
        client.create_domain(DomainName="users")

        assert "DomainNames" not in client.list_domains()
        control.tick(2)
        assert client.list_domains()["DomainNames"] == ["users"]
        control.set_lag("uniform(0, 2)")
        assert control.lag()["seconds"] == "uniform(0, 2)"
        control.set_lag(0)
        assert server.engine.lag is None
        assert refused(control.set_lag, "soon")[2].startswith("body.seconds: seconds must be a number or a text such")

    def test_the_clock_is_frozen_moved_and_set_back(self, control: Control) -> None:
        assert control.freeze(1000.5) == 1000.5
        assert control.tick(2) == 1002.5
        assert control.tick(-2.5) == 1000.0
        assert control.now() == 1000.0
        assert control.reset_clock() > 1_700_000_000
        assert 3000 < control.offset(3600) - control.reset_clock() < 4200

    @pytest.mark.parametrize("setting", [
        {}, {"freeze": True, "tick": 1}, {"freeze": False}, {"freeze": -1}, {"freeze": 1e300}, {"tick": 1e12},
        {"tick": -1e12}, {"offset": -1e12}, {"tick": "2"}, {"tick": True}, {"reset": 1}, {"stop": True}, [], None,
    ])
    def test_a_clock_s_setting_that_makes_no_sense_is_refused(self, server: RunningServer, setting: object) -> None:
        before = server.engine.clock.now()

        assert ask(server, "POST", "/clock", json.dumps(setting).encode())[0] == 400
        assert abs(server.engine.clock.now() - before) < 60

    def test_limits_are_set_one_by_one_or_from_a_base(self, server: RunningServer, control: Control) -> None:
        assert control.set_limits(domains=1)["domains"] == 1
        client = server.client()
        client.create_domain(DomainName="one")
        with pytest.raises(ClientError, match="NumberDomainsExceeded"):
            client.create_domain(DomainName="two")
        assert control.limits()["domains"] == 1
        assert control.set_limits("RELAXED", submitted_items=3)["domains"] == 1_000_000
        assert control.limits()["submitted_items"] == 3
        assert control.set_limits("AWS")["domains"] == 250
        told = refused(control.set_limits, domain=1)[2]
        assert told.startswith("body: unknown limit 'domain'; choose from: domains,")
        assert refused(control.set_limits, "HUGE")[0] == 400


class TestCalls:
    def test_calls_are_told_without_credentials(self, server: RunningServer, control: Control) -> None:
        server.client().create_domain(DomainName="users")

        (call,) = control.calls("CreateDomain")
        assert call.parameters.keys() >= {"Action", "DomainName", "Version"}
        assert not call.parameters.keys() & {"AWSAccessKeyId", "Signature", "SecurityToken"}
        assert (call.domain, call.account, call.status, call.code) == ("users", account_of("testing"), 200, None)
        assert call.box_usage == 0.0055590278

    def test_calls_are_told_without_a_signed_url_s_session_token(self, server: RunningServer, control: Control) -> None:
        signed = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Security-Token=AQoDYXdz&X-Amz-Signature=0&X-Amz-Credential=k"
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", f"/?Action=ListDomains&{signed}")
        assert connection.getresponse().status == 401
        connection.close()

        (call,) = control.calls()
        assert call.parameters == {"Action": "ListDomains", "X-Amz-Algorithm": "AWS4-HMAC-SHA256"}

    def test_calls_are_filtered_and_paged(self, server: RunningServer, control: Control) -> None:
        client = server.client(config=_no_retries())
        for name in ("one", "two", "three"):
            client.create_domain(DomainName=name)
        with pytest.raises(ClientError):
            client.domain_metadata(DomainName="absent")

        assert [call.domain for call in control.calls(status=200)] == ["one", "two", "three"]
        assert [call.domain for call in control.calls(domain="two")] == ["two"]
        assert [call.operation for call in control.calls(code="NoSuchDomain")] == ["DomainMetadata"]
        assert control.calls(account="000000000000") == control.calls(region="eu-west-1") == []
        first, second = control.calls(limit=2)
        assert [call.domain for call in control.calls(after=second.number, limit=1)] == ["three"]
        status, page = ask(server, "GET", f"/calls?limit=2&after={first.number}")
        assert (status, page["total"], page["next"]) == (200, 3, first.number + 2)

    def test_one_can_wait_for_a_call(self, server: RunningServer, control: Control) -> None:
        import threading

        caller = threading.Timer(0.05, server.client().list_domains)
        caller.start()
        assert [call.operation for call in control.calls(wait=20)] == ["ListDomains"]
        caller.join()

    def test_the_bytes_of_a_call_are_told(self, server: RunningServer, control: Control) -> None:
        server.client().create_domain(DomainName="users")
        (call,) = control.calls()

        exchange = control.exchange(call.number)
        assert (exchange.method, exchange.url, exchange.status) == ("POST", "/", 200)
        assert b"DomainName=users" in exchange.request_body
        assert b"Signature=" in exchange.request_body
        assert exchange.request_headers["host"] == f"127.0.0.1:{server.port}"
        assert exchange.response_body.startswith(b'<?xml version="1.0"?>\n<CreateDomainResponse ')
        assert exchange.response_headers["Content-Type"] == "text/xml"
        control.clear_calls()
        assert refused(control.exchange, call.number)[:2] == (404, "NotFound")

    @pytest.mark.parametrize("query", [
        "limit=0", "limit=1001", "limit=x", "wait=31", "after=-1", "status=%C2%B2", "after=" + "9" * 40, "sort=up",
    ])
    def test_a_query_that_makes_no_sense_is_refused(self, server: RunningServer, query: str) -> None:
        status, answer = ask(server, "GET", f"/calls?{query}")

        assert (status, answer["error"]["code"]) == (400, "BadRequest")


class TestAccounts:
    CREDENTIALS = ({"access_key": "AKIDEXAMPLE", "secret_key": "SESAME", "account": "123456789012",
                    "session_token": "OPEN", "allow": ["sdb:ListDomains"]},)

    def test_credentials_have_signatures_verified(self, server: RunningServer, control: Control) -> None:
        control.set_accounts(self.CREDENTIALS)

        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            server.client().list_domains()
        client = server.client(
            aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="SESAME", aws_session_token="OPEN"
        )
        client.list_domains()
        with pytest.raises(ClientError) as caught:
            client.create_domain(DomainName="users")
        assert caught.value.response["Error"]["Message"] == (
            "Session does not have permission to perform (sdb:CreateDomain) on resource "
            "(arn:aws:sdb:us-east-1:123456789012:domain/users). Contact account owner."
        )
        control.open_accounts()
        server.client().list_domains()

    def test_no_secret_is_ever_told(self, server: RunningServer, control: Control) -> None:
        control.set_accounts(self.CREDENTIALS)
        server.client(
            aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="SESAME", aws_session_token="OPEN"
        ).list_domains()
        number = control.calls()[-1].number
        exchange = control.exchange(number)

        assert control.accounts() == {"open": False, "credentials": [{
            "access_key": "AKIDEXAMPLE", "account": "123456789012", "temporary": True, "expires": None, "active": True,
            "allow": [{"actions": ["sdb:ListDomains"], "domains": ["*"], "regions": ["*"]}],
        }]}  # fmt: skip
        told = "".join(str(ask(server, "GET", path)[1]) for path in (
            "/accounts", "/config", "/calls", f"/calls/{number}", "/dump"
        ))
        assert "SESAME" not in told
        assert "OPEN" not in told
        assert b"&SecurityToken=hidden" in exchange.request_body
        assert b"&Signature=hidden" in exchange.request_body

    def test_a_mistake_in_credentials_shows_none(self, control: Control) -> None:
        assert refused(control.set_accounts, [{"access_key": "k", "secret_key": ["SESAME"]}]) == (
            400, "BadRequest",
            "body.credentials[0].secret_key: secret_key must be a string;"
            " put quotes around one that looks like a number",
        )


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(("body", "kind", "status", "code"), [
        (b"{", "application/json", 400, "BadRequest"),
        (b"\xff", "application/json", 400, "BadRequest"),
        (b'{"tick": NaN}', "application/json", 400, "BadRequest"),
        (b'{"tick": 1e999}', "application/json", 400, "BadRequest"),
        (b"[" * 100_000, "application/json", 400, "BadRequest"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "application/json", 400, "BadRequest"),
        (b'{"tick": 1}', "text/plain", 415, "UnsupportedMediaType"),
        (b"tick=1", "application/x-www-form-urlencoded", 415, "UnsupportedMediaType"),
        (b"", "application/json", 400, "BadRequest"),
    ])
    def test_a_body_that_is_none_is_refused(
        self, server: RunningServer, body: bytes, kind: str, status: int, code: str
    ) -> None:
        answer = ask(server, "POST", "/clock", body, kind)

        assert (answer[0], answer[1]["error"]["code"]) == (status, code)
        assert answer[1].keys() == {"error"}

    def test_unknown_paths_and_methods_are_refused(self, server: RunningServer) -> None:
        assert ask(server, "GET", "/absent")[1]["error"]["code"] == "NotFound"
        assert ask(server, "GET", "/faults/x")[1]["error"]["code"] == "NotFound"
        status, answer = ask(server, "POST", "/dump", b"{}")
        assert (status, answer["error"]["code"]) == (405, "MethodNotAllowed")

    def test_what_is_not_this_server_is_told(self, server: RunningServer) -> None:
        with pytest.raises(ControlError, match="this URL is not that of a basicdb-mock server"):
            Control(f"{server.url}/elsewhere").config()
        for url in ("localhost:8080", "ftp://localhost", "http://"):
            with pytest.raises(ValueError, match="a server is reached at http://HOST:PORT"):
                Control(url)


def _no_retries() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 1})
