"""``basicdb_mock.seed``, into whatever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import basicdb_mock
from basicdb_mock import Control, Engine, SimpleDB, mock_simpledb
from basicdb_mock.model import pairs
from basicdb_mock.select.plan import plan_search
from basicdb_mock.server.cli import main
from basicdb_mock.server.running import RunningServer

USERS = {"users": {"alice": {"color": ["red", "blue"]}}}
HELD = {"users": {"alice": {"color": ["blue", "red"]}}}


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer() as running:
        yield running


def test_it_goes_to_the_simpledb_that_is_active() -> None:
    with mock_simpledb() as outer:
        with mock_simpledb() as inner:
            basicdb_mock.seed(USERS)
            assert inner == HELD
            assert len(inner.calls) == 0
        assert outer == {}


def test_what_nothing_can_be_put_into_is_told() -> None:
    nowhere: Any = 5
    with pytest.raises(ValueError, match=r"^into takes a SimpleDB, .* the URL of a server, not 5$"):
        basicdb_mock.seed(USERS, nowhere)


def test_where_nothing_is_active_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"^no SimpleDB is active: use mock_simpledb or the fixture simpledb"):
        basicdb_mock.seed(USERS)


def test_it_goes_to_the_simpledb_given_whatever_is_active(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("itemName(),color\nalice,red\nalice,blue\n")
    given = SimpleDB()
    with mock_simpledb() as active:
        basicdb_mock.seed(tmp_path, given)
        assert active == {}
    assert given == HELD


def test_it_goes_to_an_engine() -> None:
    engine = Engine(region="eu-west-1")
    basicdb_mock.seed(USERS, engine)
    assert SimpleDB.of(engine).contents(region="eu-west-1") == HELD


def test_it_goes_to_a_server_by_its_url_or_its_control(server: RunningServer) -> None:
    basicdb_mock.seed(USERS, server.url)
    basicdb_mock.seed({"carts": {}}, Control(server.url))
    assert server.client().list_domains()["DomainNames"] == ["carts", "users"]
    assert SimpleDB.of(server.engine).contents() == {**HELD, "carts": {}}


def test_region_and_account_are_followed_everywhere(server: RunningServer) -> None:
    given = SimpleDB()
    for into in (given, server.url):
        basicdb_mock.seed(USERS, into, region="eu-west-1", account="111122223333")
    for engine in (given.engine, server.engine):
        assert SimpleDB.of(engine).contents(region="eu-west-1", account="111122223333") == HELD
        assert [tuple(tenant) for tenant in engine.storage.tenants()] == [("111122223333", "eu-west-1")]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """An export whose items and attributes are in no order but their own."""
    items = [("carol", [("b", ["1", "2"]), ("a", ["x"])]), ("al", [("a", ["x"])]), ("bob", [("a", ["x"])])]
    told = [
        {"itemName": name, "attributes": [{"name": attribute, "values": values} for attribute, values in attributes]}
        for name, attributes in items
    ]
    path = tmp_path / "users.json"
    path.write_text(json.dumps(told))
    return path


@pytest.mark.parametrize("way", ["url", "control", "engine", "command line"])
def test_an_exports_order_is_kept_wherever_it_goes(
    server: RunningServer, exported: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if way == "command line":
        assert main(["seed", "--endpoint", server.url, str(exported)]) == 0
        assert capsys.readouterr().out.startswith("3 items in 1 domains for account ")
    else:
        places: dict[str, Any] = {"url": server.url, "control": Control(server.url), "engine": server.engine}
        basicdb_mock.seed(exported, places[way])
    (tenant,) = server.engine.storage.tenants()
    held = [
        (step.name, list(pairs(step.item)))
        for step in server.engine.storage.domain(tenant, "users").search(plan_search(None))
        if step.item is not None
    ]
    assert held == [
        ("carol", [("b", "1"), ("b", "2"), ("a", "x")]), ("al", [("a", "x")]), ("bob", [("a", "x")]),
    ]  # fmt: skip


def test_the_limits_are_those_of_where_it_goes(server: RunningServer) -> None:
    Control(server.url).set_limits(item_attributes=1)
    for into in (SimpleDB(limits={"item_attributes": 1}), server.url):
        with pytest.raises(ValueError, match="item 'alice' has 2 values; the limit is 1"):
            basicdb_mock.seed(USERS, into)
