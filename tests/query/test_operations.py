"""Query and QueryWithAttributes on the wire."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.operations import ACTIONS
from tests.query.asking import Asker

# From the 2009 capture in hungryblank/aws_sdb_bare: the token of one item whose attribute is 43, in ascending order.
CAPTURED_TOKEN = """\
rO0ABXNyACdjb20uYW1hem9uLnNkcy5RdWVyeVByb2Nlc3Nvci5Nb3JlVG9rZW7racXLnINNqwMA
CkkAFGluaXRpYWxDb25qdW5jdEluZGV4WgAOaXNQYWdlQm91bmRhcnlKAAxsYXN0RW50aXR5SURa
AApscnFFbmFibGVkSQAPcXVlcnlDb21wbGV4aXR5SgATcXVlcnlTdHJpbmdDaGVja3N1bUkACnVu
aW9uSW5kZXhaAA11c2VRdWVyeUluZGV4TAASbGFzdEF0dHJpYnV0ZVZhbHVldAASTGphdmEvbGFu
Zy9TdHJpbmc7TAAJc29ydE9yZGVydAAvTGNvbS9hbWF6b24vc2RzL1F1ZXJ5UHJvY2Vzc29yL1F1
ZXJ5JFNvcnRPcmRlcjt4cAAAAAAATZbLYbTOwAAAAAAAAAAAAAArd5WtAAAAAAF0AAI0M35yAC1j
b20uYW1hem9uLnNkcy5RdWVyeVByb2Nlc3Nvci5RdWVyeSRTb3J0T3JkZXIAAAAAAAAAABIAAHhy
AA5qYXZhLmxhbmcuRW51bQAAAAAAAAAAEgAAeHB0AAlBU0NFTkRJTkd4"""

CODES = {
    "my_entity5": {"last_visit": ["12:58:53", "13:13:05", "13:13:22", "21:45:29", "22:11:18"], "code": ["16"]},
    "bar83": {"code": ["43"]},
    "bar81": {"foo": ["value"], "code": ["44"]},
    "bar98": {"foo": ["value"], "code": ["48"]},
}


@pytest.fixture
def codes(asker: Asker) -> Asker:
    """The items that the 2009 captures tell of."""
    asker.fill("codes", CODES)
    return asker


def without_request_id(body: str) -> str:
    return re.sub(r"<RequestId>[0-9a-f-]{36}</RequestId>", "<RequestId/>", body)


def test_query_answers_as_captured(codes: Asker) -> None:
    answer = codes.ask("Query", DomainName="codes", QueryExpression="['code' > '0']")
    assert without_request_id(answer.body) == (
        '<?xml version="1.0"?>\n'
        '<QueryResponse xmlns="http://sdb.amazonaws.com/doc/2007-11-07/"><QueryResult><ItemName>my_entity5</ItemName>'
        "<ItemName>bar83</ItemName><ItemName>bar81</ItemName><ItemName>bar98</ItemName></QueryResult><ResponseMetadata>"
        "<RequestId/><BoxUsage>0.0000140320</BoxUsage></ResponseMetadata></QueryResponse>"
    )


def test_query_with_attributes_answers_as_captured(codes: Asker) -> None:
    answer = codes.ask("QueryWithAttributes", DomainName="codes", QueryExpression="['code' > '0']")
    assert without_request_id(answer.body) == (
        '<?xml version="1.0"?>\n'
        '<QueryWithAttributesResponse xmlns="http://sdb.amazonaws.com/doc/2007-11-07/"><QueryWithAttributesResult>'
        "<Item><Name>my_entity5</Name>"
        "<Attribute><Name>last_visit</Name><Value>12:58:53</Value></Attribute>"
        "<Attribute><Name>last_visit</Name><Value>13:13:05</Value></Attribute>"
        "<Attribute><Name>last_visit</Name><Value>13:13:22</Value></Attribute>"
        "<Attribute><Name>last_visit</Name><Value>21:45:29</Value></Attribute>"
        "<Attribute><Name>last_visit</Name><Value>22:11:18</Value></Attribute>"
        "<Attribute><Name>code</Name><Value>16</Value></Attribute></Item>"
        "<Item><Name>bar83</Name><Attribute><Name>code</Name><Value>43</Value></Attribute></Item>"
        "<Item><Name>bar81</Name><Attribute><Name>foo</Name><Value>value</Value></Attribute>"
        "<Attribute><Name>code</Name><Value>44</Value></Attribute></Item>"
        "<Item><Name>bar98</Name><Attribute><Name>foo</Name><Value>value</Value></Attribute>"
        "<Attribute><Name>code</Name><Value>48</Value></Attribute></Item></QueryWithAttributesResult>"
        "<ResponseMetadata><RequestId/><BoxUsage>0.0000503747</BoxUsage></ResponseMetadata>"
        "</QueryWithAttributesResponse>"
    )


def test_a_page_of_one_costs_what_the_capture_says_and_its_token_differs_in_numbers_only(codes: Asker) -> None:
    answer = codes.ask(
        "QueryWithAttributes", DomainName="codes", QueryExpression="['code' > '42']", MaxNumberOfItems=1)
    assert answer.texts("Name") == ["bar83", "code"]
    assert answer.text("BoxUsage") == "0.0000228636"
    ours, captured = base64.b64decode(answer.text("NextToken")), base64.b64decode(CAPTURED_TOKEN)
    header = captured.index(b"xp") + 2
    entity, checksum = slice(header + 5, header + 13), slice(header + 18, header + 26)
    blanked = bytearray(ours), bytearray(captured)
    for octets in blanked:
        octets[entity] = octets[checksum] = bytes(8)
    assert blanked[0] == blanked[1]
    assert [len(line) for line in answer.text("NextToken").splitlines()] == [76] * 7 + [56]


def test_no_expression_is_all_items(codes: Asker) -> None:
    for expression in ({}, {"QueryExpression": ""}, {"QueryExpression": " "}):
        assert codes.ask("Query", DomainName="codes", **expression).texts("ItemName") == list(CODES)


def test_nothing_found_is_an_empty_result(codes: Asker) -> None:
    answer = codes.ask("Query", DomainName="codes", QueryExpression="['code' = '0']")
    assert (answer.status, answer.texts("ItemName"), answer.texts("NextToken")) == (200, [], [])
    assert answer.text("BoxUsage") == "0.0000137200"
    answer = codes.ask("QueryWithAttributes", DomainName="codes", QueryExpression="['code' = '0']")
    assert (answer.status, answer.texts("Item"), answer.texts("NextToken")) == (200, [], [])


@pytest.mark.parametrize("names", [
    {"AttributeName": "foo"}, {"AttributeName_0": "foo"}, {"AttributeName_1": "foo", "AttributeName_3": "bar"},
])
def test_attribute_names_choose_what_is_told(codes: Asker, names: dict[str, str]) -> None:
    answer = codes.ask("QueryWithAttributes", DomainName="codes", QueryExpression="['code' > '42']", **names)
    assert answer.texts("Name") == ["bar83", "bar81", "foo", "bar98", "foo"]


def test_an_attribute_name_left_blank_is_every_attribute(codes: Asker) -> None:
    query = {"DomainName": "codes", "QueryExpression": "['code' = '44']"}
    assert codes.ask("QueryWithAttributes", AttributeName="", **query).texts("Name") == ["bar81", "foo", "code"]


def test_the_default_page_is_of_a_hundred_and_the_largest_of_two_hundred_and_fifty(asker: Asker) -> None:
    asker.fill("many", {f"i{number:03}": {"n": [f"{number:03}"]} for number in range(251)})
    assert len(asker.ask("Query", DomainName="many").texts("ItemName")) == 100
    page = asker.ask("Query", DomainName="many", MaxNumberOfItems=250)
    assert len(page.texts("ItemName")) == 250
    rest = asker.ask("Query", DomainName="many", NextToken=page.text("NextToken"))
    assert rest.texts("ItemName") == ["i250"]
    assert rest.texts("NextToken") == []


@pytest.mark.parametrize("number", ["0", "251", "-1", "", "many", "1.5", "99999999999"])
@pytest.mark.parametrize("action", ["Query", "QueryWithAttributes"])
def test_a_page_of_another_size_is_refused(codes: Asker, action: str, number: str) -> None:
    answer = codes.ask(action, DomainName="codes", MaxNumberOfItems=number)
    assert answer.error == (
        400, "InvalidParameterValue",
        f"Value ({number}) for parameter MaxNumberOfItems is invalid. MaxNumberOfItems must be between 1 and 250.")
    assert answer.text("BoxUsage") == "0.0000137200"


def test_a_token_goes_on_with_another_page_size_and_the_other_action(codes: Asker) -> None:
    expression = {"DomainName": "codes", "QueryExpression": "['code' > '0'] sort 'code' desc"}
    token = codes.ask("Query", MaxNumberOfItems=1, **expression).text("NextToken")
    assert codes.ask("Query", MaxNumberOfItems=2, NextToken=token, **expression).texts("ItemName") == ["bar81", "bar83"]
    answer = codes.ask("QueryWithAttributes", NextToken=token, AttributeName="none", **expression)
    assert answer.texts("Name") == ["bar81", "bar83", "my_entity5"]


def test_a_token_of_another_query_is_refused(codes: Asker) -> None:
    page = codes.ask("Query", DomainName="codes", QueryExpression="['code' > '0']", MaxNumberOfItems=1)
    token = page.text("NextToken")
    for parameters in (
        {"QueryExpression": "['code' > '1']", "NextToken": token},
        {"QueryExpression": "['code' > '0'] sort 'code' desc", "NextToken": token},
        {"NextToken": token},
        {"QueryExpression": "['code' > '0']", "NextToken": "{}"},
    ):
        assert codes.ask("Query", DomainName="codes", **parameters).error == (
            400, "InvalidNextToken", "The specified next token is not valid.")


def test_other_spelling_of_a_query_takes_the_same_token(codes: Asker) -> None:
    token = codes.ask("Query", DomainName="codes", QueryExpression="['code'>'0']", MaxNumberOfItems=3).text("NextToken")
    rest = codes.ask("Query", DomainName="codes", QueryExpression=" [ 'code' > '0' ] ", NextToken=token)
    assert rest.texts("ItemName") == ["bar98"]


def test_a_response_stops_at_its_size() -> None:
    asker = Asker(Engine(limits=replace(AWS, response_bytes=1000)))
    asker.fill("large", {f"i{number}": {"text": ["x" * 600]} for number in range(3)})
    answer = asker.ask("QueryWithAttributes", DomainName="large")
    assert answer.texts("Name") == ["i0", "text"]
    assert answer.texts("NextToken")


def test_a_query_that_takes_too_long_times_out() -> None:
    asker = Asker(Engine(limits=replace(AWS, query_seconds=0.0)))
    asker.fill("slow", {"i": {"a": ["x"]}})
    for number in range(11):
        names = {f"Item_{item}_ItemName": f"n{number}-{item}" for item in range(25)}
        pairs = {f"Item_{item}_Attribute_0_{field}": "b" for item in range(25) for field in ("Name", "Value")}
        assert asker.ask("BatchPutAttributes", DomainName="slow", **names, **pairs).status == 200
    answer = asker.ask("Query", DomainName="slow", QueryExpression="not ['a' = 'y']", MaxNumberOfItems=250)
    assert answer.texts("Code") == []  # the page was full before the clock was looked at
    limits = replace(AWS, query_seconds=0.0, query_page_items=1000)
    asker.engine.limits = limits
    answer = asker.ask("Query", DomainName="slow", QueryExpression="not ['a' = 'y']", MaxNumberOfItems=1000)
    assert answer.error == (
        408, "RequestTimeout",
        "A timeout occurred when attempting to query domain slow with query expression not ['a' = 'y']. "
        "BoxUsage [0.0000137200]")


@pytest.mark.parametrize("action", ["Query", "QueryWithAttributes"])
def test_the_operations_are_unknown_in_2009(codes: Asker, action: str) -> None:
    answer = codes.ask(action, version="2009-04-15", DomainName="codes")
    assert answer.error == (400, "InvalidAction", f"The action {action} is not valid for this web service.")


def test_an_unknown_version_is_told(codes: Asker) -> None:
    assert codes.ask("Query", version="2008-01-01", DomainName="codes").error == (
        400, "NoSuchVersion", "The requested version (2008-01-01) of service AmazonSimpleDB does not exist.")


@pytest.mark.parametrize(("action", "parameters", "named"), [
    ("Query", {"ConsistentRead": "true"}, "ConsistentRead"),
    ("QueryWithAttributes", {"ConsistentRead": "false"}, "ConsistentRead"),
    ("GetAttributes", {"ItemName": "bar83", "ConsistentRead": "true"}, "ConsistentRead"),
    ("Select", {"SelectExpression": "select * from codes", "ConsistentRead": "true"}, "ConsistentRead"),
    ("DeleteAttributes", {"ItemName": "i", "Expected_Name": "a", "Expected_Value": "b"}, "Expected"),
    ("PutAttributes", {
        "ItemName": "i", "Attribute_1_Name": "a", "Attribute_1_Value": "b", "Expected_1_Name": "a",
        "Expected_1_Exists": "false",
    }, "Expected"),
])
def test_what_came_with_2009_is_refused(codes: Asker, action: str, parameters: dict[str, str], named: str) -> None:
    assert codes.ask(action, DomainName="codes", **parameters).error == (
        400, "InvalidWSDLVersion",
        f"Parameter ({named}) is only supported in WSDL version 2009-04-15 or beyond. Please upgrade to new version")


@pytest.mark.parametrize("version", ["2007-11-07", "2009-04-15"])
def test_every_operation_answers_in_the_namespace_of_the_version_asked(codes: Asker, version: str) -> None:
    pair = {"Attribute_1_Name": "a", "Attribute_1_Value": "b"}
    asked: dict[str, dict[str, str]] = {
        "CreateDomain": {}, "ListDomains": {}, "DomainMetadata": {}, "Query": {}, "QueryWithAttributes": {},
        "PutAttributes": {"ItemName": "i", **pair}, "GetAttributes": {"ItemName": "i"},
        "BatchPutAttributes": {"Item_1_ItemName": "i", **{f"Item_1_{name}": text for name, text in pair.items()}},
        "Select": {"SelectExpression": "select * from codes"}, "DeleteAttributes": {"ItemName": "i"},
        "BatchDeleteAttributes": {"Item_1_ItemName": "i"}, "DeleteDomain": {},
    }  # fmt: skip
    assert asked.keys() == ACTIONS["2007-11-07"].keys()
    for action, parameters in asked.items():
        if action not in ACTIONS[version]:
            continue
        answer = codes.ask(action, version=version, DomainName="codes", **parameters)
        assert answer.body.startswith(
            f'<?xml version="1.0"?>\n<{action}Response xmlns="http://sdb.amazonaws.com/doc/{version}/">'
        )


def test_select_is_allowed_in_2007(codes: Asker) -> None:
    answer = codes.ask("Select", SelectExpression="select code from codes where code = '43'")
    assert answer.texts("Value") == ["43"]
    assert 'xmlns="http://sdb.amazonaws.com/doc/2007-11-07/"' in answer.body


def test_errors_of_the_domain_come_last(codes: Asker) -> None:
    assert codes.ask("Query").error == (400, "MissingParameter", "The request must contain the parameter DomainName")
    assert codes.ask("Query", DomainName="a").error == (
        400, "InvalidParameterValue", "Value (a) for parameter DomainName is invalid. ")
    assert codes.ask("Query", DomainName="none", QueryExpression="[").error[1] == "InvalidQueryExpression"
    assert codes.ask("Query", DomainName="none").error == (
        400, "NoSuchDomain", "The specified domain does not exist.")


def test_too_many_attributes_are_refused() -> None:
    asker = Asker(Engine(limits=replace(AWS, requested_attributes=2)))
    names = {f"AttributeName_{number}": str(number) for number in range(3)}
    assert asker.ask("QueryWithAttributes", DomainName="codes", **names).error == (
        400, "TooManyRequestedAttributes", "Too many attributes requested.")


def test_text_that_xml_cannot_carry_comes_as_base64(asker: Asker) -> None:
    asker.fill("odd", {"ding\x07dong": {"a": ["\x00"]}})
    answer = asker.ask("Query", DomainName="odd")
    assert '<ItemName encoding="base64">ZGluZwdkb25n</ItemName>' in answer.body
    assert base64.b64decode(answer.text("ItemName")) == b"ding\x07dong"
