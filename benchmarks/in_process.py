"""A boto3 call in this process, against botocore alone and against moto."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import process_time
from typing import Any

from basicdb_mock import SimpleDB, mock_simpledb
from benchmarks import imports, peers
from benchmarks.measuring import Contest, Figure, against_goal, against_peer, typical

SECTION = "boto3 in process"
MOTO_REGION = "eu-west-1"  # moto's pattern does not match sdb.amazonaws.com
Call = Callable[[Any], object]


def _attributes(number: int) -> list[dict[str, object]]:
    return [{"Name": f"name{at:03}", "Value": f"value{at:03}", "Replace": True} for at in range(number)]


def _put(number: int) -> Call:
    attributes = _attributes(number)
    return lambda client: client.put_attributes(DomainName="domain", ItemName=f"put{number}", Attributes=attributes)


def _get(number: int) -> Call:
    return lambda client: client.get_attributes(DomainName="domain", ItemName=f"item{number}", ConsistentRead=True)


def _batch(items: int, number: int) -> Call:
    attributes = _attributes(number)
    batch = [{"Name": f"batch{at}", "Attributes": attributes} for at in range(items)]
    return lambda client: client.batch_put_attributes(DomainName="domain", Items=batch)


def _select(expression: str) -> Call:
    return lambda client: client.select(SelectExpression=expression, ConsistentRead=True)


CALLS: dict[str, tuple[str, Call, int]] = {
    "ListDomains": ("ListDomains", lambda client: client.list_domains(), 200),
    "PutAttributes, 1 attribute": ("PutAttributes", _put(1), 200),
    "PutAttributes, 10 attributes": ("PutAttributes", _put(10), 150),
    "PutAttributes, 250 attributes": ("PutAttributes", _put(250), 15),
    "GetAttributes, 1 attribute": ("GetAttributes", _get(1), 200),
    "GetAttributes, 10 attributes": ("GetAttributes", _get(10), 150),
    "GetAttributes, 250 attributes": ("GetAttributes", _get(250), 30),
    "DeleteAttributes": (
        "DeleteAttributes", lambda client: client.delete_attributes(DomainName="domain", ItemName="gone"), 200
    ),
    "DomainMetadata": ("DomainMetadata", lambda client: client.domain_metadata(DomainName="domain"), 200),
    "BatchPutAttributes, 25 x 10": ("BatchPutAttributes", _batch(25, 10), 12),
    "Select, 1 of 100 items": ("Select", _select("select * from many where id = 'i050'"), 150),
    "Select, page of 100": ("Select", _select("select * from many"), 10),
}  # fmt: skip
AT_MOTO = [name for name in CALLS if name.split(",")[0] in ("ListDomains", "PutAttributes", "GetAttributes")]


def _prepare(client: Any, *, batch: bool = True) -> None:
    client.create_domain(DomainName="domain")
    for number in (1, 10, 250):
        client.put_attributes(DomainName="domain", ItemName=f"item{number}", Attributes=_attributes(number))
    if batch:
        client.create_domain(DomainName="many")
        for start in range(0, 100, 25):
            items = [
                {"Name": f"i{at:03}", "Attributes": [{"Name": "id", "Value": f"i{at:03}"}, *_attributes(9)]}
                for at in range(start, start + 25)
            ]
            client.batch_put_attributes(DomainName="many", Items=items)


def _recorded(client: Any, call: Call) -> bytes:
    """The body that our answer to a call has."""
    bodies = peers.watched(client)
    call(client)
    return bodies[-1]


SHORTER = 5
"""Rounds are so many times shorter, and as many more: of many short ones the quickest is a quiet one."""


def measure(*, rounds: int, calls: float = 1.0) -> Iterator[Figure]:
    """All figures; ``calls`` scales how often each is called in a round."""
    rounds, calls = rounds * SHORTER, calls / SHORTER
    gc.freeze()  # what there is by now need not be looked at before every round
    try:
        yield from _figures(rounds, calls)
    finally:
        gc.unfreeze()


def _figures(rounds: int, calls: float) -> Iterator[Figure]:
    simpledb, directly = SimpleDB(), SimpleDB(direct=True)
    with mock_simpledb(simpledb=directly):
        _prepare(peers.client())
    with mock_simpledb(simpledb=simpledb):
        ours = peers.client()
        _prepare(ours)
        bodies = {name: _recorded(ours, call) for name, (_, call, _) in CALLS.items()}
    ours = peers.client()
    for name, (operation, call, often) in CALLS.items():
        floor = peers.canned_client({operation: bodies[name]})
        number = max(3, int(often * calls))
        contest = Contest(
            {
                "ours": _repeated(call, ours, number, lambda: mock_simpledb(simpledb=simpledb)),
                "floor": _repeated(call, floor, number, nullcontext),
                "direct": _repeated(call, ours, number, lambda: mock_simpledb(simpledb=directly)),
            },
            rounds=rounds,
        )
        seconds = contest.seconds("ours") / number
        direct = contest.seconds("direct") / number
        yield against_peer(SECTION, name, seconds, "canned before-send", contest.ratio("ours", "floor"), at_most=1.15)
        yield Figure(
            SECTION, f"{name}, direct", direct, "s", None, "canned before-send", contest.ratio("direct", "floor")
        )
    if peers.has_moto():
        yield from _against_moto(rounds, calls, ours, simpledb)
    yield against_goal(SECTION, "enter and leave a mock", typical(_enter_and_leave, 51), 0.001)
    yield from imports.measure(SECTION)


def _repeated(
    call: Call, client: Any, number: int, surroundings: Callable[[], AbstractContextManager[Any]]
) -> Callable[[], float]:
    """Call so often inside of the surroundings; gives the CPU seconds of the calls alone.

    Not of the first ones: whoever enters a mock replaces methods, which Python's own caches have to find anew.
    """

    def repeated() -> float:
        with surroundings():
            for _ in range(3):
                call(client)
            begun = process_time()
            for _ in range(number):
                call(client)
            return process_time() - begun

    return repeated


def _enter_and_leave() -> None:
    with mock_simpledb():
        pass


def _against_moto(rounds: int, calls: float, ours: Any, simpledb: Any) -> Iterator[Figure]:
    from moto import mock_aws

    with mock_aws():
        theirs = peers.client(MOTO_REGION)
    for name in AT_MOTO:
        _, call, often = CALLS[name]
        number = max(3, int(often * calls * SHORTER / 3))

        @contextmanager
        def prepared() -> Iterator[None]:
            with mock_aws():
                _prepare(theirs, batch=False)
                yield

        contest = Contest(
            {
                "ours": _repeated(call, ours, number, lambda: mock_simpledb(simpledb=simpledb)),
                "moto": _repeated(call, theirs, number, prepared),
            },
            rounds=max(3, rounds // (2 * SHORTER)),
        )
        ratio = contest.ratio("ours", "moto")
        yield Figure(
            SECTION, name, contest.seconds("ours") / number, "s", None, "moto", ratio, "<= 0.4 x", ratio <= 0.4
        )
