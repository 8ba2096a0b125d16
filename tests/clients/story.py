"""The story every client tells: what it does, and what it must have seen.

A teller is a program in the client's own language.  It is given the server's URL and the name of a domain that is not
there yet, goes through the chapters below in this order, and prints what it saw as one JSON object, keyed by chapter.
Errors are ``{"code", "message", "status"}``; a client that does not tell the status gives ``null``.
"""

from __future__ import annotations

from typing import Any

ITEMS = [
    {"name": f"item{number:02}", "n": f"{number:02}", "color": ["red", "blue"] if number % 2 else ["red"]}
    for number in range(25)
]
"""What the second chapter puts, as one batch: ``n`` single-valued, ``color`` with one or two values."""

ODD_TEXT = "Grüße & <tags> \"quotes\" 'single' + plus % percent ~tilde *star! 雪 🎲"


def error(code: str, message: str, status: int) -> dict[str, Any]:
    return {"code": code, "message": message, "status": status}


def names(numbers: range) -> list[str]:
    return [f"item{number:02}" for number in numbers]


CHAPTERS: dict[str, Any] = {
    # CreateDomain, then ListDomains: is it there?
    "a created domain is listed": True,
    # BatchPutAttributes of ITEMS, then DomainMetadata
    "the metadata after the batch": {"items": 25, "attribute names": 2, "attribute values": 62},
    # GetAttributes of item03, consistent
    "an item of the batch": {"color": ["blue", "red"], "n": ["03"]},
    # GetAttributes of item03, only n
    "one attribute of it": {"n": ["03"]},
    # PutAttributes to item00: n = 99 replaced, if n = 00; then GetAttributes
    "the item after a conditional put": {"color": ["red"], "n": ["99"]},
    # the same again
    "a condition that no longer holds": error(
        "ConditionalCheckFailed",
        "Conditional check failed. Attribute (n) value is (99) but was expected (00)", 409),
    # PutAttributes to item00 if n does not exist
    "an attribute expected to be absent": error(
        "ConditionalCheckFailed", "Conditional check failed. Attribute (n) value exists", 409),
    # PutAttributes to item01 if color = red
    "a condition on several values": error(
        "MultiValuedAttribute",
        "Attribute (color) is multi-valued. Conditional check can only be performed on a single-valued attribute", 409),
    # DeleteAttributes of item01 if size = 1
    "a condition on what is not there": error("AttributeDoesNotExist", "Attribute (size) does not exist", 404),
    # select n from D where n < '90' order by n limit 10, following NextToken by hand
    "the pages of a select": [names(range(1, 11)), names(range(11, 21)), names(range(21, 25))],
    # the same expression, by whatever the client has for following pages by itself
    "the select followed by the client": names(range(1, 25)),
    # select count(*) from D where color = 'blue'
    "a count": 12,
    # PutAttributes of ODD_TEXT under the attribute ODD_TEXT to the item ODD_TEXT, then GetAttributes
    "odd text": {ODD_TEXT: [ODD_TEXT]},
    # DeleteAttributes of item03's value color = red, then GetAttributes
    "the item after one value is deleted": {"color": ["blue"], "n": ["03"]},
    # DeleteAttributes of the whole of item03, then GetAttributes
    "the item after it is deleted": {},
    # BatchDeleteAttributes of item04 and item05, then select count(*) from D
    "the count after a batch delete": 22,
    # the errors
    "a domain that does not exist": error("NoSuchDomain", "The specified domain does not exist.", 400),
    "a domain name that is too short": error(
        "InvalidParameterValue", "Value (x) for parameter DomainName is invalid. ", 400),
    "a put without attributes": error("MissingParameter", "No attributes", 400),
    "a batch of 26 items": error(
        "NumberSubmittedItemsExceeded", "Too many items in a single call. Up to 25 items per call allowed.", 409),
    "a select that is none": error(
        "InvalidQueryExpression", "The specified query expression syntax is not valid.", 400),
    "a sort by what no predicate names": error(
        "InvalidSortExpression",
        "Invalid sort expression. The sort attribute must be present in at least one of the predicates, and the "
        "predicate cannot contain the is null operator.", 400),
    "a token that is none": error("InvalidNextToken", "The specified next token is not valid.", 400),
    # DeleteDomain, then ListDomains: is it there?
    "a deleted domain is listed": False,
}
