"""The grammar of select expressions (source: DG/UsingSelect, DG/QuotingRulesSelect, DG/UsingSelectOperators)::

    statement    = select output from name [where expression] [order by subject [asc | desc]] [limit number]
    output       = "*" | itemName() | count(*) | name {"," name}
    expression   = combination {or combination}
    combination  = conjunction {intersection conjunction}
    conjunction  = negation {and negation}
    negation     = {not} atom
    atom         = comparison | "(" expression ")"
    comparison   = (subject | every "(" subject ")") test
    test         = ("=" | "!=" | ">" | ">=" | "<" | "<=" | [not] like) literal | between literal and literal
                 | in "(" literal {"," literal} ")" | is [not] null
    subject      = itemName() | name

Keywords and function names are accepted in either case (observed); names and values are case-sensitive.  AWS documents
no precedence of and, or, not and intersection; docs/assumptions.md explains the choice made here.
"""

from __future__ import annotations

import re
from itertools import accumulate

from pyparsing import (
    Forward,
    Opt,
    ParserElement,
    ParseResults,
    Regex,
    StringEnd,
    Suppress,
    ZeroOrMore,
)

from basicdb_mock.select.expression import (
    ITEM_NAME,
    RESERVED_WORDS,
    And,
    Comparison,
    Expression,
    Intersection,
    Not,
    Or,
    Output,
    Sort,
    Statement,
    Subject,
)

_LITERAL = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_NAME = rf"`(?:[^`]|``)+`|(?!(?:{'|'.join(sorted(RESERVED_WORDS))})(?![A-Za-z0-9_$]))[A-Za-z_$][A-Za-z0-9_$]*"
_ITEM_NAME = r"itemName\s*\(\s*\)"
_SUBJECT = rf"{_ITEM_NAME}|{_NAME}"
_LITERAL_RE = re.compile(_LITERAL)
_IN_ANY_CASE = re.IGNORECASE | re.ASCII  # ASCII only: "s" does not match U+017F, nor "k" U+212A


def _token(pattern: str, name: str) -> ParserElement:
    return Regex(pattern, flags=_IN_ANY_CASE).set_name(name)


def _keyword(word: str) -> ParserElement:
    return Suppress(_token(word.replace(" ", r"\s+") + r"(?![A-Za-z0-9_$])", word))


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote) if quote in "'\"`" else text


def _as_subject(text: str) -> Subject:
    return ITEM_NAME if re.fullmatch(_ITEM_NAME, text, _IN_ANY_CASE) else _unquoted(text)


def _comparison(found: ParseResults) -> Comparison:
    subject, every, operator, values = found
    return Comparison(subject, operator, values, every)


def _join(kind: type[And | Or | Intersection]):  # type: ignore[no-untyped-def]  # a parse action
    def action(found: ParseResults) -> Expression:
        first: Expression = found[0]
        return first if len(found) == 1 else kind(tuple(found))

    return action


def _negate(found: ParseResults) -> Expression:
    *nots, part = found
    negated: Expression = part
    return Not(negated) if len(nots) % 2 else negated


def _subject_test(found: ParseResults) -> list[object]:
    match = re.match(rf"every\s*\(\s*({_SUBJECT})\s*\)", found[0], _IN_ANY_CASE)
    return [_as_subject(match[1] if match else found[0]), match is not None]


def _operation(found: ParseResults) -> list[object]:
    text: str = found[0]
    values = tuple(map(_unquoted, _LITERAL_RE.findall(text)))
    operator = re.match(r"[=!<>]+|[a-z]+(?:\s+(?:not\s+)?(?:like|null))?", text, _IN_ANY_CASE)
    assert operator is not None
    return [" ".join(operator[0].lower().split()), values]


def _grammar() -> ParserElement:
    every = rf"every\s*\(\s*(?:{_SUBJECT})\s*\)"
    subject_test = _token(f"{every}|{_SUBJECT}", "attribute").add_parse_action(_subject_test)
    literal = rf"(?:{_LITERAL})"
    operation = _token(
        rf"(?:!=|>=|<=|=|>|<|(?:not\s+)?like(?![A-Za-z0-9_$]))\s*{literal}"
        rf"|between\s*{literal}\s*and\s*{literal}"
        rf"|in\s*\(\s*{literal}(?:\s*,\s*{literal})*\s*\)"
        r"|is\s+(?:not\s+)?null(?![A-Za-z0-9_$])",
        "comparison",
    ).add_parse_action(_operation)
    comparison = (subject_test + operation).add_parse_action(_comparison)

    expression = Forward()
    parenthesis = Suppress("(") + expression + Suppress(")")
    negation = ZeroOrMore(_token(r"not(?![A-Za-z0-9_$])", "not")) + (parenthesis | comparison)
    negation.add_parse_action(_negate)
    conjunction = (negation + ZeroOrMore(_keyword("and") - negation)).add_parse_action(_join(And))
    intersection = conjunction + ZeroOrMore(_keyword("intersection") - conjunction)
    intersection.add_parse_action(_join(Intersection))
    expression <<= (intersection + ZeroOrMore(_keyword("or") - intersection)).add_parse_action(_join(Or))

    name = _token(_NAME, "name").add_parse_action(lambda found: _unquoted(found[0]))
    names = (name + ZeroOrMore(Suppress(",") - name)).add_parse_action(lambda found: [tuple(found)])
    output = (
        _token(r"\*", "*").add_parse_action(lambda: [Output.ALL])
        | _token(_ITEM_NAME, "itemName()").add_parse_action(lambda: [Output.ITEM_NAME])
        | _token(r"count\s*\(\s*\*\s*\)", "count(*)").add_parse_action(lambda: [Output.COUNT])
        | names
    )
    subject = _token(_SUBJECT, "attribute").add_parse_action(lambda found: [_as_subject(found[0])])
    direction = _token(r"(?:asc|desc)(?![A-Za-z0-9_$])", "asc or desc")
    sort = (_keyword("order by") - subject + Opt(direction, default="asc")).add_parse_action(
        lambda found: [Sort(found[0], found[1].lower() == "desc")]
    )
    number = _token(r"-?[0-9]{1,999}(?![0-9])", "number").add_parse_action(lambda found: [int(found[0])])
    statement = (
        _keyword("select") - output - _keyword("from") - name
        + Opt(_keyword("where") - expression, default=None)
        + Opt(sort, default=None)
        + Opt(_keyword("limit") - number, default=None)
        + StringEnd()
    )  # fmt: skip
    # Without this, pyparsing would expand tabs in literals to spaces.
    return statement.add_parse_action(lambda found: [Statement(*found)]).parse_with_tabs()


STATEMENT = _grammar()


def parentheses(text: str) -> tuple[int, int]:
    """The number of opening parentheses outside quotes, and how deep they nest, which is checked before parsing.

    Parsing recurses with each level, and parentheses take the longest.
    """
    bare = re.sub(rf"{_LITERAL}|`(?:[^`]|``)*`", "", text)
    steps = [1 if mark == "(" else -1 for mark in re.findall(r"[()]", bare)]
    return steps.count(1), max(accumulate(steps), default=0)
