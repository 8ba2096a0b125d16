"""Over HTTP: a boto3 call against the same call to sixty lines of canned server, requests a second, and starting up."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.request import urlopen

from basicdb_mock.engine import Engine
from basicdb_mock.server.process import SimpleDBProcess
from basicdb_mock.server.running import RunningServer
from benchmarks import peers
from benchmarks.measuring import Figure, against_goal, against_peer, in_turns

SECTION = "over HTTP"
ATTRIBUTES = [{"Name": f"name{at}", "Value": f"value{at}", "Replace": True} for at in range(10)]
USER_AGENT = "Boto3/1.40 region/eu-west-1"  # moto_server takes the region from it
SIGNED = "AWS4-HMAC-SHA256 Credential=testing/20260101/eu-west-1/sdb/aws4_request, SignedHeaders=host, Signature=0"

_LUA = """
wrk.method = "POST"
wrk.body = "%(body)s"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
wrk.headers["User-Agent"] = "%(agent)s"
wrk.headers["Authorization"] = "%(signed)s"
"""


def put(client: Any) -> object:
    return client.put_attributes(DomainName="domain", ItemName="item", Attributes=ATTRIBUTES)


def get(client: Any) -> object:
    return client.get_attributes(DomainName="domain", ItemName="item")


def measure(*, rounds: int, seconds: int) -> Iterator[Figure]:
    """``seconds`` is how long each server is loaded for each kind of request."""
    with ExitStack() as servers:
        ours = servers.enter_context(_ours())
        client = _client(ours)
        client.create_domain(DomainName="domain")
        canned = servers.enter_context(_canned(_bodies(client)))
        theirs = servers.enter_context(_moto()) if peers.has_moto() else None
        if theirs is not None:
            _client(theirs).create_domain(DomainName="domain")
        yield from _calls(ours, canned, theirs, rounds)
        if shutil.which("wrk"):
            yield from _capacity(ours, canned, theirs, seconds)
    yield from _starting(max(3, rounds // 2))


def _client(url: str) -> Any:
    from botocore.config import Config

    return peers.client("eu-west-1", endpoint_url=url, config=Config(user_agent_extra="region/eu-west-1"))


def _bodies(client: Any) -> dict[str, bytes]:
    bodies = peers.watched(client)
    put(client)
    get(client)
    return dict(zip(("PutAttributes", "GetAttributes"), bodies, strict=True))


# -- servers, each a process of its own --------------------------------------------------------------------------------
def _ours() -> Any:
    def ready(output: Any) -> str:
        for line in output:
            found = re.search(r"listens on (\S+)", line)
            if found:
                return found[1]
        raise RuntimeError("the server ended before it listened")

    return peers.process(["-m", "basicdb_mock", "serve", "--port", "0", "--quiet"], ready)


def _canned(bodies: dict[str, bytes]) -> Any:
    written = json.dumps({action: body.decode() for action, body in bodies.items()})
    return peers.process(["-m", "benchmarks.peers", written], lambda output: str(output.readline()).strip())


def _moto() -> Any:
    port = peers.free_port()

    def ready(_: Any) -> str:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/moto-api/")
        return url

    return peers.process(["-m", "moto.server", "-p", str(port)], ready, silent=True)


def _wait(url: str) -> None:
    """Ask until there is an answer."""
    end = perf_counter() + 60
    while not _answers(url):
        if perf_counter() > end:
            raise TimeoutError(url)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except OSError:
        return False


# -- figures -----------------------------------------------------------------------------------------------------------
def _calls(ours: str, canned: str, theirs: str | None, rounds: int) -> Iterator[Figure]:
    for name, call in (("PutAttributes, 10 attributes", put), ("GetAttributes, 10 attributes", get)):
        for peer, url, goal in (("canned server", canned, 1.3), ("moto_server", theirs, None)):
            if url:  # two at a time: what a server still does after its answer would slow whoever is next
                calls = {"ours": partial(call, _client(ours)), peer: partial(call, _client(url))}
                waits = in_turns(calls, rounds * 40)
                ratio = waits["ours"] / waits[peer]
                yield against_peer(SECTION, f"boto3 {name}", waits["ours"], peer, ratio, at_most=goal)


def _capacity(ours: str, canned: str, theirs: str | None, seconds: int) -> Iterator[Figure]:
    """Requests a second that eight connections of wrk get, in the best of some seconds, the servers in turns."""
    servers = {"ours": ours, "canned": canned} | ({"moto": theirs} if theirs else {})
    for name in ("PutAttributes", "GetAttributes"):
        rates = dict.fromkeys(servers, 0.0)
        for _ in range(seconds):
            for who, url in servers.items():
                rates[who] = max(rates[who], _load(url, _form(name)))
        rate = rates["ours"]
        yield Figure(SECTION, f"{name}, wrk", rate, "requests/s", None, "canned server", rate / rates["canned"])
        if theirs:
            times = rate / rates["moto"]
            yield Figure(
                SECTION, f"{name}, wrk", rate, "requests/s", None, "moto_server", times, ">= 12 x", times >= 12
            )


def _form(action: str) -> str:
    form = f"Action={action}&Version=2009-04-15&DomainName=domain&ItemName=item&AWSAccessKeyId=testing"
    if action == "PutAttributes":
        form += "".join(
            f"&Attribute.{at}.Name=name{at}&Attribute.{at}.Value=value{at}&Attribute.{at}.Replace=true"
            for at in range(1, 11)
        )
    return form


def _load(url: str, body: str) -> float:
    with TemporaryDirectory() as place:
        script = Path(place, "request.lua")
        script.write_text(_LUA % {"body": body, "agent": USER_AGENT, "signed": SIGNED})
        command = ["wrk", "-t1", "-c8", "-d1s", "-s", str(script), f"{url}/"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"{url} refuses what it is loaded with:\n{told}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None:
        raise RuntimeError(f"wrk told no rate:\n{told}")
    return float(found[1])


def _starting(rounds: int) -> Iterator[Figure]:
    """From nothing to an answer: of SimpleDB, and of the health page, for which Flask is imported."""

    def in_thread(path: str) -> float:
        begun = perf_counter()
        with RunningServer(Engine()) as server:
            _wait(server.url + path)
            return perf_counter() - begun

    def as_process(path: str) -> float:
        begun = perf_counter()
        with SimpleDBProcess() as process:
            _wait(process.url + path)
            return perf_counter() - begun

    ping, health = "/?Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=testing", "/_basicdb/health"
    in_thread(health)
    threads = median(in_thread(ping) for _ in range(rounds))
    yield against_goal(SECTION, "a server in a thread, to its first answer", threads, 0.06)
    processes = median(as_process(ping) for _ in range(rounds))
    yield against_goal(SECTION, "a server as a process, to its first answer", processes, 0.3)
    yield Figure(SECTION, "..., to its health page", median(as_process(health) for _ in range(rounds)), "s")
