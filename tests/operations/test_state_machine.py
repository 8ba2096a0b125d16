"""Requests over the wire against the naive model: conditions, batches, Select as text, paging by token."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from urllib.parse import urlencode
from xml.etree import ElementTree

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from basicdb_mock.changes import Delete, Expectation, Put, Write
from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.select import parse
from basicdb_mock.select.expression import Comparison, Expression, Not, Output, Sort, Statement, Subject
from basicdb_mock.storage.testing.machine import BATCHES, CHANGES, EXPECTATIONS, SEARCHES
from basicdb_mock.storage.testing.naive import NaiveDomain
from basicdb_mock.wire.message import Request

LIMITS = replace(AWS, item_attributes=4, comparisons=1000)


def text(element: ElementTree.Element) -> str:
    content = element.text or ""
    return b64decode(content).decode() if element.get("encoding") == "base64" else content


class Over(RuleBasedStateMachine):
    """One domain, named by its model."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(limits=LIMITS)
        self.model = NaiveDomain(self.engine.clock.now())
        self.ask("CreateDomain", {"DomainName": "books"})

    def ask(self, action: str, given: dict[str, str]) -> tuple[str | None, ElementTree.Element]:
        """The error's code and message as the model tells it, and the body."""
        form = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": "k", **given}
        response = self.engine.handle(Request("POST", "https://sdb.amazonaws.com/", {}, urlencode(form).encode()))
        root = ElementTree.fromstring(response.body.decode())
        code, message = root.find("Errors/Error/Code"), root.find("Errors/Error/Message")
        if code is None or message is None:
            assert response.status == 200
            return None, root
        return f"{code.text}: {message.text}", root

    def write(self, action: str, given: dict[str, str], write: Write) -> None:
        refusal = None
        try:
            self.model.apply(write)
        except SimpleDBError as error:
            refusal = str(error)
        answer, _ = self.ask(action, {"DomainName": "books", **given})
        # The model tells NUL as it is; a message of XML cannot.
        assert answer == (None if refusal is None else refusal.replace("\0", "?").replace("\uffff", "?"))

    @rule(change=CHANGES, expected=st.one_of(st.none(), EXPECTATIONS))
    def write_one(self, change: Put | Delete, expected: Expectation | None) -> None:
        given = {"ItemName": change.item, **_fields(change)}
        if expected is not None:
            given["Expected.Name"] = expected.name
            given |= {"Expected.Exists": "false"} if expected.value is None else {"Expected.Value": expected.value}
        action = "PutAttributes" if isinstance(change, Put) else "DeleteAttributes"
        self.write(action, given, Write([_as_sent(change)], LIMITS, expected))

    @rule(batch=BATCHES)
    def write_batch(self, batch: list[Put | Delete]) -> None:
        for kind, action in ((Put, "BatchPutAttributes"), (Delete, "BatchDeleteAttributes")):
            changes = [change for change in batch if isinstance(change, kind)]
            given: dict[str, str] = {}
            for number, change in enumerate(changes):
                given[f"Item.{number}.ItemName"] = change.item
                given |= {f"Item.{number}.{name}": value for name, value in _fields(change).items()}
            if changes:
                self.write(action, given, Write([_as_sent(change) for change in changes], LIMITS))

    @rule(search=SEARCHES, page=st.integers(1, 4))
    def select(self, search: tuple[Expression | None, tuple[Subject, bool] | None], page: int) -> None:
        where, sort = search
        if sort is not None and not _names(where, sort[0]):
            sort = None  # it would be InvalidSortExpression
        if where is not None:  # as it is read: "not not" is nothing, which decides whether an index gives the order
            where = parse(str(Statement(Output.ALL, "books", where))).where
        expected = [
            (item, self.model.get(item))
            for _, _, item in self.model.search(where, sort)
        ]
        statement = Statement(Output.ALL, "books", where, sort and Sort(*sort), page)
        found: list[tuple[str, list[tuple[str, str]]]] = []
        given = {"SelectExpression": str(statement)}
        while True:
            refusal, root = self.ask("Select", given)
            assert refusal is None, statement
            space = root.tag[: root.tag.index("}") + 1]
            items = list(root.iter(f"{space}Item"))
            assert len(items) <= page
            for item in items:
                pairs = [(text(pair[0]), text(pair[1])) for pair in item.findall(f"{space}Attribute")]
                found.append((text(item[0]), pairs))
            token = root.find(f"{space}SelectResult/{space}NextToken")
            if token is None:
                break
            given["NextToken"] = token.text or ""
        assert found == expected
        counted = Statement(Output.COUNT, "books", where, sort and Sort(*sort))
        _, root = self.ask("Select", {"SelectExpression": str(counted)})
        assert [element.text for element in root.iter() if element.tag.endswith("Value")] == [str(len(expected))]


def _fields(change: Put | Delete) -> dict[str, str]:
    given: dict[str, str] = {}
    for number, (name, value) in enumerate(change.pairs if isinstance(change, Put) else change.attributes):
        given[f"Attribute.{number}.Name"] = name
        if value is not None:
            given[f"Attribute.{number}.Value"] = value
        if isinstance(change, Put) and name in change.replaced:
            given[f"Attribute.{number}.Replace"] = "true"
    return given


def _as_sent(change: Put | Delete) -> Put | Delete:
    """The change as the request tells it: only names that it puts can be replaced."""
    if isinstance(change, Delete):
        return change
    return replace(change, replaced=change.replaced & {name for name, _ in change.pairs})


def _names(where: Expression | None, subject: Subject) -> bool:
    if where is None:
        return False
    if isinstance(where, Comparison):
        return where.subject == subject and where.operator != "is null"
    return any(_names(part, subject) for part in ([where.part] if isinstance(where, Not) else where.parts))


TestOverTheWire = Over.TestCase
TestOverTheWire.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
