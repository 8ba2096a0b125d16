"""Tells the story (tests/clients/story.py) through boto 2.49: ``python boto2_story.py URL DOMAIN ITEMS ODD``.

boto 2 sends GET with signature version 2 and lists that begin at 0.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

if sys.version_info >= (3, 12):
    # boto 2 carries a six that Python 3.12 cannot load, and asks for the module imp without using it here.
    import six

    spec = importlib.util.spec_from_file_location("boto.vendored.six", six.__file__)
    assert spec is not None
    assert spec.loader is not None
    vendored = importlib.util.module_from_spec(spec)
    sys.modules["boto.vendored.six"] = vendored
    spec.loader.exec_module(vendored)
    sys.modules["imp"] = types.ModuleType("imp")

from boto.exception import SDBResponseError
from boto.sdb.connection import SDBConnection
from boto.sdb.regioninfo import SDBRegionInfo

url, domain, items, odd = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]
where = urlsplit(url)
sdb = SDBConnection(
    "boto2", "secret", region=SDBRegionInfo(name="us-east-1", endpoint=where.hostname), port=where.port,
    is_secure=False)
sdb.num_retries = 0
seen: dict[str, Any] = {}


def is_listed() -> bool:
    return domain in [listed.name for listed in sdb.get_all_domains()]


def get(item: str, names: list[str] | None = None) -> dict[str, list[str]]:
    found = sdb.get_attributes(domain, item, names, consistent_read=True)
    return {name: [values] if isinstance(values, str) else values for name, values in found.items()}


def refusal(call: Callable[..., Any], *parameters: Any, **named: Any) -> dict[str, Any]:
    try:
        call(*parameters, **named)
    except SDBResponseError as problem:
        return {"code": problem.error_code, "message": problem.error_message, "status": problem.status}
    raise AssertionError(f"{call.__name__} was not refused")


def count(condition: str = "") -> int:
    answer = sdb.select(domain, f"select count(*) from `{domain}` {condition}", consistent_read=True)
    return int(answer[0]["Count"])


batch = {item["name"]: {"n": item["n"], "color": item["color"]} for item in items}

sdb.create_domain(domain)
seen["a created domain is listed"] = is_listed()

sdb.batch_put_attributes(domain, batch, replace=False)
figures = sdb.domain_metadata(domain)
seen["the metadata after the batch"] = {
    "items": figures.item_count,
    "attribute names": figures.attr_name_count,
    "attribute values": figures.attr_value_count,
}
seen["an item of the batch"] = get("item03")
seen["one attribute of it"] = get("item03", ["n"])

sdb.put_attributes(domain, "item00", {"n": "99"}, replace=True, expected_value=["n", "00"])
seen["the item after a conditional put"] = get("item00")
seen["a condition that no longer holds"] = refusal(
    sdb.put_attributes, domain, "item00", {"n": "99"}, replace=True, expected_value=["n", "00"])
seen["an attribute expected to be absent"] = refusal(
    sdb.put_attributes, domain, "item00", {"n": "99"}, replace=True, expected_value=["n", False])
seen["a condition on several values"] = refusal(
    sdb.put_attributes, domain, "item01", {"n": "99"}, replace=True, expected_value=["color", "red"])
seen["a condition on what is not there"] = refusal(
    sdb.delete_attributes, domain, "item01", expected_value=["size", "1"])

expression = f"select n from `{domain}` where n < '90' order by n limit 10"
pages: list[list[str]] = []
token = None
while not pages or token:
    page = sdb.select(domain, expression, next_token=token, consistent_read=True)
    pages.append([item.name for item in page])
    token = page.next_token
seen["the pages of a select"] = pages
seen["the select followed by the client"] = [item.name for item in sdb.get_domain(domain).select(expression)]
seen["a count"] = count("where color = 'blue'")

sdb.put_attributes(domain, odd, {odd: odd})
seen["odd text"] = get(odd)
sdb.delete_attributes(domain, odd)

sdb.delete_attributes(domain, "item03", {"color": ["red"]})
seen["the item after one value is deleted"] = get("item03")
sdb.delete_attributes(domain, "item03")
seen["the item after it is deleted"] = get("item03")
sdb.batch_delete_attributes(domain, {"item04": None, "item05": None})
seen["the count after a batch delete"] = count()

seen["a domain that does not exist"] = refusal(sdb.domain_metadata, domain + "-not")
seen["a domain name that is too short"] = refusal(sdb.create_domain, "x")
seen["a put without attributes"] = refusal(sdb.put_attributes, domain, "item00", {})
seen["a batch of 26 items"] = refusal(sdb.batch_put_attributes, domain, {**batch, "item25": {"n": "25"}})
seen["a select that is none"] = refusal(sdb.select, domain, f"select everything out of {domain}")
seen["a sort by what no predicate names"] = refusal(
    sdb.select, domain, f"select * from `{domain}` where n > '0' order by color")
seen["a token that is none"] = refusal(sdb.select, domain, f"select * from `{domain}`", next_token="nonsense")

sdb.delete_domain(domain)
seen["a deleted domain is listed"] = is_listed()
json.dump(seen, sys.stdout)
