"""Thirty seconds of mixed traffic from sixteen threads: no 5xx, no lost update, no answer that is not SimpleDB's."""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.clients.serving import served

SECONDS = float(os.environ.get("BASICDB_MOCK_LOAD_SECONDS", "30"))
THREADS = 16
DOMAINS = ("traffic-a", "traffic-b", "traffic-c")


class Caller:
    """One connection and what came over it; requests are written by hand, so that sixteen fit on a small machine."""

    def __init__(self, url: str, seed: int) -> None:
        where = urlsplit(url)
        self.connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        self.random = random.Random(seed)
        self.statuses: Counter[int] = Counter()
        self.strange: list[str] = []

    def call(self, action: str, **parameters: str) -> tuple[int, str]:
        form = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": "load", "SignatureVersion": "2"}
        body = urlencode({**form, **{name.replace("__", "."): value for name, value in parameters.items()}})
        if self.random.random() < 0.3:
            self.connection.request("GET", "/?" + body)
        else:
            kind = "application/x-www-form-urlencoded; charset=utf-8"
            self.connection.request("POST", "/", body.encode(), {"Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read().decode("utf-8")
        self.statuses[answer.status] += 1
        root = f"<{action}Response xmlns=" if answer.status == 200 else "<Response><Errors><Error><Code>"
        if not text.startswith('<?xml version="1.0"?>\n' + root):
            self.strange.append(f"{action}: {answer.status} {text[:200]}")
        return answer.status, text

    def counted(self) -> int:
        """The value of the counter item, which is single-valued."""
        _, text = self.call("GetAttributes", DomainName=DOMAINS[0], ItemName="counter", ConsistentRead="true")
        return int(text.partition("<Value>")[2].partition("</Value>")[0])

    def increment(self) -> bool:
        """One conditional put on the counter; whether it was done."""
        value = self.counted()
        status, _ = self.call(
            "PutAttributes", DomainName=DOMAINS[0], ItemName="counter", Attribute__1__Name="n",
            Attribute__1__Value=str(value + 1), Attribute__1__Replace="true", Expected__Name="n",
            Expected__Value=str(value))
        assert status in {200, 409}
        return status == 200

    def anything(self) -> None:
        """One call of any operation on items, or one that is refused."""
        choose = self.random
        domain, item, n = choose.choice(DOMAINS), f"i{choose.randrange(300)}", str(choose.randrange(10))
        match choose.randrange(10):
            case 0 | 1 | 2:
                self.call(
                    "PutAttributes", DomainName=domain, ItemName=item, Attribute__1__Name="n", Attribute__1__Value=n,
                    Attribute__2__Name="text", Attribute__2__Value="über & <alles>", Attribute__2__Replace="true")
            case 3 | 4:
                self.call("GetAttributes", DomainName=domain, ItemName=item)
            case 5:
                self.call("DeleteAttributes", DomainName=domain, ItemName=item, Attribute__1__Name="n")
            case 6:
                items = {f"Item__{i}__ItemName": f"i{choose.randrange(300)}-{i}" for i in range(1, 6)}
                values = {f"Item__{i}__Attribute__1__Name": "n" for i in range(1, 6)}
                values |= {f"Item__{i}__Attribute__1__Value": n for i in range(1, 6)}
                self.call("BatchPutAttributes", DomainName=domain, **items, **values)
            case 7:
                self.call("Select", SelectExpression=f"select * from `{domain}` where n = '{n}' limit 20")
            case 8:
                self.call("Select", SelectExpression=f"select count(*) from `{domain}` where text like 'ü%'")
            case _:
                self.call("DomainMetadata", DomainName=choose.choice([domain, "none-such", quote("ü")]))


@pytest.mark.load
def test_sixteen_threads_of_mixed_traffic_meet_no_server_error(tmp_path: Path) -> None:
    with served(tmp_path, "--quiet") as url:
        first = Caller(url, 0)
        for domain in DOMAINS:
            first.call("CreateDomain", DomainName=domain)
        first.call(
            "PutAttributes", DomainName=DOMAINS[0], ItemName="counter", Attribute__1__Name="n",
            Attribute__1__Value="0")
        callers = [Caller(url, seed) for seed in range(1, THREADS + 1)]
        done = [0] * THREADS
        problems: list[BaseException] = []
        end = time.monotonic() + SECONDS

        def drive(number: int) -> None:
            try:
                while time.monotonic() < end:
                    callers[number].anything()
                    if callers[number].random.random() < 0.1:
                        done[number] += callers[number].increment()
            except BaseException as problem:
                problems.append(problem)
                raise

        threads = [threading.Thread(target=drive, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = first.counted()
        for caller in (first, *callers):
            caller.connection.close()

    statuses = sum((caller.statuses for caller in callers), Counter[int]())
    assert problems == []
    assert [line for caller in callers for line in caller.strange] == []
    assert set(statuses) <= {200, 400, 409}, statuses
    assert statuses[200] > 100 * SECONDS / 30
    assert total == sum(done) > 0, "an update of the counter was lost"
