"""The recording proxy: forwards with the user's credentials, and writes what passed."""

from __future__ import annotations

import http.client
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from basicdb_mock.accounts import Accounts, Credential
from basicdb_mock.engine import Engine
from basicdb_mock.server.running import RunningServer
from basicdb_mock.transcripts import record
from basicdb_mock.transcripts.proxy import RecordingProxy
from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.transcripts.requesting import Key
from tests.waiting import until

from .stories import OPERATIONS, all_operations, failures

KEY = Key("AKIDOFTHEUSERSOWN", "the user's own secret")


@pytest.fixture
def service() -> Iterator[RunningServer]:
    """A server that lets in nobody but the user, whose signature must be right."""
    accounts = Accounts([Credential(KEY.access_key, KEY.secret_key or "", "123456789012")])
    with RunningServer(Engine(accounts=accounts)) as server:
        yield server


def connected(proxy: RecordingProxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=30)


def client_of(url: str) -> Any:
    return boto3.client(
        "sdb", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIDOFTHECLIENT",
        aws_secret_access_key="the client's secret", aws_session_token="the client's token",
    )  # fmt: skip


def test_what_passes_is_signed_anew_recorded_and_replays_without_a_difference(
    service: RunningServer, tmp_path: Path
) -> None:
    recorder = Recorder("through the proxy")
    with RecordingProxy(recorder, service.url, KEY) as proxy:
        all_operations(client_of(proxy.url))
    recorder.write(tmp_path / "a.yaml")

    assert len(load(tmp_path / "a.yaml").exchanges) == OPERATIONS
    assert failures(tmp_path / "a.yaml") == ""
    text = (tmp_path / "a.yaml").read_text()
    assert not [private for private in ("AKID", "secret", "client's token", "Signature") if private in text]


def test_the_client_gets_the_answer_of_the_service(service: RunningServer) -> None:
    with RecordingProxy(Recorder("a"), service.url, KEY) as proxy:
        with pytest.raises(ClientError) as refused:
            client_of(proxy.url).domain_metadata(DomainName="books")

        assert refused.value.response["Error"]["Code"] == "NoSuchDomain"
        connection = connected(proxy)
        connection.request("GET", "/?Action=ListDomains&Version=2009-04-15")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type"), answer.getheader("Server")) == (
            200, "text/xml", "Amazon SimpleDB",
        )  # fmt: skip
        assert b"<ListDomainsResult>" in answer.read()
        connection.close()


def ask(proxy: RecordingProxy, method: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = connected(proxy)
    try:
        connection.request(method, "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_is_not_of_the_query_protocol_is_refused(service: RunningServer) -> None:
    recorder = Recorder("a")
    with RecordingProxy(recorder, service.url, KEY) as proxy:
        status, body = ask(proxy, "POST", b"{}", Content_Type="application/json")

    assert (status, b"The recorder forwards the Query protocol only" in body, len(recorder)) == (400, True, 0)


def test_an_answer_to_head_has_no_body_and_the_connection_goes_on(service: RunningServer) -> None:
    with RecordingProxy(Recorder("a"), service.url, KEY) as proxy:
        connection = connected(proxy)
        for method in ("HEAD", "GET"):
            connection.request(method, "/?Action=ListDomains&Version=2009-04-15")
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, body == b"") == ((400, True) if method == "HEAD" else (200, False))
        connection.close()


def test_a_body_that_is_too_long_is_not_read(service: RunningServer) -> None:
    with RecordingProxy(Recorder("a"), service.url, KEY) as proxy:
        assert ask(proxy, "POST", b"", Content_Length=str(2**40))[0] == 413


def test_an_endpoint_that_is_gone_is_answered_with_service_unavailable() -> None:
    with RunningServer() as server:
        url = server.url
    recorder = Recorder("a")
    with RecordingProxy(recorder, url, KEY) as proxy:
        status, body = ask(proxy, "GET", b"Action=ListDomains")

    assert (status, b"<Code>ServiceUnavailable</Code>" in body, len(recorder)) == (503, True, 0)


def arguments(*words: str) -> Any:
    parser = ArgumentParser()
    record.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_writes_the_transcript_when_it_is_stopped(
    service: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY.secret_key or "")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    stop = threading.Event()
    status: list[int] = []
    chosen = arguments("--endpoint", service.url, "--out", str(tmp_path / "my-story.yaml"), "--port", "0")
    thread = threading.Thread(target=lambda: status.append(record.run(chosen, stop)))
    thread.start()
    try:
        url = first_line(capfd).split()[0]
        client_of(url).create_domain(DomainName="books")
    finally:
        stop.set()
        thread.join()

    assert status == [0]
    transcript = load(tmp_path / "my-story.yaml")
    assert (transcript.title, [call.action for call in transcript.calls()]) == ("my story", ["CreateDomain"])
    assert capfd.readouterr().err == f"1 exchanges in {tmp_path / 'my-story.yaml'}\n"


def first_line(capfd: pytest.CaptureFixture[str]) -> str:
    told: list[str] = []

    def is_whole() -> bool:
        told.append(capfd.readouterr().err)
        return "\n" in "".join(told)

    until(is_whole)
    return "".join(told)


@pytest.mark.usefixtures("no_credentials")
def test_the_command_wants_an_endpoint_and_for_aws_credentials() -> None:
    with pytest.raises(ValueError, match="no AWS credentials found"):
        record.run(arguments("--endpoint", "aws", "--out", "a.yaml"))
    with pytest.raises(ValueError, match="--endpoint takes a URL or aws, not 'localhost'"):
        record.run(arguments("--endpoint", "localhost", "--out", "a.yaml"))
