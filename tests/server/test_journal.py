"""The journal: what it keeps of each call, and how much of them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.journal import Journal
from basicdb_mock.wire.message import Request


def ask(engine: Engine, action: str, **given: str) -> None:
    form = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": "k", "Signature": "s", **given}
    engine.handle(Request("POST", "https://sdb.eu-west-1.amazonaws.com/", {}, urlencode(form).encode()))


def test_a_call_tells_what_was_asked_and_answered() -> None:
    engine = Engine()
    engine.clock.freeze(1_700_000_000)
    ask(engine, "CreateDomain", DomainName="books")
    ask(engine, "DomainMetadata", DomainName="films")
    first, second = engine.journal
    assert (first.number, first.operation, first.domain, first.region, first.status, first.code) == (
        1, "CreateDomain", "books", "eu-west-1", 200, None,
    )  # fmt: skip
    assert (first.at, first.box_usage) == (1_700_000_000, 55_590_278)
    assert first.parameters == {"Action": "CreateDomain", "Version": "2009-04-15", "DomainName": "books"}
    assert (second.code, second.message) == ("NoSuchDomain", "The specified domain does not exist.")


def test_the_domain_of_a_select_is_that_of_its_expression() -> None:
    engine = Engine()
    ask(engine, "Select", SelectExpression="select * from `my-books`")
    (call,) = engine.journal
    assert (call.domain, call.code) == ("my-books", "NoSuchDomain")


def test_the_parameters_of_a_large_request_can_be_looked_at_like_any() -> None:
    """They are kept only once: in its body."""
    engine = Engine()
    attributes = {f"Attribute.{at}.{field}": f"v\xe4lue {at}" for at in range(200) for field in ("Name", "Value")}
    ask(engine, "CreateDomain", DomainName="books")
    ask(engine, "PutAttributes", DomainName="books", ItemName="large", **attributes)
    (call,) = engine.journal.of("PutAttributes")
    named = {"Action": "PutAttributes", "Version": "2009-04-15", "DomainName": "books", "ItemName": "large"}
    assert (call.status, call.domain) == (200, "books")
    assert call.parameters == {**named, **attributes}
    assert call.given == {**named, **attributes, "AWSAccessKeyId": "k", "Signature": "s"}


def test_it_keeps_so_many_calls_and_so_many_bytes() -> None:
    engine = Engine(journal=Journal(most=3))
    for name in ("one", "two", "three", "four"):
        ask(engine, "CreateDomain", DomainName=name)
    assert [call.domain for call in engine.journal] == ["two", "three", "four"]
    engine = Engine(journal=Journal(most_bytes=2000))
    for number in range(10):
        ask(engine, "CreateDomain", DomainName=f"domain{number}")
    assert sum(call.size for call in engine.journal) <= 2000
    assert list(engine.journal)[-1].domain == "domain9"


def test_calls_of_one_operation_are_chosen_and_all_are_forgotten() -> None:
    engine = Engine()
    for action in ("ListDomains", "CreateDomain", "ListDomains"):
        ask(engine, action, DomainName="abc")
    assert [call.number for call in engine.journal.of("ListDomains")] == [1, 3]
    engine.journal.clear()
    assert len(engine.journal) == 0


def test_that_a_misspelt_operation_was_not_called_is_no_answer() -> None:
    engine = Engine()
    problem = r"^unknown operation 'PutAttribute'; choose from: BatchDeleteAttributes, .*, Select"
    with pytest.raises(ValueError, match=problem):
        engine.journal.of("PutAttribute")
    for uncalled in ("PutAttributes", "StartDomainExport", "Query"):
        assert engine.journal.of(uncalled) == []
    ask(engine, "PutAttribute")
    (tried,) = engine.journal.of("PutAttribute")
    assert tried.code == "InvalidAction"


def test_a_call_is_short_in_a_failing_assertion() -> None:
    engine = Engine()
    ask(engine, "CreateDomain", DomainName="books")
    ask(engine, "PutAttribute", DomainName="books")
    ask(engine, "ListDomains")
    assert repr(list(engine.journal)) == (
        "[<call 1: CreateDomain books 200>, "
        "<call 2: PutAttribute books 400 InvalidAction>, "
        "<call 3: ListDomains - 200>]")


def test_observers_are_told_of_each_call() -> None:
    engine = Engine()
    seen: list[str] = []
    engine.observers.append(lambda call: seen.append(call.operation))
    ask(engine, "ListDomains")
    ask(engine, "Nope")
    assert seen == ["ListDomains", "Nope"]
