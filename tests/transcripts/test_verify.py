"""``basicdb-mock verify``: transcripts against an endpoint, a table, a report, an exit status."""

from __future__ import annotations

import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.limits import AWS
from basicdb_mock.model import Tenant
from basicdb_mock.server.cli import main
from basicdb_mock.server.running import RunningServer
from basicdb_mock.transcripts import endpoint, verify
from basicdb_mock.transcripts.endpoint import Sender, at_endpoint
from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.requesting import Key, request_of
from basicdb_mock.transcripts.transcript import Call
from basicdb_mock.transcripts.verify import our_recordings
from basicdb_mock.wire.message import Request, Response

from .recordings import all_transcripts

SIMPLEX = our_recordings() / "simplex"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer() as running:
        yield running


def run(*words: str) -> int:
    parser = ArgumentParser()
    verify.add_arguments(parser)
    return verify.run(parser.parse_args(words))


def test_every_transcript_that_applies_passes_on_our_server(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--endpoint", server.url) == 0

    told = capsys.readouterr().out.strip().split("\n")
    assert " failed" not in "".join(told[:-1])
    found = re.fullmatch(r"(\d+) passed, 0 failed, (\d+) not applicable, of (\d+) transcripts .*", told[-1])
    assert found
    assert int(found[1]) >= 94
    assert int(found[1]) + int(found[2]) == int(found[3]) == len(all_transcripts())


def test_nothing_is_left_behind_and_nothing_else_is_touched(server: RunningServer) -> None:
    client = server.client(aws_access_key_id="testing")
    client.create_domain(DomainName="AttributesTestDomain")
    client.put_attributes(
        DomainName="AttributesTestDomain", ItemName="mine", Attributes=[{"Name": "a", "Value": "1"}]
    )

    run(str(SIMPLEX), "--endpoint", server.url)

    assert [name for tenant in server.engine.storage.tenants() for name in _domains(server.engine, tenant)] == [
        "AttributesTestDomain"
    ]
    assert len(client.select(SelectExpression="select * from AttributesTestDomain")["Items"]) == 1


def test_one_domain_that_cannot_be_deleted_does_not_keep_the_others(server: RunningServer) -> None:
    place = ExitStack()
    stage = place.enter_context(at_endpoint(server.url, "us-east-1", Key("testing", "testing")))
    for name in ("aaa", "bbb"):
        call = Call("CreateDomain", {"DomainName": stage.prefix + name})
        stage.send(request_of(call, call.parameters, stage.url("us-east-1"), stage.keys["owner"], stage.now()))
    server.engine.rehearsal.drop("DeleteDomain", domain="*aaa")

    with pytest.raises(OSError, match=r"may still have these domains: bm[0-9a-f]{8}xaaa$"):
        place.close()

    assert [name for tenant in server.engine.storage.tenants() for name in _domains(server.engine, tenant)] == [
        f"{stage.prefix}aaa"
    ]


def _domains(engine: Engine, tenant: Tenant) -> list[str]:
    return list(engine.storage.list_domains(tenant, "", 1000))


def test_a_wrong_server_fails_and_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = Engine(limits=replace(AWS, submitted_attributes=3))
    with RunningServer(engine) as server:
        status = run(str(SIMPLEX), "--endpoint", server.url, "--report", str(tmp_path / "r.xml"))
        run(str(SIMPLEX / "put-and-delete.yaml"), "--endpoint", server.url, "--report", str(tmp_path / "r.md"))

    assert status == 1
    assert "simplex/put-and-delete, exchange 'put', on http://127.0.0.1" in capsys.readouterr().out
    suite = ET.parse(tmp_path / "r.xml").getroot()[0]
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert failed == {"put-and-delete", "get-attributes", "select"}
    assert "### simplex/put-and-delete" in (tmp_path / "r.md").read_text()


def test_transcripts_can_be_chosen_by_trust(server: RunningServer, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(our_recordings() / "boto"), "--endpoint", server.url, "--trust", "behaviour")

    assert "1 passed, 0 failed, 0 not applicable, of 1 transcripts" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--endpoint", "aws"],
         "this sends thousands of requests to the real service from your account: add --yes-real-aws to confirm"),
        (["--endpoint", "localhost"], "--endpoint takes a URL or aws, not 'localhost'"),
        (["--endpoint", "http://x", "--report", "a.txt"], "takes a file name ending in .xml or .md, not 'a.txt'"),
    ],
)
def test_wrong_usage_is_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert told in capsys.readouterr().err


def test_the_command_tells_what_cannot_be_read_or_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: RunningServer
) -> None:
    assert main(["verify", str(tmp_path / "none"), "--endpoint", server.url]) == 1
    assert "none: no such file or directory" in capsys.readouterr().err
    assert main(["verify", str(tmp_path), "--endpoint", server.url]) == 1
    assert "no transcripts to replay: --trust or the paths leave none" in capsys.readouterr().err
    with RunningServer() as gone:
        url = gone.url
    assert main(["verify", str(SIMPLEX), "--endpoint", url]) == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.usefixtures("no_credentials")
def test_the_real_service_wants_credentials() -> None:
    with pytest.raises(ValueError, match="no AWS credentials found"):
        run("--endpoint", "aws", "--yes-real-aws")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar(server: RunningServer) -> None:
    terminal, log = Terminal(), io.StringIO()
    transcripts = [load(SIMPLEX / "select.yaml")] * 2
    for progress in (terminal, log):
        verify.verify(transcripts, server.url, "us-east-1", Key("testing", "testing"), progress)

    assert terminal.getvalue().startswith(f"\r[{'█' * 15}{'·' * 15}] 1/2 simplex/select")
    assert terminal.getvalue().endswith("\n")
    assert log.getvalue() == "1/2 simplex/select\n2/2 simplex/select\n"


def test_a_busy_service_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    answers = iter([503, 503, 200])
    sender = Sender(waits.append)
    monkeypatch.setattr(sender, "_send_once", lambda request: Response(next(answers), {}, b""))

    assert sender.send(Request("POST", "http://x/", {}, b"Action=CreateDomain&DomainName=d")).status == 200
    assert (waits, sender.created) == ([0.2, 0.4], {"d"})


def test_against_the_real_service_requests_are_signed_patient_and_in_its_region(
    monkeypatch: pytest.MonkeyPatch, server: RunningServer
) -> None:
    # The real service is played by a server of ours; nothing leaves this machine.
    asked: list[str] = []
    forwarded = Sender._send_once

    def to_our_server(self: Sender, request: Request) -> Response:
        asked.append(request.url)
        return forwarded(self, replace(request, url=server.url))

    monkeypatch.setattr(Sender, "_send_once", to_our_server)
    with at_endpoint(endpoint.AWS, "eu-west-1", Key("AK", "secret", "token")) as stage:
        assert (stage.patience, stage.consistent) == (30.0, True)
        assert stage.can == {"credentials", "alone"}
        assert set(stage.keys) == {"owner", "owner-v0", "owner-v1", "unknown", "impostor"}

    assert asked == ["https://sdb.eu-west-1.amazonaws.com/"]
    (call,) = server.engine.journal
    assert {"Signature", "SecurityToken", "SignatureVersion"} <= set(call.given)
