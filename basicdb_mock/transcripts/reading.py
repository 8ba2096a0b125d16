"""Reads transcripts from YAML.  Errors name file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from basicdb_mock.settings import Setting, SettingError, read_settings, setting_of
from basicdb_mock.transcripts.transcript import (
    CALLERS,
    DEFAULT_REGION,
    DEFAULT_VERSION,
    NEEDS,
    TRUST_NAMES,
    Attributes,
    Call,
    ErrorAnswer,
    Exchange,
    Expectation,
    Fill,
    Rehearse,
    Result,
    Source,
    Step,
    Tick,
    Transcript,
    Trust,
)

METHODS = ("GET", "POST", "DELETE")


def load(path: Path) -> Transcript:
    """The transcript in a file.  Raises :class:`ValueError` for one that is not in the format, and :class:`OSError`."""
    return _transcript(_Part(read_settings(path)), path)


def load_all(paths: Iterable[Path]) -> list[Transcript]:
    """The transcripts of files and, sorted, of folders with all that is in them."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.yaml"))
        elif path.exists():
            found.append(path)
        else:
            raise SettingError(f"{path}: no such file or directory")
    return [load(path) for path in found]


def parse(document: object, path: Path | None = None) -> Transcript:
    """The transcript of a document of plain values; ``path`` is for messages, names and files beside it.

    Raises :class:`ValueError` for one that is not in the format.
    """
    return _transcript(_Part(setting_of(document, path.name if path else "transcript")), path)


def _transcript(top: _Part, path: Path | None) -> Transcript:
    version = top.text("version", DEFAULT_VERSION)
    region = top.text("region", DEFAULT_REGION)
    trust = top.one_of("trust", TRUST_NAMES)
    needs = frozenset(top.texts("needs") or ())
    if not needs <= set(NEEDS):
        raise top.wrong(f"needs are some of {', '.join(NEEDS)}")
    setup = _steps(top, "setup", version, region)
    exchanges = tuple(_exchange(part, version, region, path) for part in top.parts("exchanges"))
    if not exchanges:
        raise top.wrong("exchanges must not be empty")
    ids = [exchange.id for exchange in exchanges]
    if len(ids) != len(set(ids)):
        raise top.wrong("each exchange must have its own id")
    sources = tuple(_source(part) for part in top.parts("source"))
    if not sources:
        raise top.wrong("source names at least one source")
    transcript = Transcript(
        title=top.text("title"),
        trust=Trust(trust),
        sources=sources,
        exchanges=exchanges,
        setup=setup,
        version=version,
        region=region,
        clock=top.number("clock"),
        needs=needs,
        notes=top.optional("notes"),
        path=path,
    )
    top.finish()
    return transcript


def _source(part: _Part) -> Source:
    source = Source(**{field.name: part.optional(field.name) for field in fields(Source)})
    part.finish()
    if source.repository is None and source.page is None and source.recorded is None:
        raise part.wrong("names a repository, a page or when it was recorded")
    return source


def _exchange(part: _Part, version: str, region: str, path: Path | None) -> Exchange:
    before = _steps(part, "before", version, region)
    identity = part.text("id")
    proves = part.texts("proves") or ()
    expect = _expectation(part.part("expect"), path)
    return Exchange(identity, _call(part, version, region), expect, proves, before)


def _call(part: _Part, version: str, region: str) -> Call:
    method = part.one_of("method", METHODS, "POST")
    call = Call(
        action=part.nullable("action", None),
        parameters=part.strings("parameters"),
        method=method,
        place=part.one_of("in", ("url", "body"), "body" if method == "POST" else "url"),
        version=part.nullable("version", version),
        region=part.text("region", region),
        caller=part.one_of("caller", CALLERS, "owner"),
        skew=part.number("skew") or 0.0,
    )
    part.finish()
    return call


def _steps(part: _Part, key: str, version: str, region: str) -> tuple[Step, ...]:
    return tuple(_step(step, version, region) for step in part.parts(key))


def _step(part: _Part, version: str, region: str) -> Step:
    kind = next(iter(part.rest), "")
    if kind == "tick":
        step: Step = Tick(part.number("tick") or 0.0)
    elif kind == "create":
        step = Call("CreateDomain", {"DomainName": part.text("create")}, version=version, region=region)
    elif kind == "put":
        inner = part.part("put")
        pairs = _pairs("Attribute.", inner.attributes("attributes"))
        parameters = {"DomainName": inner.text("domain"), "ItemName": inner.text("item"), **pairs}
        step = Call("PutAttributes", parameters, version=version, region=region)
        inner.finish()
    elif kind == "batch":
        inner = part.part("batch")
        parameters = {"DomainName": inner.text("domain"), **batch_parameters(inner.contents("items"))}
        step = Call("BatchPutAttributes", parameters, version=version, region=region)
        inner.finish()
    elif kind == "fill":
        inner = part.part("fill")
        step = Fill(
            inner.text("domain"), inner.text("item"), inner.whole("first"), inner.whole("last"),
            inner.attributes("attributes"), inner.whole("batch", 25),
        )
        inner.finish()
    elif kind == "rehearse":
        step = Rehearse(part.text("rehearse"), _plain(part.mapping("settings")))
    elif "action" in part.rest:
        step = _call(part, version, region)
    else:
        raise part.wrong("is a call, or one of create, put, batch, fill, tick, rehearse")
    part.finish()
    return step


def batch_parameters(items: Mapping[str, Attributes]) -> dict[str, str]:
    """The parameters of a BatchPutAttributes of these items, numbered from 1."""
    parameters: dict[str, str] = {}
    for number, (item, attributes) in enumerate(items.items(), 1):
        parameters[f"Item.{number}.ItemName"] = item
        parameters |= _pairs(f"Item.{number}.Attribute.", attributes)
    return parameters


def _pairs(prefix: str, attributes: Attributes) -> dict[str, str]:
    parameters: dict[str, str] = {}
    pairs = [(name, value) for name, values in attributes.items() for value in values]
    for number, (name, value) in enumerate(pairs, 1):
        parameters[f"{prefix}{number}.Name"] = name
        parameters[f"{prefix}{number}.Value"] = value
    return parameters


def _expectation(part: _Part, path: Path | None) -> Expectation:
    error = result = None
    if "error" in part.rest:
        inner = part.part("error")
        error = ErrorAnswer(inner.optional("code"), inner.optional("message"), inner.figure("box_usage"))
        inner.finish()
    if "result" in part.rest:
        result = _result(part.part("result"))
    body, body_file = part.optional("body"), part.optional("body_file")
    if body_file is not None:
        if body is not None:
            raise part.wrong("give body or body_file, not both")
        body = _beside(part, body_file, path)
    headers = {name: _nullable(header, name) for name, header in part.mapping("headers").items()}
    expectation = Expectation(
        part.whole_or_none("status"), headers, body, body_file, part.texts("ignore") or (), error, result
    )
    part.finish()
    return expectation


def _beside(part: _Part, name: str, path: Path | None) -> str:
    if path is None:
        raise part.wrong("body_file needs a transcript that is a file")
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise part.wrong("body_file must be the name of a file next to the transcript")
    try:
        return (path.parent / name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise part.wrong(f"body_file cannot be read: {problem}") from None


def _result(part: _Part) -> Result:
    token: bool | Mapping[str, str] | None = None
    if "next_token" in part.rest:
        token = part.strings("next_token") if part.has_mapping("next_token") else part.flag("next_token")
    result = Result(
        items=part.texts("items"),
        items_in_any_order=part.texts("items_in_any_order"),
        item_count=part.whole_or_none("item_count"),
        contents=part.contents("contents") if "contents" in part.rest else None,
        attributes=part.attributes("attributes") if "attributes" in part.rest else None,
        attribute_count=part.whole_or_none("attribute_count"),
        domains=part.texts("domains"),
        domains_include=part.texts("domains_include"),
        domain_count=part.whole_or_none("domain_count"),
        count=part.whole_or_none("count"),
        next_token=token,
        metadata=part.strings("metadata") if "metadata" in part.rest else None,
        box_usage=part.optional("box_usage"),
        encoded=part.texts("encoded"),
    )
    part.finish()
    return result


class _Part:
    """A mapping whose keys are read one by one, so that unknown keys can be rejected."""

    def __init__(self, setting: Setting) -> None:
        self.rest: dict[str, Setting] = _mapping(setting)
        self.wrong = setting.wrong

    def finish(self) -> None:
        for key, part in self.rest.items():
            raise part.wrong(f"unknown key {key!r}")

    def nullable(self, key: str, default: str | None) -> str | None:
        """A string or null, which is not the same as a missing key."""
        part = self.rest.pop(key, None)
        return default if part is None else _nullable(part, key)

    def optional(self, key: str) -> str | None:
        return self.nullable(key, None)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.nullable(key, default)
        if value is None:
            raise self.wrong(f"{key} is missing")
        return value

    def one_of(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        part = self._given(key)
        if part is not None:
            return part.one_of(key, choices)
        if default is None:
            raise self.wrong(f"{key} is missing")
        return default

    def flag(self, key: str) -> bool | None:
        part = self._given(key)
        return None if part is None else part.boolean(key)

    def figure(self, key: str) -> str | bool | None:
        part = self._given(key)
        if part is None:
            return None
        return part.boolean(key) if isinstance(part.value, bool) else part.text(key)

    def number(self, key: str) -> float | None:
        part = self._given(key)
        return None if part is None else part.number(key)

    def whole_or_none(self, key: str) -> int | None:
        part = self._given(key)
        return None if part is None else part.whole(key)

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.whole_or_none(key)
        if value is not None:
            return value
        if default is None:
            raise self.wrong(f"{key} is missing")
        return default

    def texts(self, key: str) -> tuple[str, ...] | None:
        part = self._given(key)
        return None if part is None else part.texts(key, may_be_empty=True)

    def has_mapping(self, key: str) -> bool:
        return isinstance(self.rest[key].value, dict)

    def mapping(self, key: str) -> dict[str, Setting]:
        part = self._given(key)
        return {} if part is None else _mapping(part)

    def strings(self, key: str) -> dict[str, str]:
        return {name: part.text(name, may_be_empty=True) for name, part in self.mapping(key).items()}

    def attributes(self, key: str) -> Attributes:
        return _attributes(self.mapping(key))

    def contents(self, key: str) -> Mapping[str, Attributes]:
        return {name: _attributes(_mapping(part)) for name, part in self.mapping(key).items()}

    def part(self, key: str) -> _Part:
        part = self._given(key)
        if part is None:
            raise self.wrong(f"{key} is missing")
        return _Part(part)

    def parts(self, key: str) -> list[_Part]:
        part = self._given(key)
        return [] if part is None else [_Part(entry) for entry in part.items("mappings")]

    def _given(self, key: str) -> Setting | None:
        part = self.rest.pop(key, None)
        return None if part is None or part.value is None else part


def _mapping(setting: Setting) -> dict[str, Setting]:
    if not isinstance(setting.value, dict):
        raise setting.wrong("expected a mapping")
    return dict(setting.value)


def _nullable(setting: Setting, name: str) -> str | None:
    return None if setting.value is None else setting.text(name, may_be_empty=True)


def _attributes(parts: Mapping[str, Setting]) -> Attributes:
    return {name: part.texts(name, may_be_empty=True) for name, part in parts.items()}


def _plain(parts: Mapping[str, Setting]) -> dict[str, Any]:
    return {name: part.plain() for name, part in parts.items()}
