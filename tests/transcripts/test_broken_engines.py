"""An engine that is broken on purpose is caught by the transcripts, whatever the operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from basicdb_mock.changes import Delete, Expectation, Put
from basicdb_mock.limits import AWS
from basicdb_mock.model import Item
from basicdb_mock.operations import costs
from basicdb_mock.storage.memory import MemoryStorage
from basicdb_mock.transcripts import stages
from basicdb_mock.transcripts.recorder import parameters_of
from basicdb_mock.wire import next_token, xml
from basicdb_mock.wire.message import Request, Response

from .recordings import Send, about, all_transcripts, catchers

TEN = (
    "BatchDeleteAttributes", "BatchPutAttributes", "CreateDomain", "DeleteAttributes", "DeleteDomain", "DomainMetadata",
    "GetAttributes", "ListDomains", "PutAttributes", "Select",
)  # fmt: skip
TWO = ("Query", "QueryWithAttributes")
LISTS = {
    "DomainMetadata": r"<(Item|Attribute)\w+>\d+</\w+>",
    "GetAttributes": r"<Attribute>.*?</Attribute>",
    "ListDomains": r"<DomainName>.*?</DomainName>",
    "Query": r"<ItemName>.*?</ItemName>",
    "QueryWithAttributes": r"<Item>.*?</Item>",
    "Select": r"<Item>.*?</Item>",
}
WRITES = tuple(operation for operation in TEN if operation not in LISTS)


def answering_otherwise(operation: str, change: Callable[[str], str]) -> Callable[[Send], Send]:
    """An engine whose answers to one operation are changed."""

    def broken(send: Send) -> Send:
        def answer(request: Request) -> Response:
            response = send(request)
            if parameters_of(request).get("Action") != operation:
                return response
            return replace(response, body=change(response.body.decode()).encode())

        return answer

    return broken


def one_caught(operation: str, broken: Callable[[Send], Send]) -> bool:
    return next(iter(catchers(about(operation), broken)), None) is not None


@pytest.mark.parametrize("operation", TEN + TWO)
def test_every_operation_has_transcripts_that_pass(operation: str) -> None:
    assert about(operation)[:3]
    assert list(catchers(about(operation)[:3])) == []


@pytest.mark.parametrize("operation", TEN + TWO)
def test_a_wrong_box_usage_is_caught(operation: str) -> None:
    def dearer(body: str) -> str:
        return re.sub(r"(?<=<BoxUsage>0\.)\d{10}", lambda digits: f"{int(digits[0]) + 1:010}", body)

    assert one_caught(operation, answering_otherwise(operation, dearer))


@pytest.mark.parametrize("operation", TEN + TWO)
def test_a_wrong_message_is_caught(operation: str) -> None:
    def wordier(body: str) -> str:
        return body.replace("</Message>", " Sorry.</Message>")

    assert one_caught(operation, answering_otherwise(operation, wordier))


@pytest.mark.parametrize("operation", TEN + TWO)
def test_a_wrong_code_is_caught(operation: str) -> None:
    def other_code(body: str) -> str:
        return re.sub(r"<Code>\w+</Code>", "<Code>ValidationError</Code>", body)

    assert one_caught(operation, answering_otherwise(operation, other_code))


@pytest.mark.parametrize("operation", TEN)
def test_a_wrong_namespace_is_caught(operation: str) -> None:
    def another(body: str) -> str:
        return body.replace("http://sdb.amazonaws.com/doc/", "http://sdb.example.com/doc/")

    assert one_caught(operation, answering_otherwise(operation, another))


@pytest.mark.parametrize("operation", sorted(LISTS))
def test_a_wrong_order_is_caught(operation: str) -> None:
    def reversed_list(body: str) -> str:
        parts = iter([found[0] for found in re.finditer(LISTS[operation], body, re.DOTALL)][::-1])
        return re.sub(LISTS[operation], lambda _: next(parts), body, flags=re.DOTALL)

    assert one_caught(operation, answering_otherwise(operation, reversed_list))


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_that_is_acknowledged_and_not_done_is_caught(operation: str) -> None:
    def lazy(send: Send) -> Send:
        def answer(request: Request) -> Response:
            if parameters_of(request).get("Action") == operation:
                return send(Request("GET", "https://sdb.amazonaws.com/?Action=ListDomains&Version=2009-04-15"
                                           "&AWSAccessKeyId=another"))
            return send(request)

        return answer

    assert one_caught(operation, lazy)


def _items_differ(monkeypatch: pytest.MonkeyPatch, kind: type, applied: Callable[..., Item | None]) -> None:
    monkeypatch.setattr(kind, "applied", applied)


def _never_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Put.applied
    _items_differ(monkeypatch, Put, lambda self, before: put(replace(self, replaced=frozenset()), before))


def _always_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Put.applied
    _items_differ(
        monkeypatch, Put, lambda self, before: put(replace(self, replaced=frozenset(dict(self.pairs))), before)
    )


def _sorts_names(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Put.applied
    _items_differ(monkeypatch, Put, lambda self, before: dict(sorted((put(self, before) or {}).items())))


def _deletes_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    _items_differ(monkeypatch, Delete, lambda self, before: None)


def _knows_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "check", lambda self, item: None)


def _has_no_discount(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "batch", lambda pairs: sum(costs.write(count) for count in pairs))


def _forgets_the_square(monkeypatch: pytest.MonkeyPatch) -> None:
    select_items = costs.select_items
    monkeypatch.setattr(costs, "select_items", lambda items, values=(): select_items(items))


def _pages_of_99(monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine = stages.make_engine

    def made(*arguments: object, **named: object) -> object:
        engine = make_engine(*arguments, **named)  # type: ignore[arg-type]
        engine.limits = replace(AWS, default_page_items=99)
        return engine

    monkeypatch.setattr(stages, "make_engine", made)


def _encodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "_UNFIT", re.compile(r"(?!)"))


def _counts_writes_from_0(monkeypatch: pytest.MonkeyPatch) -> None:
    encode = next_token.encode

    def counted(token: next_token.MoreToken) -> str:
        return encode(replace(token, lsn=token.lsn and (token.lsn[0], token.lsn[1] - 1)))

    monkeypatch.setattr(next_token, "encode", counted)


def _lists_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = MemoryStorage.list_domains
    monkeypatch.setattr(MemoryStorage, "list_domains", lambda *arguments: [*listed(*arguments)][::-1])


BREAKAGES = (
    _never_replaces, _always_replaces, _sorts_names, _deletes_the_item, _knows_no_condition, _has_no_discount,
    _forgets_the_square, _pages_of_99, _encodes_nothing, _counts_writes_from_0, _lists_backwards,
)  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__.strip("_").replace("_", " "))
def test_a_broken_part_of_the_engine_is_caught(
    breakage: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    breakage(monkeypatch)

    assert next(iter(catchers(all_transcripts())), None) is not None
