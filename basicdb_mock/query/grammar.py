"""The grammar of the 2007-11-07 query language (source: DG07/UsingQueryOverview, UsingQueryOperators, SortingData)::

    query     = operand {(intersection | union) operand} [sort text [asc | desc]]
    operand   = [not] predicate
    predicate = "[" test {(and | or) test} "]"
    test      = text ("=" | "!=" | "<" | "<=" | ">" | ">=" | starts-with | does-not-start-with) text
    text      = "'" {character | "\\'" | "\\\\"} "'"

Whitespace is optional (source: the list of valid expressions in garye/SimplerDB).  Keywords are accepted in either
case, and a backslash before any other character is rejected (docs/assumptions.md).
"""

from __future__ import annotations

import re

from pyparsing import Empty, Opt, ParserElement, ParseResults, Regex, StringEnd, Suppress, ZeroOrMore

from basicdb_mock.query.expression import Predicate, Query, Sort, ValueTest

_IN_ANY_CASE = re.IGNORECASE | re.ASCII  # ASCII only: "i" does not match U+0131
_VALUE = r"'(?:[^'\\]|\\['\\])*'"
_NAME = r"'(?:[^'\\]|\\['\\])+'"
_TEST = re.compile(rf"({_NAME})\s*(!=|<=|>=|=|<|>|starts-with|does-not-start-with)\s*({_VALUE})", _IN_ANY_CASE)
_ESCAPE = re.compile(r"\\(.)")


def _token(pattern: str, name: str) -> ParserElement:
    return Regex(pattern, flags=_IN_ANY_CASE).set_name(name)


def _word(*words: str) -> ParserElement:
    word = _token(rf"(?:{'|'.join(words)})(?![A-Za-z0-9_-])", " or ".join(words))
    return word.add_parse_action(lambda found: found[0].lower())


def _text(quoted: str) -> str:
    return _ESCAPE.sub(r"\1", quoted[1:-1])


def _test(found: ParseResults) -> list[ValueTest]:
    joiner, written = found
    match = _TEST.fullmatch(written)
    assert match is not None
    return [ValueTest(joiner, _text(match[1]), match[2].lower(), _text(match[3]))]


def _predicate(found: ParseResults) -> list[Predicate]:
    joiner, negation, *tests = found
    return [Predicate(joiner, bool(negation), tuple(tests))]


def _sort(found: ParseResults) -> list[Sort]:
    name, direction = found
    return [Sort(_text(name), direction == "desc")]


def _query(found: ParseResults) -> list[Query]:
    *predicates, sort = found
    return [Query(tuple(predicates), sort)]


def _grammar() -> ParserElement:
    comparison = _token(_TEST.pattern, "comparison")
    no_joiner = Empty().add_parse_action(lambda: [""])
    first_test = (no_joiner + comparison).add_parse_action(_test)
    next_test = (_word("and", "or") - comparison).add_parse_action(_test)
    brackets = Opt(_word("not"), default="") + Suppress("[") - first_test + ZeroOrMore(next_test) + Suppress("]")
    first = (no_joiner + brackets).add_parse_action(_predicate)
    following = (_word("intersection", "union") - brackets).add_parse_action(_predicate)
    direction = Opt(_word("asc", "desc"), default="asc")
    sort = (Suppress(_word("sort")) - _token(_NAME, "attribute") + direction).add_parse_action(_sort)
    query = first + ZeroOrMore(following) + Opt(sort, default=None) + StringEnd()
    return query.add_parse_action(_query).parse_with_tabs()  # tabs in values stay tabs


QUERY = _grammar()
