"""Transcripts to YAML, in the form that :mod:`basicdb_mock.transcripts.reading` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import yaml

from basicdb_mock.transcripts.transcript import (
    DEFAULT_REGION,
    DEFAULT_VERSION,
    Call,
    Exchange,
    Expectation,
    Fill,
    Rehearse,
    Step,
    Tick,
    Transcript,
)


def dump(transcript: Transcript) -> str:
    """The YAML of a transcript; reading it gives an equal one (its ``path`` apart)."""
    return dump_document(document_of(transcript))


def dump_document(document: Mapping[str, Any]) -> str:
    """YAML as a person would write it: literal blocks for multi-line texts, no aliases, keys in order."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=112)
    return text


def document_of(transcript: Transcript) -> dict[str, Any]:
    """A transcript as plain mappings and lists, without defaults."""
    document: dict[str, Any] = {
        "title": transcript.title,
        "source": [_given(source) for source in transcript.sources],
        "trust": transcript.trust.value,
    }
    if transcript.version != DEFAULT_VERSION:
        document["version"] = transcript.version
    if transcript.region != DEFAULT_REGION:
        document["region"] = transcript.region
    if transcript.clock is not None:
        document["clock"] = transcript.clock
    if transcript.needs:
        document["needs"] = sorted(transcript.needs)
    if transcript.notes is not None:
        document["notes"] = transcript.notes
    if transcript.setup:
        document["setup"] = _steps(transcript.setup, transcript)
    document["exchanges"] = [_exchange(exchange, transcript) for exchange in transcript.exchanges]
    return document


def _given(value: Any) -> dict[str, Any]:
    return {field.name: part for field in fields(value) if (part := getattr(value, field.name)) is not None}


def _steps(steps: Iterable[Step], transcript: Transcript) -> list[dict[str, Any]]:
    return [_step(step, transcript) for step in steps]


def _step(step: Step, transcript: Transcript) -> dict[str, Any]:
    if isinstance(step, Tick):
        return {"tick": step.seconds}
    if isinstance(step, Rehearse):
        return {"rehearse": step.what, "settings": dict(step.settings)}
    if isinstance(step, Fill):
        filled = _given(step)
        filled["attributes"] = _plain(step.attributes)
        return {"fill": filled}
    return _call(step, transcript)


def _call(call: Call, transcript: Transcript) -> dict[str, Any]:
    document: dict[str, Any] = {"action": call.action}
    if call.method != "POST":
        document["method"] = call.method
    if call.place != ("body" if call.method == "POST" else "url"):
        document["in"] = call.place
    if call.version != transcript.version:
        document["version"] = call.version
    if call.region != transcript.region:
        document["region"] = call.region
    if call.caller != "owner":
        document["caller"] = call.caller
    if call.skew:
        document["skew"] = call.skew
    if call.parameters:
        document["parameters"] = dict(call.parameters)
    return document


def _exchange(exchange: Exchange, transcript: Transcript) -> dict[str, Any]:
    document: dict[str, Any] = {"id": exchange.id}
    if exchange.before:
        document["before"] = _steps(exchange.before, transcript)
    document |= _call(exchange.call, transcript)
    document["expect"] = _expectation(exchange.expect)
    if exchange.proves:
        document["proves"] = list(exchange.proves)
    return document


def _expectation(expect: Expectation) -> dict[str, Any]:
    document = _given(expect)
    if "body_file" in document:
        del document["body"]
    for name in ("headers", "ignore"):
        if not document[name]:
            del document[name]
    for name in ("error", "result"):
        if name in document:
            document[name] = _given(document[name])
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    """Tuples as lists, and a list of one text as the text where both are read alike."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return list(value) if isinstance(value, tuple) else value


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # YAML reads these as line breaks or drops them unless they are escaped.
    style = '"' if any(mark in text for mark in "\x85\u2028\u2029\ufeff") else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
