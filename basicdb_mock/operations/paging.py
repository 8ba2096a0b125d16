"""Pages of a search: where they begin and end, and the NextToken between them."""

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
"""How many matches are read between two looks at the clock."""


class OutOfTimeError(Exception):
    """A search ran out of time before it reached its first place, while it was still gathering or sorting."""


@dataclass(frozen=True, slots=True)
class Search:
    """One request's search: its plan, where it starts, and what its NextToken is made of."""

    plan: Plan
    condition: str
    after: Position | None
    limited: bool
    version: str

    @classmethod
    def read(cls, parameters: Parameters, plan: Plan, condition: str, limited: bool) -> Search:
        """Read the search of a request.

        ``condition`` is what tokens are bound to; ``limited`` tells whether the expression has a limit.  Raises
        InvalidNextToken for anything but a token of this condition.
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
        """The NextToken of a page that ended at ``place``; ``unfinished`` if it ended because time ran out.

        Raises OutOfTimeError if the page also began at ``place``.
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
    """A page's items and the token of the next page, if any; ``unfinished`` if it ended because time ran out."""

    items: Sequence[tuple[str, Item]]
    next_token: str | None
    unfinished: bool = False


def item_page(
    domain: Domain, search: Search, at_most: int, limits: Limits, names: Sequence[str] | None
) -> Page:
    """A page of at most ``at_most`` items, within the limits on bytes and seconds.

    ``names`` are the requested attributes, ``None`` for all.  Matches that have none of them are included (observed).
    A page has a token if there is at least one more match, or if it ended because time ran out (it may then be empty).
    Raises OutOfTimeError if that token would be the one the page started from.
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
    """The number of matches, and a token if the count stopped at ``at_most`` before the last match or ran out of time.

    The limits of 100 and 2,500 items on a page do not apply (observed).  Raises OutOfTimeError like a page.
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
    """RequestTimeout for a search."""
    cost = f"{costs.FAILED_SELECT / 10**10:.10f}"
    return errors.REQUEST_TIMEOUT(domain=domain, expression=expression, box_usage=cost)


def deadline(seconds: float) -> Callable[[], bool]:
    """A function that returns whether ``seconds`` have passed since :func:`deadline` was called."""
    end = perf_counter() + seconds
    return lambda: perf_counter() >= end


def _size(name: str, item: Item) -> int:
    """The size of an item on the wire in bytes, not counting escapes."""
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
