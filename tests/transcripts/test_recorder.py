"""What a recorder keeps, and what it must not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.transcripts.requesting import Key, request_of, resolved
from basicdb_mock.transcripts.transcript import Call, Transcript
from basicdb_mock.wire.message import Request, Response

URL = "https://sdb.eu-west-1.amazonaws.com/"
KEY = Key("AKIDTHATISNOBODYSBUSINESS", "a secret of somebody", "a token of sixteen letters or more")


def recorded(*pairs: tuple[Request, Response]) -> Transcript:
    recorder = Recorder("a story", clock=AdjustableClock())
    for request, response in pairs:
        recorder.add(request, response)
    return recorder.transcript()


def asked(action: str, place: str = "body", **parameters: str) -> Request:
    call = Call(action, parameters, "POST" if place == "body" else "GET", place)
    return request_of(call, parameters, URL, KEY, 0.0)


def answered(body: str = "<a/>", status: int = 200) -> Response:
    return Response(status, {"Content-Type": "text/xml", "Date": "today"}, body.encode())


def test_operation_parameters_and_body_are_kept() -> None:
    transcript = recorded((asked("GetAttributes", "url", DomainName="books", ItemName="i"), answered("<b>1</b>")))

    (exchange,) = transcript.exchanges
    assert exchange.id == "01-get-attributes"
    assert exchange.call == Call(
        "GetAttributes", {"DomainName": "books", "ItemName": "i"}, "GET", "url", region="eu-west-1"
    )
    assert (exchange.expect.status, exchange.expect.body) == (200, "<b>1</b>")
    assert exchange.expect.headers == {"Content-Type": "text/xml", "Server": None}


def test_no_credentials_are_kept(tmp_path: Path) -> None:
    arn = "arn:aws:sdb:us-east-1:987654321098:domain/d"
    echo = answered(f"<Message>{KEY.access_key} {KEY.session_token} {arn}</Message>")
    recorder = Recorder("a story")
    recorder.add(asked("PutAttributes", Value=f"of {KEY.access_key}", Arn="arn:aws:iam::987654321098:user/me"), echo)
    signed_v4 = Request(
        "POST", URL, {"authorization": f"AWS4-HMAC-SHA256 Credential={KEY.access_key}/2026/sdb, Signature=abc"},
        urlencode({"Action": "ListDomains", "Version": "2009-04-15", "MaxNumberOfDomains": "1"}).encode(),
    )  # fmt: skip
    recorder.add(signed_v4, answered(KEY.access_key))
    presigned = urlencode({
        "Action": "ListDomains", "X-Amz-Credential": f"{KEY.access_key}/2026/sdb", "X-Amz-Signature": "0" * 64,
        "X-Amz-Security-Token": KEY.session_token,
    })  # fmt: skip
    recorder.add(Request("GET", f"{URL}?{presigned}"), answered(f"{KEY.access_key} {KEY.session_token}"))
    recorder.write(tmp_path / "a.yaml")

    text = (tmp_path / "a.yaml").read_text()
    names = ("Signature", "Timestamp", "X-Amz")
    for private in (KEY.access_key, KEY.secret_key, KEY.session_token, "987654321098", *names):
        assert private is not None
        assert private not in text
    assert "arn:aws:sdb:us-east-1:123456789012:domain/d" in text


def test_refused_credentials_and_failures_of_the_service_are_left_out() -> None:
    recorder = Recorder("a story")
    for status in (401, 403, 500, 503):
        recorder.add(asked("ListDomains"), answered(status=status))
    recorder.add(Request("POST", URL, {"content-type": "application/json"}, b"{}"), answered())

    assert len(recorder) == 0
    with pytest.raises(ValueError, match="nothing was recorded"):
        recorder.transcript()


def test_of_nothing_no_file_is_written(tmp_path: Path) -> None:
    Recorder("a story").write(tmp_path / "a.yaml")

    assert list(tmp_path.iterdir()) == []


def test_a_token_that_is_sent_on_becomes_a_reference() -> None:
    page = answered("<a><NextToken>abc\ndef</NextToken></a>")
    transcript = recorded(
        (asked("Select", SelectExpression="s"), page),
        (asked("Select", SelectExpression="s", NextToken="abcdef"), answered()),
        (asked("Select", SelectExpression="s", NextToken="of another day"), answered()),
    )

    tokens = [exchange.call.parameters.get("NextToken") for exchange in transcript.exchanges]
    assert tokens == [None, "${01-select.NextToken}", "of another day"]
    assert transcript.exchanges[0].expect.ignore == ("NextToken",)


def test_a_list_of_domains_needs_an_account_of_its_own() -> None:
    assert recorded((asked("ListDomains"), answered())).needs == {"alone"}
    assert recorded((asked("CreateDomain", DomainName="books"), answered())).needs == set()


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=3),
    st.sampled_from(["body", "url"]),
)
def test_any_text_comes_back_from_the_file_as_it_was(texts: list[str], place: str) -> None:
    from tempfile import TemporaryDirectory

    recorder = Recorder("a story")
    parameters = {f"P.{number}": text for number, text in enumerate(texts)}
    with TemporaryDirectory() as folder:
        recorder.add(asked("PutAttributes", place, **parameters), answered())
        recorder.write(Path(folder) / "a.yaml")

        assert load(Path(folder) / "a.yaml").exchanges == recorder.transcript().exchanges


def test_what_looks_like_a_reference_is_sent_again_as_it_was() -> None:
    transcript = recorded((asked("GetAttributes", ItemName="${home.Path}"), answered()))

    sent = resolved(transcript.exchanges[0].call.parameters, lambda exchange, element: "wrong")
    assert sent == {"ItemName": "${home.Path}"}


def test_what_an_engine_answers_is_recorded_so_that_it_replays() -> None:
    engine = Engine()
    recorder = Recorder("a story")
    for request in (asked("CreateDomain", DomainName="books"), asked("DomainMetadata", DomainName="books")):
        recorder.add(request, engine.handle(request))

    assert recorder.transcript().exchanges[1].expect.ignore == ("Timestamp",)
