"""Who may use the control API: not a page of another origin, and off the loopback nobody without the token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from basicdb_mock.control_client import Control, ControlError
from basicdb_mock.server import RunningServer
from basicdb_mock.server.guard import Guard, is_loopback

TOKEN = "sesame-open-please"


def status(server: RunningServer, path: str = "/_basicdb/config", **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        assert path.endswith("health") or response.status == 200 or "error" in json.loads(response.read())
        return response.status
    finally:
        connection.close()


@pytest.fixture(scope="module")
def everywhere() -> Iterator[RunningServer]:
    with RunningServer(host="0.0.0.0", token=TOKEN, hosts=["simpledb.example.com"]) as server:
        yield server


@pytest.fixture(scope="module")
def local() -> Iterator[RunningServer]:
    with RunningServer() as server:
        yield server


@pytest.mark.parametrize("host", [
    "127.0.0.1", "127.0.0.1:8080", "localhost:1", "LocalHost", "localhost.", "[::1]:8080", "[::1]", "simpledb",
    "simpledb:8080", "host.docker.internal", "box.local", "x.localhost", "sdb.eu-west-1.amazonaws.com", "192.168.1.7",
])
def test_names_of_this_machine_are_known(host: str) -> None:
    assert Guard().knows(host)


@pytest.mark.parametrize("host", [
    "", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost.com",
    "amazonaws.com.evil.example", "127.0.0.1x.com", "evil.example.", "[evil.example]",
    "internal-evil-1.us-east-1.elb.amazonaws.com", "sdb.amazonaws.com.evil.example",
])
def test_names_that_others_can_have_resolve_here_are_not(host: str) -> None:
    assert not Guard().knows(host)


@pytest.mark.parametrize(("address", "loopback"), [
    ("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
    ("192.168.1.7", False), ("simpledb", False), ("", False),
])
def test_the_loopback_is_told_from_other_addresses(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback
    assert (Guard.listening_on(address).token is None) is loopback


def test_a_token_that_is_made_up_cannot_be_guessed() -> None:
    one, other = Guard.listening_on("0.0.0.0").token, Guard.listening_on("0.0.0.0").token

    assert one is not None
    assert other is not None
    assert one != other
    assert len(one) >= 32


def test_a_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(Guard(TOKEN))
    assert TOKEN not in repr(Control("http://localhost", TOKEN))


class TestOnTheLoopback:
    def test_no_token_is_asked_for(self, local: RunningServer) -> None:
        assert local.token is None
        assert status(local) == 200

    def test_a_rebound_name_is_refused(self, local: RunningServer) -> None:
        assert status(local, Host="evil.example") == 403

    def test_a_page_of_another_origin_is_refused_and_one_of_ours_is_not(self, local: RunningServer) -> None:
        host = f"127.0.0.1:{local.port}"

        assert status(local, Origin="http://evil.example") == 403
        assert status(local, Origin="null") == 403
        assert status(local, Origin=f"http://localhost:{local.port}") == 403
        assert status(local, Origin=f"http://{host}") == 200

    def test_a_token_that_is_given_is_asked_for(self) -> None:
        with RunningServer(token=TOKEN) as server:
            assert status(server) == 401
            assert Control(server.url, TOKEN).config()["region"] == "us-east-1"


class TestOffTheLoopback:
    def test_the_token_is_asked_for(self, everywhere: RunningServer) -> None:
        assert status(everywhere) == 401
        assert status(everywhere, Authorization="Bearer wrong") == 401
        assert status(everywhere, Authorization=f"Basic {TOKEN}") == 401
        assert status(everywhere, Authorization=f"Bearer {TOKEN}") == 200
        assert status(everywhere, Authorization=f"bearer  {TOKEN} ") == 200

    def test_a_browser_may_bring_it_in_the_address_or_a_cookie(self, everywhere: RunningServer) -> None:
        assert status(everywhere, f"/_basicdb/config?token={TOKEN}") == 200
        assert status(everywhere, "/_basicdb/config?token=wrong") == 401
        assert status(everywhere, Cookie=f"basicdb_token={TOKEN}") == 200

    def test_a_rebound_name_is_refused_even_with_the_token(self, everywhere: RunningServer) -> None:
        assert status(everywhere, Host="evil.example", Authorization=f"Bearer {TOKEN}") == 403
        assert status(everywhere, Host="SimpleDB.example.com:8080", Authorization=f"Bearer {TOKEN}") == 200

    def test_the_health_checks_are_open(self, everywhere: RunningServer) -> None:
        assert status(everywhere, "/_basicdb/health") == 200
        assert status(everywhere, "/_basicdb/health", Host="evil.example") == 200

    def test_a_path_that_is_not_there_tells_strangers_nothing(self, everywhere: RunningServer) -> None:
        assert status(everywhere, "/_basicdb/absent") == 401

    def test_the_client_brings_the_token(self, everywhere: RunningServer) -> None:
        control = Control(everywhere.url, TOKEN)
        assert control.ready()
        control.seed({"users": {}})
        with pytest.raises(ControlError, match="401 Unauthorized: send the server's token"):
            Control(everywhere.url, "wrong").reset()

    def test_simpledb_itself_asks_for_none(self, everywhere: RunningServer) -> None:
        everywhere.client().list_domains()

    def test_one_is_made_up_when_none_is_given(self) -> None:
        with RunningServer(host="0.0.0.0") as server:
            assert server.token
            assert status(server) == 401
            assert status(server, Authorization=f"Bearer {server.token}") == 200
