"""Take the console's pictures for the documentation anew: ``python -m documentation.pictures``.

Needs Chromium or Chrome, and Playwright (in the extra ``test``).  The data and the calls are the same each time; the
times are those of the run.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from basicdb_mock import AdjustableClock, SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.server import RunningServer
from basicdb_mock.server.commands import DEFAULT_KEY
from documentation.reference import ROOT

IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TITLES = ("Annihilation", "Embassytown", "Kindred", "Piranesi", "Roadside Picnic", "Solaris", "The Dispossessed")
SELECT = (
    "select title, price, tag from books"
    " where price between '01500' and '02500' and tag = 'sale' order by price limit 4"
)


def books(chance: random.Random) -> dict[str, dict[str, list[str]]]:
    """A domain with several values of one attribute, empty values, and one that XML cannot carry."""
    found: dict[str, dict[str, list[str]]] = {}
    for number in chance.sample(range(10**6), 120):
        found[f"isbn-9780{number:06}"] = {
            "title": [chance.choice(TITLES)],
            "year": [str(chance.randint(1972, 2021))],
            "price": [f"{chance.randint(500, 2999):05}"],
            "tag": sorted(chance.sample(["classic", "new", "sale", "signed"], chance.choice((1, 1, 1, 2)))),
        }
    names = list(found)
    for name in chance.sample(names, 20):
        found[name]["note"] = [""]
    newest = max((name for name in names if found[name]["price"] > ["01500"]), key=lambda name: found[name]["year"])
    found[newest]["note"] = ["\x01\x02"]
    return found


def make_calls(simpledb: SimpleDB, client: Any, chance: random.Random) -> None:
    """A quarter of a minute of an application's calls, some of which fail."""
    customer = {"Name": "mail", "Value": "a@example.com", "Replace": True}
    for number in range(90):
        simpledb.clock.tick(chance.uniform(0.05, 0.25))
        try:
            match chance.choice("pgfsss"):
                case "p":
                    client.put_attributes(DomainName="customers", ItemName=f"c{number}", Attributes=[customer])
                case "g":
                    client.get_attributes(DomainName="customers", ItemName=f"c{number}")
                case "f":
                    client.put_attributes(
                        DomainName="customers", ItemName="c0", Attributes=[customer],
                        Expected={"Name": "mail", "Value": "b@example.com"},
                    )  # fmt: skip
                case _:
                    client.select(SelectExpression="select title from books where tag = 'sale'")
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ConditionalCheckFailed":
                raise


def take(server: RunningServer, pages: Mapping[str, tuple[str, int]]) -> None:
    """Picture each page, given as its path and its height in pixels, as ``console-NAME.png``."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit(f"no browser found: none of {', '.join(BROWSERS)}")
    with import_module("playwright.sync_api").sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"])
        for name, (page, height) in pages.items():
            context = browser.new_context(
                viewport={"width": 1000, "height": height}, locale="en-GB", timezone_id="UTC", color_scheme="light")
            tab = context.new_page()
            tab.goto(f"{server.url}/_basicdb/{page}")
            tab.screenshot(path=IMAGES / f"console-{name}.png")
            sys.stdout.write(f"docs/images/console-{name}.png\n")
            context.close()
        browser.close()


def main() -> None:
    chance = random.Random(9)
    engine = Engine(clock=AdjustableClock())
    simpledb = SimpleDB.of(engine)
    whose = {"account": engine.accounts.account_of(DEFAULT_KEY), "region": simpledb.region}
    with RunningServer(engine) as server:
        simpledb.seed({"books": books(chance), "customers": {"c0": {"mail": "a@example.com"}}}, **whose)
        shown = {"domain": "books", "where": "price > '01500'", "sort": "year", "direction": "desc"}
        pages = {"domain": (f"domain?{urlencode(whose | shown)}", 680)}
        pages["select"] = (f"select?{urlencode(whose | {'expression': SELECT})}", 1010)
        take(server, pages)
        make_calls(simpledb, server.client(simpledb.region), chance)
        take(server, {"requests": ("requests", 640)})


if __name__ == "__main__":
    main()
