"""axe-core finds nothing serious on any page, in light and in dark."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from basicdb_mock.server import RunningServer
from tests.console.browser.conftest import PLACE, SHOP, TENANT

EXPRESSION = quote("select * from shop where price > '1' order by price")
MATCHLESS = quote("price > '9'")
PAGES = {
    "home": "",
    "domain": SHOP,
    "a wrong filter": f"{SHOP}&where=price",
    "a filter without a match": f"{SHOP}&where={MATCHLESS}",
    "no such domain": f"domain?{PLACE}&domain=nowhere",
    "item": f"item?{PLACE}&domain=shop&item=apple",
    "item, none": f"item?{PLACE}&domain=shop&item=none",
    "item, odd": f"item?{PLACE}&domain=shop&item=odd%01",
    "select": f"select?{PLACE}&expression={EXPRESSION}",
    "select, wrong": f"select?{PLACE}&expression=select",
    "requests": "requests",
    "requests, none": "requests?operation=none",
    "call": "call?number={call}",
    "rehearsal": "rehearsal?before=here&after=now",
    "refused": "call?number=0",
}


@pytest.fixture(scope="module")
def axe() -> str:
    found = import_module("axe_playwright_python").__file__
    assert found
    return Path(found).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found(browser: Any, server: RunningServer, axe: str, scheme: str) -> None:
    engine = server.engine
    server.client(aws_access_key_id="axe").list_domains()
    rule = import_module("basicdb_mock.rehearsal.faults_file").parse_faults("- {fail: InternalError, domain: none}")[0]
    engine.rehearsal.add(rule)
    engine.clock.freeze()
    number = next(iter(engine.journal)).number
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server.url}/_basicdb/rehearsal")
    page.get_by_label("Name", exact=True).fill("here")
    page.get_by_role("button", name="Save").click()
    page.locator(".said").wait_for()
    page.get_by_role("textbox", name="Domain to export").fill("shop")
    page.get_by_role("textbox", name="Bucket").fill("my-exports")
    page.get_by_role("button", name="Start an export").click()
    page.locator(".sent").wait_for()
    engine.storage.drop_domain(TENANT, "empty")
    client = server.client(aws_access_key_id="axe")
    client.create_domain(DomainName="axe")
    client.put_attributes(DomainName="axe", ItemName="i", Attributes=[{"Name": "a", "Value": "b"}])
    found = []
    for name, path in PAGES.items():
        page.goto(f"{server.url}/_basicdb/{path.format(call=number)}")
        page.evaluate("for (const closed of document.querySelectorAll('details')) closed.open = true")
        page.evaluate(axe)
        result = page.evaluate("axe.run()")
        assert result["passes"], name
        found += [
            (name, violation["id"], node["html"], node["failureSummary"])
            for violation in result["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
    context.close()
    assert found == []


def test_pages_fit_a_narrow_window(browser: Any, server: RunningServer) -> None:
    server.client(aws_access_key_id="narrow").list_domains()
    number = next(iter(server.engine.journal)).number
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    too_wide = []
    for name, path in PAGES.items():
        page.goto(f"{server.url}/_basicdb/{path.format(call=number)}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
    context.close()
    assert too_wide == []
