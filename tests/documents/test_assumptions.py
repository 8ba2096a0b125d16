"""Each choice of docs/assumptions.md that no other test pins."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.limits import limits_from
from basicdb_mock.rehearsal import Lag
from tests.documents.asking import ask, put, select, send


@pytest.fixture
def engine() -> Engine:
    """An engine with the domain ``books`` of three items."""
    engine = Engine()
    assert ask(engine, "CreateDomain", DomainName="books").status == 200
    put(engine, "i1", ("a", "1"), ("b", "1"))
    put(engine, "i2", ("a", "2"), ("b", "1"), ("b", "3"))
    put(engine, "i3", ("c", "1"))
    return engine


# -- the Select language -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("condition", "names"), [
    ("c = '1' or a = '1' and b = '2'", ["i3"]),  # or (and), not (or) and
    ("c = '1' or a = '1' intersection b = '2'", ["i3"]),  # or (intersection)
    ("b = '1' intersection b = '3' and a = '2'", ["i2"]),
    ("not a = '1' and b = '1'", ["i2"]),  # (not) and
])
def test_not_binds_first_then_and_then_intersection_then_or(engine: Engine, condition: str, names: list[str]) -> None:
    assert select(engine, f"select * from books where {condition}").item_names == names


@pytest.mark.parametrize(("pattern", "names"), [
    ("x%z", ["i4", "i5"]), ("x_z", ["i5"]), ("xyz", ["i4"]), ("%", ["i4", "i5"]),
])
def test_a_percent_sign_stands_for_any_text_anywhere_and_an_underscore_for_itself(
    engine: Engine, pattern: str, names: list[str]
) -> None:
    put(engine, "i4", ("t", "xyz"))
    put(engine, "i5", ("t", "x_z"))
    assert sorted(select(engine, f"select * from books where t like '{pattern}'").item_names) == names


@pytest.mark.parametrize("expression", [
    "SELECT ITEMNAME() FROM books WHERE ItemName() = 'i1'",
    "select itemname() from books where EVERY(a) = '1'",
    "Select Count(*) From books Where a = '1' Limit 1",
])
def test_keywords_and_functions_may_be_written_in_any_case(engine: Engine, expression: str) -> None:
    assert select(engine, expression).status == 200


@pytest.mark.parametrize("expression", [
    "select * from books where a = 1",
    "select itemName(), a from books",
    "select *, a from books",
    "select * from books where a in ()",
    "select * from books where a in('1',)",
    "select count(*), a from books",
    "select * from books limit '1'",
])
def test_what_no_document_shows_is_no_expression(engine: Engine, expression: str) -> None:
    answer = select(engine, expression)
    assert (answer.status, answer.code, answer.message) == (
        400, "InvalidQueryExpression", "The specified query expression syntax is not valid.")


def test_an_attribute_asked_for_twice_comes_once(engine: Engine) -> None:
    assert select(engine, "select a, a from books where a = '1'").pairs == [("a", "1")]


def test_an_item_with_none_of_the_attributes_asked_for_comes_with_its_name_alone(engine: Engine) -> None:
    answer = select(engine, "select c from books where a = '1'")
    assert "<SelectResult><Item><Name>i1</Name></Item></SelectResult>" in answer.body


def test_parentheses_nest_32_deep(engine: Engine) -> None:
    assert select(engine, f"select * from books where {'(' * 32}a = '1'{')' * 32}").item_names == ["i1"]
    for depth in (33, 5000):
        answer = select(engine, f"select * from books where {'(' * depth}a = '1'{')' * depth}")
        assert (answer.status, answer.code) == (400, "InvalidQueryExpression")


def test_an_expression_may_have_64_kilobytes(engine: Engine) -> None:
    start = "select * from books where a = '1'"
    assert select(engine, start.ljust(65_536)).item_names == ["i1"]
    assert select(engine, start.ljust(65_537)).code == "InvalidQueryExpression"


def test_order_by_item_name_needs_a_predicate_on_it(engine: Engine) -> None:
    assert select(engine, "select * from books order by itemName()").code == "InvalidSortExpression"
    answer = select(engine, "select * from books where itemName() > '' order by itemName() desc")
    assert answer.item_names == ["i3", "i2", "i1"]


def test_an_item_sorts_by_its_first_matching_value_in_the_direction_of_the_sort(engine: Engine) -> None:
    put(engine, "i4", ("b", "2"))
    assert select(engine, "select * from books where b > '0' order by b").item_names == ["i1", "i2", "i4"]
    assert select(engine, "select * from books where b > '0' order by b desc").item_names == ["i2", "i4", "i1"]
    assert select(engine, "select * from books where b > '1' order by b").item_names == ["i4", "i2"]


def test_ties_of_a_sort_come_in_the_order_of_creation(engine: Engine) -> None:
    put(engine, "i0", ("b", "1"))
    assert select(engine, "select * from books where b = '1' order by b").item_names == ["i1", "i2", "i0"]
    assert select(engine, "select * from books where b = '1' order by b desc").item_names == ["i0", "i2", "i1"]


def test_every_of_the_item_name_is_the_item_name(engine: Engine) -> None:
    assert select(engine, "select * from books where every(itemName()) = 'i2'").item_names == ["i2"]


@pytest.mark.parametrize("limit", ["0", "-1", "2501"])
def test_a_limit_out_of_range_is_told_as_a_number_of_items(engine: Engine, limit: str) -> None:
    answer = select(engine, f"select * from books limit {limit}")
    assert (answer.status, answer.code, answer.message) == (
        400, "InvalidParameterValue",
        f"Value ({limit}) for parameter MaxNumberOfItems is invalid. MaxNumberOfItems must be between 1 and 2500.")


def test_21_comparisons_are_too_many_value_tests_on_one_attribute_and_predicates_on_several(engine: Engine) -> None:
    one = " or ".join(f"a = '{number}'" for number in range(21))
    several = " or ".join(f"a{number} = '1'" for number in range(21))
    assert select(engine, f"select * from books where {one}").code == "InvalidNumberValueTests"
    assert select(engine, f"select * from books where {several}").code == "InvalidNumberPredicates"


def test_comparisons_of_one_attribute_joined_by_and_are_one_predicate_wherever_they_stand(engine: Engine) -> None:
    assert select(engine, "select * from books where b = '1' and a = '2' and b = '3'").item_names == []
    assert select(engine, "select * from books where b = '1' and a = '2' intersection b = '3'").item_names == ["i2"]


def test_not_takes_the_complement_of_the_whole_domain(engine: Engine) -> None:
    assert select(engine, "select * from books where not a = '1'").item_names == ["i2", "i3"]


def test_an_unsorted_result_of_one_predicate_comes_in_the_order_of_its_values(engine: Engine) -> None:
    put(engine, "i4", ("a", "0"))
    assert select(engine, "select * from books where a >= '0'").item_names == ["i4", "i1", "i2"]


def test_a_token_outlives_writes_and_time() -> None:
    clock = AdjustableClock()
    engine = Engine(clock=clock)
    ask(engine, "CreateDomain", DomainName="books")
    for name in ("i1", "i2", "i3"):
        put(engine, name, ("a", "1"))
    token = select(engine, "select * from books limit 1").token
    ask(engine, "DeleteAttributes", DomainName="books", ItemName="i2")
    put(engine, "i4", ("a", "1"))
    clock.tick(10 * 365 * 86_400)
    assert token is not None
    assert select(engine, "select * from books limit 10", NextToken=token).item_names == ["i3", "i4"]


def test_a_query_that_takes_too_long_ends_its_page_instead_of_failing() -> None:
    engine = Engine(limits=limits_from({"query_seconds": 0.0}))
    ask(engine, "CreateDomain", DomainName="books")
    for number in range(600):
        put(engine, f"i{number}", ("a", "1"))
    answer = select(engine, "select * from books where a = '2' or b = '2' limit 2500")
    counted = select(engine, "select count(*) from books where b = '2' or c = '2'")
    assert (answer.status, counted.status) == (200, 200)
    page = select(engine, "select * from books limit 2500")
    assert page.status == 200
    assert 0 < len(page.item_names) < 600
    assert page.token is not None


# -- writes and reads --------------------------------------------------------------------------------------------------


def test_one_true_replace_flag_clears_the_name_and_all_values_of_the_request_stay(engine: Engine) -> None:
    ask(
        engine, "PutAttributes", DomainName="books", ItemName="i2", Attribute_0_Name="b", Attribute_0_Value="7",
        Attribute_1_Name="b", Attribute_1_Value="8", Attribute_1_Replace="true")
    answer = ask(engine, "GetAttributes", DomainName="books", ItemName="i2", ConsistentRead="true")
    assert answer.pairs == [("a", "2"), ("b", "7"), ("b", "8")]


def test_an_empty_value_to_delete_is_the_empty_value(engine: Engine) -> None:
    put(engine, "i4", ("a", ""), ("a", "1"))
    ask(
        engine, "DeleteAttributes", DomainName="books", ItemName="i4", Attribute_1_Name="a", Attribute_1_Value="")
    answer = ask(engine, "GetAttributes", DomainName="books", ItemName="i4", ConsistentRead="true")
    assert answer.pairs == [("a", "1")]


def test_the_metadata_is_never_stale(engine: Engine) -> None:
    engine.clock.freeze(1_700_000_000)
    engine.lag = Lag.of(60)
    put(engine, "i4", ("a", "1"))
    assert "i4" not in ask(engine, "Select", SelectExpression="select * from books").item_names
    assert "<ItemCount>4</ItemCount>" in ask(engine, "DomainMetadata", DomainName="books").body


def test_the_size_of_a_domain_has_no_overhead_in_it() -> None:
    engine = Engine(limits=limits_from({"domain_bytes": 8}))
    ask(engine, "CreateDomain", DomainName="books")
    assert put(engine, "i1", ("a", "1"), ("a", "22")).status == 200  # 2 + 1 + 1 + 2
    assert put(engine, "i2", ("a", "1")).code == "NumberDomainBytesExceeded"


def test_an_empty_item_name_is_illegal(engine: Engine) -> None:
    answer = put(engine, "", ("a", "1"))
    assert (answer.status, answer.code, answer.message) == (
        400, "InvalidParameterValue",
        "Value () for parameter ItemName is invalid. The empty string is an illegal item name")


def test_a_condition_without_a_name_misses_its_name(engine: Engine) -> None:
    answer = ask(
        engine, "PutAttributes", DomainName="books", ItemName="i1", Attribute_1_Name="a", Attribute_1_Value="1",
        Expected_Exists="false")
    assert (answer.status, answer.code, answer.message) == (
        400, "MissingParameter", "The request must contain the parameter Expected.Name")


def test_a_message_repeats_even_a_long_value_whole(engine: Engine) -> None:
    long = "x" * 5000
    answer = put(engine, "i1", ("a", long))
    assert answer.message == f"Value ({long}) for parameter Value is invalid. Value exceeds maximum length of 1024."


@pytest.mark.parametrize(("action", "parameters", "element"), [
    ("GetAttributes", {"DomainName": "books", "ItemName": "none"}, "<GetAttributesResult></GetAttributesResult>"),
    ("ListDomains", {}, "<ListDomainsResult></ListDomainsResult>"),
])
def test_an_empty_result_has_a_start_and_an_end_tag(
    engine: Engine, action: str, parameters: dict[str, str], element: str
) -> None:
    if action == "ListDomains":
        ask(engine, "DeleteDomain", DomainName="books")
    assert element in ask(engine, action, **parameters).body


# -- the protocol ------------------------------------------------------------------------------------------------------


def test_authentication_comes_first_then_the_action_the_version_the_parameters_and_the_domain() -> None:
    engine = Engine()
    wrong = {
        "AWSAccessKeyId": "", "Action": "", "Version": "1999-01-01", "DomainName": "none", "ItemName": "",
    }
    right = {"AWSAccessKeyId": "key", "Action": "GetAttributes", "Version": "2009-04-15", "ItemName": "item"}
    told = [send(engine, body=urlencode(wrong).encode()).code]
    for name, value in right.items():
        wrong[name] = value
        told.append(send(engine, body=urlencode(wrong).encode()).code)
    assert told == ["AuthFailure", "MissingAction", "NoSuchVersion", "InvalidParameterValue", "NoSuchDomain"]


def test_a_request_needs_its_version() -> None:
    answer = send(Engine(), body=b"Action=ListDomains&AWSAccessKeyId=key")
    assert (answer.status, answer.code, answer.message) == (
        400, "MissingParameter", "The request must contain the parameter Version")


def test_a_uri_may_have_16_kilobytes() -> None:
    start = "/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=key&Unknown="
    assert send(Engine(), "GET", start.ljust(16_384, "x")).status == 200
    answer = send(Engine(), "GET", start.ljust(16_385, "x"))
    assert (answer.status, answer.code, answer.message) == (
        400, "URITooLong", "The URI exceeded the maximum limit of 16384.")


@pytest.mark.parametrize("verb", ["HEAD", "PUT", "PATCH", "OPTIONS"])
def test_no_other_verbs_are_taken(verb: str) -> None:
    answer = send(Engine(), verb, "/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=key")
    assert (answer.status, answer.code) == (400, "UnsupportedHttpVerb")


def test_a_body_over_a_megabyte_is_an_invalid_request() -> None:
    answer = send(Engine(), body=b"Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=key&U=".ljust(1_048_577, b"x"))
    assert (answer.status, answer.code) == (400, "InvalidHttpRequest")


@pytest.mark.parametrize("octets", [b"%ff", b"\xff", b"%ed%a0%80"])
def test_what_is_not_utf_8_is_an_invalid_request(octets: bytes) -> None:
    answer = send(Engine(), body=b"Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=key&U=" + octets)
    assert (answer.status, answer.code, answer.message) == (
        400, "InvalidHttpRequest", "The HTTP request is invalid. Reason: The parameters are not valid UTF-8.")


def test_of_a_parameter_given_twice_the_last_counts_and_the_body_comes_after_the_url() -> None:
    engine = Engine()
    send(
        engine, "POST", "/?Action=CreateDomain&DomainName=first&DomainName=second",
        b"Version=2009-04-15&AWSAccessKeyId=key&DomainName=third&DomainName=fourth")
    listed = send(engine, body=b"Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=key")
    assert "<ListDomainsResult><DomainName>fourth</DomainName></ListDomainsResult>" in listed.body


def test_a_token_of_list_domains_names_the_last_one_listed() -> None:
    engine = Engine()
    for name in ("aaa", "bbb", "ccc"):
        ask(engine, "CreateDomain", DomainName=name)
    page = ask(engine, "ListDomains", MaxNumberOfDomains="2")
    assert page.token == "YmJi"  # bbb
    ask(engine, "DeleteDomain", DomainName="bbb")
    rest = ask(engine, "ListDomains", NextToken="YmJi")
    assert "<ListDomainsResult><DomainName>ccc</DomainName></ListDomainsResult>" in rest.body


def test_an_account_may_have_250_domains() -> None:
    engine = Engine()
    for number in range(250):
        assert ask(engine, "CreateDomain", DomainName=f"domain-{number}").status == 200
    answer = ask(engine, "CreateDomain", DomainName="one-more")
    assert (answer.status, answer.code, answer.message) == (
        409, "NumberDomainsExceeded", "The domain limit was exceeded.")
