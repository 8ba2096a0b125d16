from __future__ import annotations

from typing import Any

from tests.calling import Caller

COST = "0.0000071759"
FIGURES = [
    "ItemCount",
    "ItemNamesSizeBytes",
    "AttributeNameCount",
    "AttributeNamesSizeBytes",
    "AttributeValueCount",
    "AttributeValuesSizeBytes",
]


def figures(call: Caller, domain: str) -> list[int]:
    answer = call("DomainMetadata", DomainName=domain)
    return [int(answer.texts(figure)[0]) for figure in FIGURES]


def test_an_empty_domain_is_all_zeros_and_the_time(call: Caller, simpledb_under_test: Any) -> None:
    call.create("empty")
    simpledb_under_test.engine.clock.freeze(1317975502.9)
    answer = call("DomainMetadata", DomainName="empty")
    zeros = "".join(f"<{figure}>0</{figure}>" for figure in FIGURES)
    assert answer.result == f"<DomainMetadataResult>{zeros}<Timestamp>1317975502</Timestamp></DomainMetadataResult>"
    assert answer.box_usage == COST


def test_figures_count_items_distinct_names_and_pairs_in_bytes(call: Caller) -> None:
    call.create("domain")
    call.put("domain", "één", ("naïve", "x"), ("naïve", "yé"), ("b", ""))
    call.put("domain", "two", ("b", "12345"))
    assert figures(call, "domain") == [2, 5 + 3, 2, 6 + 1, 4, 1 + 3 + 0 + 5]


def test_figures_follow_what_is_deleted_and_replaced(call: Caller) -> None:
    call.create("domain")
    call.put("domain", "i", ("a", "1"), ("a", "22"), ("b", "333"))
    call.put("domain", "j", ("a", "4444"))
    call.put("domain", "i", ("a", "9"), replace=True)
    assert figures(call, "domain") == [2, 2, 2, 2, 3, 1 + 3 + 4]
    call("DeleteAttributes", {"Attribute.1.Name": "b"}, DomainName="domain", ItemName="i")
    assert figures(call, "domain") == [2, 2, 1, 1, 2, 5]
    call("DeleteAttributes", DomainName="domain", ItemName="i")
    call("DeleteAttributes", DomainName="domain", ItemName="j")
    assert figures(call, "domain") == [0] * 6


def test_a_domain_that_is_not_there_is_an_error(call: Caller) -> None:
    answer = call("DomainMetadata", DomainName="nowhere")
    assert answer.error == (400, "NoSuchDomain", "The specified domain does not exist.")
    assert answer.box_usage == COST


def test_the_name_is_required_and_checked(call: Caller) -> None:
    missing = call("DomainMetadata")
    assert missing.error == (400, "MissingParameter", "The request must contain the parameter DomainName")
    empty = call("DomainMetadata", DomainName="")
    assert empty.error == (400, "InvalidParameterValue", "Value () for parameter DomainName is invalid. ")
