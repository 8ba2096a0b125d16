"""A console over a small shop, asked without a browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from basicdb_mock import SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.model import Tenant
from basicdb_mock.server.app import create_app

TENANT = Tenant("123456789012", "us-east-1")
EVIL = "<script>alert(1)</script>"
PLACE = {"account": TENANT.account, "region": TENANT.region}
SHOP = {**PLACE, "domain": "shop"}
PAGES = {
    "/": {},
    "/domain": SHOP,
    "/item": {**SHOP, "item": EVIL},
    "/select": {**PLACE, "expression": f"select * from shop where `{EVIL}` = '{EVIL}'"},
    "/requests": {},
    "/rehearsal": {},
}


@dataclass
class Visitor:
    """Reads pages and sends their forms."""

    client: FlaskClient
    engine: Engine

    def get(self, path: str, **arguments: str) -> str:
        answer = self.client.get(f"/_basicdb{path}", query_string=arguments)
        assert answer.status_code == 200, answer.text
        return answer.text

    def json(self, path: str, **arguments: str) -> Any:
        answer = self.client.get(f"/_basicdb{path}.json", query_string=arguments)
        assert answer.status_code == 200, answer.text
        return answer.json

    @property
    def csrf(self) -> str:
        match = re.search(r'name="csrf" value="([^"]+)"', self.get("/"))
        assert match
        return match[1]

    def post(self, path: str, **form: Any) -> Any:
        return self.client.post(f"/_basicdb{path}", data={"csrf": self.csrf, **form})

    def act_exactly(self, action: str, **parameters: str) -> str:
        """Send a form whose fields hold JSON strings, as those of names do."""
        written: Any = {name: json.dumps(value) for name, value in parameters.items()}
        return self.act(action, "j", **written)

    def link_to(self, name: str, page: str) -> str:
        """The link of a page that leads to an item."""
        links = [html.unescape(link) for link in re.findall(r'href="(/_basicdb/item[^"]*)"', page)]
        return next(link for link in links if parse_qs(urlsplit(link).query, True)["item"] == [name])

    def act(self, action: str, kind: str = "p", extra: Mapping[str, str] | None = None, **parameters: str) -> str:
        """Send an action's form and read the page that shows what went over the wire."""
        answer = self.post(
            "/act",
            action=action,
            account=TENANT.account,
            region=TENANT.region,
            **(extra or {}),
            **{f"{kind}.{name.replace('_', '.')}": value for name, value in parameters.items()},
        )
        assert answer.status_code == 302, answer.text
        return html.unescape(self.client.get(answer.headers["Location"]).text)

    def rehearse(self, **form: Any) -> str:
        """Send a form of the rehearsal page and read what it then says."""
        answer = self.post("/rehearse", **form)
        assert answer.status_code == 302
        return html.unescape(self.client.get(answer.headers["Location"]).text)


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    engine = Engine()
    simpledb = SimpleDB.of(engine)
    simpledb.seed(
        {
            "shop": {
                "apple": {"color": ["red", "green"], "price": "3"},
                "plum": {"color": "blue", "price": "2", "note": ""},
                EVIL: {EVIL: EVIL, "price": "1"},
                "odd\x01": {"v\x02": "\x03"},
            },
            "empty": {},
        },
        account=TENANT.account,
        region=TENANT.region,
    )
    yield Visitor(create_app(engine).test_client(), engine)
    engine.close()
