"""A server with a small shop, and Debian's Chromium in front of its console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock import SimpleDB
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.server import RunningServer
from tests.needs import missing

TENANT = Tenant("123456789012", "us-east-1")
PLACE = f"account={TENANT.account}&region={TENANT.region}"
SHOP = f"domain?{PLACE}&domain=shop"
EVIL = "<script>document.title = 'broken into'</script>"
DATA = {
    "shop": {
        "apple": {"color": ["red", "green"], "price": "3", "origin": "Altes Land"},
        "plum": {"color": "blue", "price": "2", "note": ""},
        "pear": {"color": "yellow", "price": "4", "origin": "South Tyrol"},
        EVIL: {EVIL: EVIL, "price": "1"},
        "odd\x01": {"v\x02": "\x03", "lines": "one\ntwo"},
    },
    "empty": {},
}
LONGEST = 30_000
"""Milliseconds that anything may take in the browser of a busy machine."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in one process: a browser takes long to start, and more memory than the tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Of the package, not the session: while it is there, no other event loop can run in this process."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing(f"there is no browser here: none of {', '.join(BROWSERS)}")
    with import_module("playwright.sync_api").sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shared_server() -> Iterator[RunningServer]:
    with RunningServer(Engine(clock=AdjustableClock())) as server:
        yield server


@pytest.fixture
def server(shared_server: RunningServer) -> RunningServer:
    """A server with :data:`DATA`, as if just started."""
    engine = shared_server.engine
    engine.reset()
    engine.limits = AWS
    engine.rehearsal.clear()
    SimpleDB.of(engine).seed(DATA, account=TENANT.account, region=TENANT.region)
    return shared_server


class Visit:
    """A tab on the console; ``wrongs`` is what the browser complained of."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = f"{url}/_basicdb/"
        self.wrongs: list[str] = []
        page.set_default_timeout(LONGEST)
        page.on("console", lambda said: self.wrongs.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda problem: self.wrongs.append(str(problem)))
        page.on("dialog", lambda dialog: dialog.accept())

    def go(self, path: str = "") -> Any:
        """Open a page of the console; gives the tab."""
        self.page.goto(self.url + path)
        return self.page

    def see(self, selector: str, text: str) -> None:
        """Wait until the first such element has a text."""
        first = import_module("playwright.sync_api").expect(self.page.locator(selector).first)
        first.to_contain_text(text, timeout=LONGEST)


@pytest.fixture
def visit(browser: Any, server: RunningServer) -> Iterator[Visit]:
    context = browser.new_context(locale="en-GB", timezone_id="UTC", accept_downloads=True)
    visit = Visit(context.new_page(), server.url)
    yield visit
    context.close()
    assert visit.wrongs == []


@pytest.fixture
def scriptless(browser: Any, server: RunningServer) -> Iterator[Visit]:
    """A tab with JavaScript off."""
    context = browser.new_context(java_script_enabled=False)
    visit = Visit(context.new_page(), server.url)
    yield visit
    context.close()
