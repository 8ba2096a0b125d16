"""The files in recordings/: in the format, with their sources, without anybody's secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from basicdb_mock.settings import parse_settings, read_settings
from basicdb_mock.transcripts.reading import load, parse
from basicdb_mock.transcripts.transcript import Trust
from basicdb_mock.transcripts.verify import our_recordings
from basicdb_mock.transcripts.writing import document_of, dump

from .recordings import all_transcripts

FOLDER = our_recordings()
FILES = sorted(FOLDER.rglob("*.yaml"))
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def document(path: Path) -> dict[str, object]:
    read: dict[str, object] = read_settings(path).plain()
    return read


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_recording_keeps_to_the_schema(path: Path) -> None:
    assert [problem.message for problem in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document(path))] == []


def test_the_schema_refuses_what_is_no_transcript() -> None:
    sound = document(FILES[0])
    changes: list[dict[str, object]] = [{"trust": "hearsay"}, {"extra": 1}, {"exchanges": []}, {"source": []}]
    for change in changes:
        assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors({**sound, **change}))


def test_a_recording_that_is_read_and_written_is_the_same() -> None:
    for path in FILES:
        transcript = load(path)
        again = parse(parse_settings(dump(transcript), path.name).plain(), path)
        assert again == transcript, path
        assert document_of(again) == document_of(transcript)


def test_every_source_is_named() -> None:
    for transcript in all_transcripts():
        for source in transcript.sources:
            assert source.repository or source.page, transcript.name
            if source.repository and source.path and not source.page:
                assert source.commit or source.repository == "garye/SimplerDB" or "not recorded" in source.repository


def test_raw_bodies_are_many() -> None:
    bodies = [
        exchange for transcript in all_transcripts() if transcript.trust is Trust.BYTES
        for exchange in transcript.exchanges if exchange.expect.body is not None
    ]  # fmt: skip
    assert len(bodies) >= 59
    assert all('<?xml version="1.0"?>\n' in (exchange.expect.body or "") for exchange in bodies)


@pytest.mark.parametrize(
    "secret",
    [
        r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bSignature\s*[:=]",
        r"SecurityToken",
        r"AWSAccessKeyId",
        r"arn:aws:\w+:[\w-]*:(?!123456789012)\d{12}",
        r"[\w.+-]+@(?!example\.com)(?!\$)[\w-]+\.(com|org|net|de|fr)\b",
    ],
)
def test_no_recording_holds_anything_private(secret: str) -> None:
    for path in sorted(FOLDER.rglob("*.*")):
        found = re.search(secret, path.read_text(encoding="utf-8")) if path.suffix in (".yaml", ".xml") else None
        assert found is None, path
