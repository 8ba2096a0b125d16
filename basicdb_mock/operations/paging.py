"""Pages of a search: where one begins, where it ends, and the NextToken between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from basicdb_mock import errors
from basicdb_mock.limits import Limits
from basicdb_mock.model import Item, utf8_size
from basicdb_mock.operations import costs
from basicdb_mock.operations.parameters import V2009, Parameters
from basicdb_mock.select.plan import OrderBy, Plan, Position, beginning
from basicdb_mock.storage.contract import Domain
from basicdb_mock.wire import next_token
from basicdb_mock.wire.next_token import MoreToken

_ITEM_BYTES = len("<Item><Name></Name></Item>")
_PAIR_BYTES = len("<Attribute><Name></Name><Value></Value></Attribute>")
_LOOK_UP_EVERY = 256
"""Matches between two looks at the clock."""


class OutOfTimeError(Exception):
    """A search's time is up before it came anywhere: what was gathered or sorted so far is no page."""


@dataclass(frozen=True, slots=True)
class Search:
    """One request's way through a plan: where it starts, and how its NextToken will be written."""

    plan: Plan
    condition: str
    after: Position | None
    limited: bool
    version: str

    @classmethod
    def read(cls, parameters: Parameters, plan: Plan, condition: str, limited: bool) -> Search:
        """``condition`` is what tokens are bound to; ``limited`` whether the expression has a limit of its own.

        Raises InvalidNextToken for a token of another condition, or of anything else.
        """
        written = parameters.given.get("NextToken")
        after = None
        if written is not None:
            token = next_token.decode(written)
            after = token.position
            if (
                token.checksum != next_token.checksum(condition)
                or token.order != next_token.order_word(plan.order, condition)
                or token.indexed != next_token.is_indexed(plan.order)
                or not _is_place(after, plan)
            ):
                raise errors.INVALID_NEXT_TOKEN()
        return cls(plan, condition, after, limited, parameters.version)

    def token(self, place: Position, domain: Domain, *, unfinished: bool = False) -> str:
        """The NextToken of a page that ended at ``place``; ``unfinished`` when time ended it, not its size.

        Raises OutOfTimeError when that is where it began.
        """
        if place == (self.after or beginning(self.plan.order)):
            raise OutOfTimeError
        return next_token.encode(
            MoreToken(
                position=place,
                checksum=next_token.checksum(self.condition),
                order=next_token.order_word(self.plan.order, self.condition),
                indexed=next_token.is_indexed(self.plan.order),
                complexity=int(self.limited),
                page_boundary=unfinished,
                lsn=(round(domain.created * 1000), domain.revision() + 1) if self.version == V2009 else None,
            )
        )


def _is_place(position: Position, plan: Plan) -> bool:
    by = plan.order.by
    if position.entity < 0:
        return False
    if position.key is None:
        return by is not OrderBy.ITEM_NAME
    return by is not OrderBy.ENTITY


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one page and the token of the next, if there is one; ``unfinished`` when time ended it."""

    items: Sequence[tuple[str, Item]]
    next_token: str | None
    unfinished: bool = False


def item_page(
    domain: Domain, search: Search, at_most: int, limits: Limits, names: Sequence[str] | None
) -> Page:
    """A page of at most ``at_most`` items and of the limit's bytes and seconds.

    ``names`` are the attributes asked for, ``None`` for all.  Matches that have none of them are in it (observed).  A
    page gets a token when there is at least one more match, or when time ended it (it may then hold no item at all).
    Raises OutOfTimeError when it would be the token that it came with.
    """
    out_of_time = deadline(limits.query_seconds)
    wanted = None if names is None else frozenset(names)
    items: list[tuple[str, Item]] = []
    last: Position | None = None
    size = 0
    for step, (place, name, item) in enumerate(domain.search(search.plan, search.after), 1):
        if item is not None:
            told = item if wanted is None else {key: values for key, values in item.items() if key in wanted}
            size += _size(name, told)
            if len(items) == at_most or (size > limits.response_bytes and items):
                return Page(items, search.token(last or place, domain))
            items.append((name, told))
            last = place
        if (item is None or step % _LOOK_UP_EVERY == 0) and out_of_time():
            return Page(items, search.token(place, domain, unfinished=True), unfinished=True)
    return Page(items, None)


def count_page(domain: Domain, search: Search, at_most: int | None, limits: Limits) -> tuple[int, str | None]:
    """How many items match, and a token when it stopped at ``at_most`` with more to come, or ran out of time.

    The page's limits of 100 and 2,500 items do not bind it (observed).  Raises OutOfTimeError like a page.
    """
    out_of_time = deadline(limits.query_seconds)
    number, stopped = domain.count(search.plan, search.after, at_most, out_of_time)
    if stopped is None:
        return number, None
    if number != at_most:
        return number, search.token(stopped, domain, unfinished=True)
    for place, _, item in domain.search(search.plan, stopped):
        if item is not None:
            return number, search.token(stopped, domain)
        if out_of_time():
            return number, search.token(place, domain, unfinished=True)
    return number, None


def timed_out(domain: str, expression: str) -> errors.SimpleDBError:
    """RequestTimeout of a search."""
    cost = f"{costs.FAILED_SELECT / 10**10:.10f}"
    return errors.REQUEST_TIMEOUT(domain=domain, expression=expression, box_usage=cost)


def deadline(seconds: float) -> Callable[[], bool]:
    """Whether ``seconds`` have gone by since now."""
    end = perf_counter() + seconds
    return lambda: perf_counter() >= end


def _size(name: str, item: Item) -> int:
    """The bytes of an item on the wire, escapes apart."""
    size = _ITEM_BYTES + utf8_size(name)
    try:
        written = "".join([*item, *item.values()])  # type: ignore[list-item]  # TypeError where one has several values
        return size + len(item) * _PAIR_BYTES + utf8_size(written)
    except TypeError:
        pass
    for attribute, values in item.items():
        each = _PAIR_BYTES + utf8_size(attribute)
        if isinstance(values, str):
            size += each + utf8_size(values)
        else:
            size += each * len(values) + sum(map(utf8_size, values))
    return size
