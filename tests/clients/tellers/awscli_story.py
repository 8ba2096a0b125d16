"""Tells the story (tests/clients/story.py) through the AWS CLI.

``python awscli_story.py URL DOMAIN ITEMS ODD AWS``, where AWS is the path of the command ``aws``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

url, domain, items, odd, aws = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4], sys.argv[5]
directory = tempfile.TemporaryDirectory()
CONFIG = Path(directory.name, "config")
CONFIG.write_text("[preview]\nsdb = true\n", encoding="utf-8")  # the CLI hides the command without it
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONUTF8": "1",
    "AWS_ACCESS_KEY_ID": "awscli",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_DEFAULT_OUTPUT": "json",
    "AWS_CONFIG_FILE": str(CONFIG),
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ENDPOINT_URL_SIMPLEDB": url,
}
REFUSED = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation: (.*)\n\Z", re.DOTALL)
seen: dict[str, Any] = {}


def run(operation: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """One call of ``aws sdb``; ``True`` gives a bare switch."""
    words = [aws, "sdb", operation]
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(value if isinstance(value, str) else json.dumps(value))
    return subprocess.run(words, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)


def call(operation: str, **options: Any) -> dict[str, Any]:
    done = run(operation, **options)
    if done.returncode:
        raise AssertionError(f"aws sdb {operation} failed: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return answer


def refusal(operation: str, **options: Any) -> dict[str, Any]:
    told = REFUSED.search(run(operation, **options).stderr)
    if told is None:
        raise AssertionError(f"aws sdb {operation} was not refused")
    return {"code": told[1], "message": told[3], "status": None}


def is_listed() -> bool:
    return domain in call("list-domains").get("DomainNames", [])


def get(item: str, **options: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    answer = call("get-attributes", domain_name=domain, item_name=item, consistent_read=True, **options)
    for attribute in answer.get("Attributes", []):
        found.setdefault(attribute["Name"], []).append(attribute["Value"])
    return found


def count(condition: str = "") -> int:
    answer = call("select", select_expression=f"select count(*) from `{domain}` {condition}", consistent_read=True)
    return int(answer["Items"][0]["Attributes"][0]["Value"])


batch = [
    {
        "Name": item["name"],
        "Attributes": [
            {"Name": "n", "Value": item["n"]}, *({"Name": "color", "Value": value} for value in item["color"])],
    }
    for item in items
]

call("create-domain", domain_name=domain)
seen["a created domain is listed"] = is_listed()

call("batch-put-attributes", domain_name=domain, items=batch)
figures = call("domain-metadata", domain_name=domain)
seen["the metadata after the batch"] = {
    "items": figures["ItemCount"],
    "attribute names": figures["AttributeNameCount"],
    "attribute values": figures["AttributeValueCount"],
}
seen["an item of the batch"] = get("item03")
seen["one attribute of it"] = get("item03", attribute_names="n")

change: dict[str, Any] = {"domain_name": domain, "attributes": "Name=n,Value=99,Replace=true"}
call("put-attributes", item_name="item00", expected="Name=n,Value=00", **change)
seen["the item after a conditional put"] = get("item00")
seen["a condition that no longer holds"] = refusal(
    "put-attributes", item_name="item00", expected="Name=n,Value=00", **change)
seen["an attribute expected to be absent"] = refusal(
    "put-attributes", item_name="item00", expected="Name=n,Exists=false", **change)
seen["a condition on several values"] = refusal(
    "put-attributes", item_name="item01", expected="Name=color,Value=red", **change)
seen["a condition on what is not there"] = refusal(
    "delete-attributes", domain_name=domain, item_name="item01", expected="Name=size,Value=1")

expression = f"select n from `{domain}` where n < '90' order by n limit 10"
pages: list[list[str]] = []
token: dict[str, str] = {}
while not pages or token:
    page = call("select", select_expression=expression, consistent_read=True, no_paginate=True, **token)
    pages.append([item["Name"] for item in page["Items"]])
    token = {"next_token": page["NextToken"]} if "NextToken" in page else {}
seen["the pages of a select"] = pages
followed = call("select", select_expression=expression, consistent_read=True)
seen["the select followed by the client"] = [item["Name"] for item in followed["Items"]]
seen["a count"] = count("where color = 'blue'")

call("put-attributes", domain_name=domain, item_name=odd, attributes=[{"Name": odd, "Value": odd}])
seen["odd text"] = get(odd)
call("delete-attributes", domain_name=domain, item_name=odd)

call("delete-attributes", domain_name=domain, item_name="item03", attributes="Name=color,Value=red")
seen["the item after one value is deleted"] = get("item03")
call("delete-attributes", domain_name=domain, item_name="item03")
seen["the item after it is deleted"] = get("item03")
call("batch-delete-attributes", domain_name=domain, items=[{"Name": "item04"}, {"Name": "item05"}])
seen["the count after a batch delete"] = count()

seen["a domain that does not exist"] = refusal("domain-metadata", domain_name=domain + "-not")
seen["a domain name that is too short"] = refusal("create-domain", domain_name="x")
seen["a put without attributes"] = refusal("put-attributes", domain_name=domain, item_name="item00", attributes=[])
seen["a batch of 26 items"] = refusal(
    "batch-put-attributes", domain_name=domain,
    items=[*batch, {"Name": "item25", "Attributes": [{"Name": "n", "Value": "25"}]}])
seen["a select that is none"] = refusal("select", select_expression=f"select everything out of {domain}")
seen["a sort by what no predicate names"] = refusal(
    "select", select_expression=f"select * from `{domain}` where n > '0' order by color")
seen["a token that is none"] = refusal(
    "select", select_expression=f"select * from `{domain}`", no_paginate=True, next_token="nonsense")

call("delete-domain", domain_name=domain)
seen["a deleted domain is listed"] = is_listed()
json.dump(seen, sys.stdout)
