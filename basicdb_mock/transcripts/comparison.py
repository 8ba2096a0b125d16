"""The differences between an expected and an actual answer, and how to show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeAlias

from basicdb_mock.errors import SimpleDBError
from basicdb_mock.transcripts.answer import Answer, lines, masked
from basicdb_mock.transcripts.transcript import ErrorAnswer, Expectation, Result, Trust
from basicdb_mock.wire import next_token
from basicdb_mock.wire.message import Response

_MARK = "▶"
_Attributes: TypeAlias = "Mapping[str, Sequence[str]]"


class Difference(NamedTuple):
    """One thing that is not as expected; texts of many lines are shown side by side."""

    subject: str
    expected: str
    actual: str


def differences(
    expect: Expectation,
    trust: Trust,
    response: Response,
    ignore: Collection[str] = (),
    ignore_headers: Collection[str] = (),
) -> list[Difference]:
    """All differences, the most informative first.  ``ignore`` adds elements whose text is not compared."""
    answer = Answer(response)
    found = list(_compare_status(expect, response))
    if expect.error is not None:
        found += _compare_error(expect.error, answer)
    if expect.result is not None:
        found += _compare_result(expect.result, answer, ignore)
    if expect.body is not None:
        hidden = {*expect.ignore, *ignore}
        compare = _compare_bytes if trust is Trust.BYTES else _compare_structure
        found += compare(masked(expect.body, hidden), masked(answer.text, hidden))
    wanted = {name: value for name, value in expect.headers.items() if name not in ignore_headers}
    return found + list(_compare_headers(wanted, response.headers))


def _compare_status(expect: Expectation, response: Response) -> Iterator[Difference]:
    if expect.status is not None and expect.status != response.status:
        yield Difference("status", str(expect.status), str(response.status))
    elif expect.status is None:
        # Without a recorded status, the body still shows whether it was a success.
        failed = expect.error is not None or "<Errors>" in (expect.body or "")
        if failed != (response.status >= 400):
            yield Difference("status", "an error" if failed else "a success", str(response.status))


def _compare_headers(expected: Mapping[str, str | None], actual: Mapping[str, str]) -> Iterator[Difference]:
    given = {name.lower(): value for name, value in actual.items()}
    for name, value in expected.items():
        found = given.get(name.lower())
        if found != value:
            yield Difference(f"header {name}", "(absent)" if value is None else value, found or "(absent)")


def _compare_bytes(expected: str, actual: str) -> Iterator[Difference]:
    if expected == actual:
        return
    try:
        readable = lines(expected), lines(actual)
    except ValueError:
        readable = [], []
    if readable[0] == readable[1]:  # the difference is in white space or the XML declaration: show it as it is
        yield Difference("body", expected, actual)
    else:
        yield Difference("body", "\n".join(readable[0]), "\n".join(readable[1]))


def _compare_structure(expected: str, actual: str) -> Iterator[Difference]:
    try:
        found = lines(actual)
    except ValueError as problem:
        yield Difference("body", "XML", f"{actual[:200]!r} ({problem})")
        return
    wanted = lines(expected)
    if wanted != found:
        yield Difference("body", "\n".join(wanted), "\n".join(found))


def _compare_error(expected: ErrorAnswer, answer: Answer) -> Iterator[Difference]:
    box_usage = answer.element_text("BoxUsage")
    yield from _unequal("code", expected.code, answer.element_text("Code"))
    yield from _unequal("message", expected.message, answer.element_text("Message"))
    if isinstance(expected.box_usage, bool):
        if expected.box_usage != (box_usage is not None):
            yield Difference("BoxUsage", "there" if expected.box_usage else "not there", box_usage or "not there")
    else:
        yield from _unequal("BoxUsage", expected.box_usage, box_usage)


def _unequal(subject: str, expected: str | None, actual: str | None) -> Iterator[Difference]:
    if expected is not None and expected != actual:
        yield Difference(subject, expected, "(none)" if actual is None else actual)


def _compare_result(expected: Result, answer: Answer, ignore: Collection[str]) -> Iterator[Difference]:
    if answer.root is None:
        yield Difference("body", "XML", repr(answer.text[:200]))
        return
    for subject, wanted, found in _facts(expected, answer):
        if wanted is not None and wanted != found:
            yield Difference(subject, wanted, found)
    for name, figure in (expected.metadata or {}).items():
        if name not in ignore:
            yield from _unequal(name, figure, answer.element_text(name))
    if expected.next_token is not None:
        yield from _compare_token(expected.next_token, answer.element_text("NextToken"), "NextToken" in ignore)


def _facts(expected: Result, answer: Answer) -> Iterator[tuple[str, str | None, str]]:
    """What is known of a result, as texts: of what, what it must be (``None``: anything), what it is."""
    items, names, domains = answer.items(), answer.item_names(), answer.domains()
    awaited = set(expected.domains_include or ())
    yield "items", _listed(expected.items), _listed(names) or ""
    yield "items in any order", _sorted(expected.items_in_any_order), _sorted(names) or ""
    yield "number of items", _text(expected.item_count), str(len(names))
    yield "contents", _shown_contents(expected.contents), _shown_contents(items) or ""
    yield "attributes", _shown(expected.attributes), _shown(answer.attributes()) or ""
    yield "number of attributes", _text(expected.attribute_count), str(answer.attribute_count())
    yield "domains", _listed(expected.domains), _listed(domains) or ""
    yield "domains among others", _sorted(expected.domains_include), _sorted(awaited & {*domains}) or ""
    yield "number of domains", _text(expected.domain_count), str(len(domains))
    yield "Count", _text(expected.count), items.get("Domain", {}).get("Count", ["(none)"])[0]
    yield "BoxUsage", expected.box_usage, answer.element_text("BoxUsage") or "(none)"
    yield "texts in base64", _listed(expected.encoded), _listed(answer.encoded()) or ""


def _compare_token(expected: bool | Mapping[str, str], token: str | None, any_token: bool) -> Iterator[Difference]:
    wanted = expected if isinstance(expected, bool) else True
    if wanted != (token is not None):
        yield Difference("NextToken", "one" if wanted else "none", "none" if token is None else f"one: {token}")
    elif token is not None and not any_token and not isinstance(expected, bool):
        fields = token_fields(token)
        for name, value in expected.items():
            yield from _unequal(f"NextToken's {name}", value, fields.get(name))


def token_fields(token: str) -> dict[str, str]:
    """The fields of a NextToken of Select by their Java names; of one of ListDomains the ``domainName``."""
    try:
        more = next_token.decode(token)
    except SimpleDBError:
        return {"domainName": next_token.decode_domain_name(token)}
    fields: dict[str, object] = {
        "isPageBoundary": more.page_boundary,
        "lastEntityID": more.position.entity,
        "queryComplexity": more.complexity,
        "queryStringChecksum": more.checksum,
        "useQueryIndex": more.indexed,
        "consistentLSN": None if more.lsn is None else "[{},{}]".format(*more.lsn),
        "lastAttributeValue": more.position.key,
        "sortOrder": more.order,
    }
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _listed(names: Iterable[str] | None) -> str | None:
    return None if names is None else "\n".join(names) or "(none)"


def _sorted(names: Iterable[str] | None) -> str | None:
    return None if names is None else _listed(sorted(names))


def _shown(attributes: _Attributes | None) -> str | None:
    if attributes is None:
        return None
    return _listed(f"{name} = {value!r}" for name, values in attributes.items() for value in values)


def _shown_contents(items: Mapping[str, _Attributes] | None) -> str | None:
    """Items by name with their pairs sorted: Select promises no order among them."""
    if items is None:
        return None
    shown: list[str] = []
    for item in sorted(items):
        shown.append(item)
        shown += sorted(f"  {name} = {value!r}" for name, values in items[item].items() for value in values)
    return _listed(shown)


def show(difference: Difference) -> str:
    """A difference to read: one line each, or the lines that differ with the first one marked."""
    subject, expected, actual = difference
    if "\n" in expected or "\n" in actual:
        heading = f"{subject}: - expected, + actual, first difference at {_MARK}"
        return "\n".join([heading, *_side_by_side(expected, actual)])
    place = _first_difference(expected, actual)
    padding = " " * (len("  expected  ") + len(repr(expected[:place])) - 1)
    return f"{subject}:\n  expected  {expected!r}\n  actual    {actual!r}\n{padding}^ first difference"


def _first_difference(one: str, other: str) -> int:
    for place, (wanted, found) in enumerate(zip(one, other, strict=False)):
        if wanted != found:
            return place
    return min(len(one), len(other))


def _side_by_side(expected: str, actual: str, context: int = 3) -> Iterator[str]:
    wanted, found = expected.split("\n"), actual.split("\n")
    mark = _MARK
    for group in SequenceMatcher(None, wanted, found, autojunk=False).get_grouped_opcodes(context):
        yield f"  @@ line {group[0][1] + 1}"
        for kind, low, high, new_low, new_high in group:
            if kind == "equal":
                yield from (f"    {line}" for line in wanted[low:high])
                continue
            for sign, part in (("-", wanted[low:high]), ("+", found[new_low:new_high])):
                for line in part:
                    yield f"{mark} {sign} {line}"
                    mark = " "
