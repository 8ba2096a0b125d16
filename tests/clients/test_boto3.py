"""What boto3 makes of our answers: its paginators, its error classes, its regions, its own parsing."""

from __future__ import annotations

import base64
from typing import Any

import boto3
import pytest

pytestmark = pytest.mark.clients


def make_client(url: str, region: str = "us-east-1") -> Any:
    return boto3.client(
        "sdb", endpoint_url=url, region_name=region, aws_access_key_id="test-boto3", aws_secret_access_key="secret")


@pytest.fixture
def sdb(server: str) -> Any:
    return make_client(server)


@pytest.fixture
def domain(sdb: Any, request: pytest.FixtureRequest) -> Any:
    """A domain of the test's own."""
    name = request.node.name.replace("[", "-").replace("]", "")[:200]
    sdb.create_domain(DomainName=name)
    yield name
    sdb.delete_domain(DomainName=name)


def put(sdb: Any, domain: str, item: str, **attributes: str) -> None:
    pairs = [{"Name": name, "Value": value, "Replace": True} for name, value in attributes.items()]
    sdb.put_attributes(DomainName=domain, ItemName=item, Attributes=pairs)


def test_the_list_domains_paginator_meets_every_domain_once(sdb: Any) -> None:
    names = [f"paged-{number:02}" for number in range(7)]
    for name in names:
        sdb.create_domain(DomainName=name)
    pages = list(sdb.get_paginator("list_domains").paginate(PaginationConfig={"PageSize": 3}))
    listed = [name for page in pages for name in page["DomainNames"]]
    assert [name for name in listed if name.startswith("paged-")] == names
    assert all(len(page["DomainNames"]) == 3 for page in pages[:-1])
    for name in names:
        sdb.delete_domain(DomainName=name)


def test_the_select_paginator_can_stop_and_go_on(sdb: Any, domain: str) -> None:
    for number in range(12):
        put(sdb, domain, f"i{number:02}", n=f"{number:02}")
    expression = f"select * from `{domain}` where n >= '00' order by n desc limit 4"
    paginator = sdb.get_paginator("select")
    first = paginator.paginate(SelectExpression=expression, ConsistentRead=True, PaginationConfig={"MaxItems": 8})
    assert [item["Name"] for page in first for item in page["Items"]] == [f"i{n:02}" for n in range(11, 3, -1)]
    rest = paginator.paginate(
        SelectExpression=expression, ConsistentRead=True, PaginationConfig={"StartingToken": first.resume_token})
    assert [item["Name"] for page in rest for item in page["Items"]] == ["i03", "i02", "i01", "i00"]


@pytest.mark.parametrize(("operation", "parameters", "exception"), [
    ("domain_metadata", {"DomainName": "no-such-domain"}, "NoSuchDomain"),
    ("create_domain", {"DomainName": "a"}, "InvalidParameterValue"),
    ("list_domains", {"MaxNumberOfDomains": 101}, "InvalidParameterValue"),
    ("select", {"SelectExpression": "select * from any", "NextToken": "no token"}, "InvalidNextToken"),
    ("put_attributes", {"DomainName": "any", "ItemName": "i", "Attributes": []}, "MissingParameter"),
    ("select", {"SelectExpression": "selekt"}, "InvalidQueryExpression"),
    ("batch_put_attributes", {
        "DomainName": "any",
        "Items": [{"Name": "same", "Attributes": [{"Name": "a", "Value": "b"}]}] * 2,
    }, "DuplicateItemName"),
])
def test_an_error_is_of_the_models_class(
    sdb: Any, operation: str, parameters: dict[str, Any], exception: str
) -> None:
    with pytest.raises(getattr(sdb.exceptions, exception)) as refused:
        getattr(sdb, operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == exception


def test_an_error_carries_its_box_usage_and_request_id(sdb: Any) -> None:
    with pytest.raises(sdb.exceptions.NoSuchDomain) as refused:
        sdb.domain_metadata(DomainName="no-such-domain")
    assert refused.value.response["Error"]["BoxUsage"] == "0.0000071759"
    assert len(refused.value.response["RequestID"]) == 36  # where botocore leaves SimpleDB's capital D


def test_an_answer_carries_its_request_id(sdb: Any) -> None:
    metadata = sdb.list_domains()["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 200
    assert len(metadata["RequestId"]) == 36


def make_client_of(region: str, url: str) -> Any:
    """A client whose requests carry the host of a region: a request of signature version 2 tells it no other way."""

    def name_host(request: Any, **_: Any) -> None:
        request.headers["Host"] = f"sdb.{region}.amazonaws.com"

    client = make_client(url, region)
    client.meta.events.register("before-send.simpledb", name_host)
    return client


def test_regions_are_apart(server: str) -> None:
    ireland, oregon = make_client_of("eu-west-1", server), make_client_of("us-west-2", server)
    ireland.create_domain(DomainName="where-am-i")
    try:
        assert "where-am-i" in ireland.list_domains()["DomainNames"]
        assert "where-am-i" not in oregon.list_domains().get("DomainNames", [])
    finally:
        ireland.delete_domain(DomainName="where-am-i")


def test_text_that_xml_cannot_carry_comes_back_as_base64(sdb: Any, domain: str) -> None:
    put(sdb, domain, "i", plain="text", bell="ding\x07dong")
    attributes = sdb.get_attributes(DomainName=domain, ItemName="i", ConsistentRead=True)["Attributes"]
    bell = next(attribute for attribute in attributes if attribute["Name"] == "bell")
    assert base64.b64decode(bell["Value"]).decode() == "ding\x07dong"
    assert {"Name": "plain", "Value": "text"} in attributes


def test_the_largest_item_comes_back_whole(sdb: Any, domain: str) -> None:
    pairs = [{"Name": f"a{number:03}", "Value": "ü" * 512} for number in range(256)]
    sdb.put_attributes(DomainName=domain, ItemName="i" * 1024, Attributes=pairs)
    attributes = sdb.get_attributes(DomainName=domain, ItemName="i" * 1024, ConsistentRead=True)["Attributes"]
    assert sorted(attributes, key=lambda attribute: str(attribute["Name"])) == pairs


def test_counting_tokens_lead_to_items(sdb: Any, domain: str) -> None:
    for number in range(6):
        put(sdb, domain, f"i{number}", n=str(number))
    counted = sdb.select(
        SelectExpression=f"select count(*) from `{domain}` where n >= '0' limit 4", ConsistentRead=True)
    assert counted["Items"][0]["Attributes"] == [{"Name": "Count", "Value": "4"}]
    page = sdb.select(
        SelectExpression=f"select itemName() from `{domain}` where n >= '0'",
        NextToken=counted["NextToken"], ConsistentRead=True)
    assert [item["Name"] for item in page["Items"]] == ["i4", "i5"]
