"""Tells the story (tests/clients/story.py) through boto3: ``python boto3_story.py URL DOMAIN ITEMS ODD``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

url, domain, items, odd = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]
sdb: Any = boto3.client(
    "sdb", endpoint_url=url, region_name="us-east-1", aws_access_key_id="boto3", aws_secret_access_key="secret")
seen: dict[str, Any] = {}


def pair(name: str, value: str, **more: bool) -> dict[str, Any]:
    return {"Name": name, "Value": value, **more}


def is_listed() -> bool:
    pages = sdb.get_paginator("list_domains").paginate()
    return any(domain in page.get("DomainNames", []) for page in pages)


def get(item: str, **options: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    answer = sdb.get_attributes(DomainName=domain, ItemName=item, ConsistentRead=True, **options)
    for attribute in answer.get("Attributes", []):
        found.setdefault(attribute["Name"], []).append(attribute["Value"])
    return found


def refusal(call: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    try:
        call(**parameters)
    except ClientError as problem:
        told = problem.response
        return {
            "code": told["Error"]["Code"],
            "message": told["Error"]["Message"],
            "status": told["ResponseMetadata"]["HTTPStatusCode"],
        }
    raise AssertionError(f"{call.__name__} was not refused")


def count(where: str = "") -> int:
    answer = sdb.select(SelectExpression=f"select count(*) from `{domain}` {where}", ConsistentRead=True)
    return int(answer["Items"][0]["Attributes"][0]["Value"])


batch = [
    {"Name": item["name"], "Attributes": [pair("n", item["n"]), *(pair("color", value) for value in item["color"])]}
    for item in items
]

sdb.create_domain(DomainName=domain)
seen["a created domain is listed"] = is_listed()

sdb.batch_put_attributes(DomainName=domain, Items=batch)
figures = sdb.domain_metadata(DomainName=domain)
seen["the metadata after the batch"] = {
    "items": figures["ItemCount"],
    "attribute names": figures["AttributeNameCount"],
    "attribute values": figures["AttributeValueCount"],
}
seen["an item of the batch"] = get("item03")
seen["one attribute of it"] = get("item03", AttributeNames=["n"])

change = {
    "DomainName": domain,
    "ItemName": "item00",
    "Attributes": [pair("n", "99", Replace=True)],
    "Expected": {"Name": "n", "Value": "00"},
}
sdb.put_attributes(**change)
seen["the item after a conditional put"] = get("item00")
seen["a condition that no longer holds"] = refusal(sdb.put_attributes, **change)
seen["an attribute expected to be absent"] = refusal(
    sdb.put_attributes, **{**change, "Expected": {"Name": "n", "Exists": False}})
seen["a condition on several values"] = refusal(
    sdb.put_attributes, **{**change, "ItemName": "item01", "Expected": {"Name": "color", "Value": "red"}})
seen["a condition on what is not there"] = refusal(
    sdb.delete_attributes, DomainName=domain, ItemName="item01", Expected={"Name": "size", "Value": "1"})

expression = f"select n from `{domain}` where n < '90' order by n limit 10"
pages: list[list[str]] = []
token: dict[str, str] = {}
while not pages or token:
    page = sdb.select(SelectExpression=expression, ConsistentRead=True, **token)
    pages.append([item["Name"] for item in page["Items"]])
    token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
seen["the pages of a select"] = pages
seen["the select followed by the client"] = [
    item["Name"]
    for page in sdb.get_paginator("select").paginate(SelectExpression=expression, ConsistentRead=True)
    for item in page["Items"]
]
seen["a count"] = count("where color = 'blue'")

sdb.put_attributes(DomainName=domain, ItemName=odd, Attributes=[pair(odd, odd)])
seen["odd text"] = get(odd)
sdb.delete_attributes(DomainName=domain, ItemName=odd)

sdb.delete_attributes(DomainName=domain, ItemName="item03", Attributes=[{"Name": "color", "Value": "red"}])
seen["the item after one value is deleted"] = get("item03")
sdb.delete_attributes(DomainName=domain, ItemName="item03")
seen["the item after it is deleted"] = get("item03")
sdb.batch_delete_attributes(DomainName=domain, Items=[{"Name": "item04"}, {"Name": "item05", "Attributes": []}])
seen["the count after a batch delete"] = count()

seen["a domain that does not exist"] = refusal(sdb.domain_metadata, DomainName=domain + "-not")
seen["a domain name that is too short"] = refusal(sdb.create_domain, DomainName="x")
seen["a put without attributes"] = refusal(sdb.put_attributes, DomainName=domain, ItemName="item00", Attributes=[])
seen["a batch of 26 items"] = refusal(
    sdb.batch_put_attributes, DomainName=domain, Items=[*batch, {"Name": "item25", "Attributes": [pair("n", "25")]}])
seen["a select that is none"] = refusal(sdb.select, SelectExpression=f"select everything out of {domain}")
seen["a sort by what no predicate names"] = refusal(
    sdb.select, SelectExpression=f"select * from `{domain}` where n > '0' order by color")
seen["a token that is none"] = refusal(
    sdb.select, SelectExpression=f"select * from `{domain}`", NextToken="nonsense")

sdb.delete_domain(DomainName=domain)
seen["a deleted domain is listed"] = is_listed()
json.dump(seen, sys.stdout)
