from __future__ import annotations

from tests.calling import Caller

COST = "0.0055590278"


def test_a_deleted_domain_is_gone_with_its_items(call: Caller, books: str) -> None:
    answer = call("DeleteDomain", DomainName=books)
    assert (answer.status, answer.result, answer.box_usage) == (200, "", COST)
    assert call("ListDomains").texts("DomainName") == []
    gone = call("GetAttributes", DomainName=books, ItemName="i1")
    assert gone.error == (400, "NoSuchDomain", "The specified domain does not exist.")
    call.create(books)
    assert call.get(books, "i1") == []
    assert call("DomainMetadata", DomainName=books).texts("ItemCount") == ["0"]


def test_deleting_what_is_not_there_is_no_error(call: Caller) -> None:
    answer = call("DeleteDomain", DomainName="nowhere")
    assert (answer.status, answer.box_usage) == (200, COST)


def test_the_delete_verb_is_taken(call: Caller, books: str) -> None:
    assert call("DeleteDomain", DomainName=books, method="DELETE").status == 200
    assert call("ListDomains").texts("DomainName") == []


def test_the_name_is_checked(call: Caller) -> None:
    answer = call("DeleteDomain", DomainName="")
    assert answer.error == (400, "InvalidParameterValue", "Value () for parameter DomainName is invalid. ")
    missing = call("DeleteDomain")
    assert missing.error == (400, "MissingParameter", "The request must contain the parameter DomainName")
