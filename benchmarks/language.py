"""Reading expressions, compiling them, and writing answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from basicdb_mock import SimpleDB
from basicdb_mock.limits import AWS, RELAXED
from basicdb_mock.select import parse, prepare
from basicdb_mock.select.plan import make_plan
from benchmarks import peers
from benchmarks.measuring import Contest, Figure, against_goal, against_peer, best, timed

SECTION = "expressions and answers"

ONE = "select * from domain where colour = 'red'"
TWENTY = "select * from domain where " + " and ".join(f"name{at} > 'value{at}'" for at in range(20))
NESTED = "select * from domain where " + "(" * 20 + "colour = 'red'" + ")" * 20


def measure(*, rounds: int) -> Iterator[Figure]:
    parse(ONE)
    yield against_goal(SECTION, "parse one predicate, first time", _each(lambda: parse(ONE)), 0.00025)
    yield against_goal(SECTION, "parse twenty predicates, first time", _each(lambda: parse(TWENTY), 20), 0.002)
    yield Figure(SECTION, "parse twenty parentheses, first time", _each(lambda: parse(NESTED), 20), "s")
    statement = parse(TWENTY)
    yield Figure(SECTION, "compile twenty predicates", _each(lambda: make_plan(statement)), "s")
    prepare(TWENTY, AWS)
    yield against_goal(SECTION, "an expression met before", _each(lambda: prepare(TWENTY, AWS), 2000), 0.000002)
    yield from _evaluation()
    yield from _answers(rounds)


def _each(call: Any, calls: int = 200) -> float:
    return best(lambda: [call() for _ in range(calls)], 5) / calls


def _evaluation() -> Iterator[Figure]:
    """Matching one item whose attributes have many values: linear, where combining them would be exponential."""
    plan = make_plan(parse("select * from d where " + " and ".join(f"a{at} = 'none'" for at in range(16)), RELAXED))
    every = make_plan(parse("select * from d where " + " or ".join(f"a{at} = 'none'" for at in range(16)), RELAXED))
    several = {f"a{at}": tuple(f"v{value}" for value in range(16)) for at in range(16)}
    seconds = max(_each(lambda: plan.matches("item", several)), _each(lambda: every.matches("item", several)))
    yield against_goal(SECTION, "match an item of 16 attributes of 16 values", seconds, 0.0001)


def _answers(rounds: int) -> Iterator[Figure]:
    """A page of 2,500 items of 10 attributes: all we do for it, against what botocore takes to read it."""
    simpledb = SimpleDB(limits=RELAXED)
    client: Any = simpledb.client()
    client.create_domain(DomainName="domain")
    for start in range(0, 2500, 100):
        items = [{"Name": f"item{at:05}", "Attributes": _attributes(at)} for at in range(start, start + 100)]
        client.batch_put_attributes(DomainName="domain", Items=items)
    bodies = peers.watched(client)
    client.select(SelectExpression="select * from domain limit 2500")
    request, body = simpledb.calls.of("Select")[-1].request, bodies[-1]
    parser, shape = _parser(peers.client())
    contest = Contest(
        {
            "ours": timed(lambda: simpledb.handle(request)),
            "botocore": timed(lambda: parser.parse({"body": body, "headers": {}, "status_code": 200}, shape)),
            "expat": timed(lambda: ElementTree.fromstring(body)),
        },
        rounds=rounds,
    )
    name = "a page of 2,500 items of 10 attributes"
    yield against_peer(
        SECTION, name, contest.seconds("ours"), "botocore's parse of it", contest.ratio("ours", "botocore"), at_most=1.0
    )
    yield against_peer(SECTION, name, contest.seconds("ours"), "ElementTree's parse", contest.ratio("ours", "expat"))


def _attributes(item: int) -> list[dict[str, str]]:
    return [{"Name": f"name{at}", "Value": f"value {item} {at}"} for at in range(10)]


def _parser(client: Any) -> tuple[Any, Any]:
    from botocore.parsers import create_parser

    protocol = client.meta.service_model.metadata["protocol"]
    return create_parser(protocol), client.meta.service_model.operation_model("Select").output_shape
