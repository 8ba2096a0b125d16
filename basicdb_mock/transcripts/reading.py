"""Transcripts from YAML.  What is wrong in a file is told with its place: ``pages.yaml: exchanges[2].expect …``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

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

_DEEPEST = 20
METHODS = ("GET", "POST", "DELETE")
_V = TypeVar("_V")


class TranscriptError(ValueError):
    """A transcript that cannot be read: where, and why."""


def load(path: Path) -> Transcript:
    """The transcript in a file.  Raises :class:`TranscriptError` for one that is not in the format."""
    try:
        text = path.read_text(encoding="utf-8")
        _check_events(text, path)
        document = yaml.load(text, Loader=_Loader)
    except (OSError, UnicodeDecodeError) as problem:
        raise TranscriptError(f"{path}: cannot be read: {problem}") from None
    except yaml.YAMLError as problem:
        raise TranscriptError(f"{path}: is no YAML: {problem}") from None
    return parse(document, path)


def _check_events(text: str, path: Path) -> None:
    """Refuse what a short file could make a document without end of, or one that is too deep for the C loader."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise TranscriptError(f"{path}: has aliases")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise TranscriptError(f"{path}: is nested too deep")


def load_all(paths: Iterable[Path]) -> list[Transcript]:
    """The transcripts of files and, sorted, of folders with all that is in them."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.yaml"))
        elif path.exists():
            found.append(path)
        else:
            raise TranscriptError(f"{path}: there is no such file or folder")
    return [load(path) for path in found]


def parse(document: object, path: Path | None = None) -> Transcript:
    """The transcript of a document as YAML or JSON gives it; ``path`` is for messages, names and files beside it."""
    where = path.name if path else "transcript"
    top = _Part(where, _mapping(where, document))
    version = top.text("version", DEFAULT_VERSION)
    region = top.text("region", DEFAULT_REGION)
    trust = top.one_of("trust", TRUST_NAMES)
    needs = frozenset(top.texts("needs"))
    if not needs <= set(NEEDS):
        raise top.wrong("needs", f"are some of {', '.join(NEEDS)}")
    setup = _steps(top, "setup", version, region)
    exchanges = tuple(_exchange(part, version, region, path) for part in top.parts("exchanges"))
    if not exchanges:
        raise top.wrong("exchanges", "must not be empty")
    ids = [exchange.id for exchange in exchanges]
    if len(ids) != len(set(ids)):
        raise top.wrong("exchanges", "have one id each")
    sources = tuple(_source(part) for part in top.parts("source"))
    if not sources:
        raise top.wrong("source", "names at least one source")
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
        raise TranscriptError(f"{part.where}: names a repository, a page or when it was recorded")
    return source


def _exchange(part: _Part, version: str, region: str, path: Path | None) -> Exchange:
    before = _steps(part, "before", version, region)
    identity = part.text("id")
    proves = tuple(part.texts("proves"))
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
        step = Rehearse(part.text("rehearse"), part.mapping("settings"))
    elif "action" in part.rest:
        step = _call(part, version, region)
    else:
        raise TranscriptError(f"{part.where}: is a call, or one of create, put, batch, fill, tick, rehearse")
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
            raise part.wrong("body_file", "stands instead of body")
        body = _beside(part, body_file, path)
    headers = {name: part.nullable_text(f"headers.{name}", value) for name, value in part.mapping("headers").items()}
    expectation = Expectation(
        part.whole_or_none("status"), headers, body, body_file, tuple(part.texts("ignore")), error, result
    )
    part.finish()
    return expectation


def _beside(part: _Part, name: str, path: Path | None) -> str:
    if path is None:
        raise part.wrong("body_file", "needs a transcript that is a file")
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise part.wrong("body_file", "is the name of a file beside the transcript")
    try:
        return (path.parent / name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise part.wrong("body_file", f"cannot be read: {problem}") from None


def _result(part: _Part) -> Result:
    token: bool | Mapping[str, str] | None = None
    if "next_token" in part.rest:
        raw = part.rest["next_token"]
        token = part.flag("next_token", False) if isinstance(raw, bool) else part.strings("next_token")
    result = Result(
        items=part.names("items"),
        items_in_any_order=part.names("items_in_any_order"),
        item_count=part.whole_or_none("item_count"),
        contents=part.contents("contents") if "contents" in part.rest else None,
        attributes=part.attributes("attributes") if "attributes" in part.rest else None,
        attribute_count=part.whole_or_none("attribute_count"),
        domains=part.names("domains"),
        domains_include=part.names("domains_include"),
        domain_count=part.whole_or_none("domain_count"),
        count=part.whole_or_none("count"),
        next_token=token,
        metadata=part.strings("metadata") if "metadata" in part.rest else None,
        box_usage=part.optional("box_usage"),
        encoded=part.names("encoded"),
    )
    part.finish()
    return result


class _Part:
    """A mapping of the document that is taken apart key by key, so that what is left over can be refused."""

    def __init__(self, where: str, document: Mapping[str, Any]) -> None:
        self.where = where
        self.rest = dict(document)

    def wrong(self, key: str, why: str) -> TranscriptError:
        return TranscriptError(f"{self.where}: {key} {why}")

    def finish(self) -> None:
        if self.rest:
            raise TranscriptError(f"{self.where}: unknown key {next(iter(self.rest))!r}")

    def nullable(self, key: str, default: str | None) -> str | None:
        return self.nullable_text(key, self.rest.pop(key, default))

    def nullable_text(self, key: str, value: object) -> str | None:
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, f"must be text in quotes, not {value!r}")
        return value

    def optional(self, key: str) -> str | None:
        return self.nullable(key, None)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.nullable(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def one_of(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.wrong(key, f"must be one of {', '.join(choices)}, not {value!r}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        return self._typed(key, bool, self.rest.pop(key, default), "true or false")

    def figure(self, key: str) -> str | bool | None:
        value = self.rest.pop(key, None)
        return value if isinstance(value, bool) else self.nullable_text(key, value)

    def number(self, key: str) -> float | None:
        value = self.rest.pop(key, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise self.wrong(key, f"must be a number, not {value!r}")
        return None if value is None else float(value)

    def whole_or_none(self, key: str) -> int | None:
        value = self.rest.pop(key, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.wrong(key, f"must be a whole number, not {value!r}")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.whole_or_none(key) if key in self.rest else default
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def texts(self, key: str) -> list[str]:
        value = self.rest.pop(key, [])
        values: list[Any] = [value] if isinstance(value, str) else self._typed(key, list, value, "a list")
        return [self._typed(f"{key}[{number}]", str, text, "text in quotes") for number, text in enumerate(values)]

    def names(self, key: str) -> tuple[str, ...] | None:
        return tuple(self.texts(key)) if key in self.rest else None

    def mapping(self, key: str) -> Mapping[str, Any]:
        return _mapping(f"{self.where}: {key}", self.rest.pop(key, {}))

    def strings(self, key: str) -> dict[str, str]:
        values = self.mapping(key)
        return {name: self._typed(f"{key}.{name}", str, value, "text in quotes") for name, value in values.items()}

    def attributes(self, key: str) -> Attributes:
        inner = _Part(f"{self.where}.{key}", self.mapping(key))
        return {name: tuple(inner.texts(name)) for name in tuple(inner.rest)}

    def contents(self, key: str) -> Mapping[str, Attributes]:
        inner = _Part(f"{self.where}.{key}", self.mapping(key))
        return {name: inner.attributes(name) for name in tuple(inner.rest)}

    def part(self, key: str) -> _Part:
        return self._inside(key, self.rest.pop(key, {}))

    def parts(self, key: str) -> list[_Part]:
        values = self._typed(key, list, self.rest.pop(key, []), "a list")
        return [self._inside(f"{key}[{number}]", value) for number, value in enumerate(values)]

    def _inside(self, key: str, value: object) -> _Part:
        where = f"{self.where}.{key}" if ":" in self.where else f"{self.where}: {key}"
        return _Part(where, _mapping(where, value))

    def _typed(self, key: str, kind: type[_V], value: object, words: str) -> _V:
        if not isinstance(value, kind):
            raise self.wrong(key, f"must be {words}, not {value!r}")
        return value


def _mapping(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TranscriptError(f"{where}: must be a mapping, not {value!r}")
    for key in value:
        if not isinstance(key, str):
            raise TranscriptError(f"{where}: keys must be text in quotes, not {key!r}")
    return value


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """YAML without dates, and without two equal keys: each would hide what is written."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if key.id == "scalar"):
            if key.value in seen:
                problem = f"the key {key.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
