"""What is wrong in a transcript is told with its place."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock.settings import SettingError
from basicdb_mock.transcripts.reading import load, load_all, parse
from basicdb_mock.transcripts.requesting import fill_calls
from basicdb_mock.transcripts.transcript import Call, Fill, Tick

SOUND: dict[str, Any] = {
    "title": "A domain", "source": [{"page": "https://example.com"}], "trust": "behaviour",
    "exchanges": [{"id": "list", "action": "ListDomains", "expect": {"status": 200}}],
}  # fmt: skip


ALIASES = [f"a{number}" for number in range(19)]


def exchange(**changes: Any) -> dict[str, Any]:
    return {**SOUND, "exchanges": [{**SOUND["exchanges"][0], **changes}]}


def test_what_goes_without_saying_is_filled_in() -> None:
    transcript = parse(SOUND)

    assert (transcript.version, transcript.region, transcript.clock) == ("2009-04-15", "us-east-1", None)
    assert transcript.exchanges[0].call == Call("ListDomains", method="POST", place="body")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({**SOUND, "trust": "hearsay"},
         "transcript.trust: trust takes one of bytes, structure, behaviour, documented, not 'hearsay'"),
        ({**SOUND, "extra": 1}, "transcript.extra: unknown key 'extra'"),
        ({**SOUND, "exchanges": []}, "transcript: exchanges must not be empty"),
        ({**SOUND, "source": []}, "transcript: source names at least one source"),
        ({**SOUND, "source": [{"path": "a"}]},
         "transcript.source[0]: names a repository, a page or when it was recorded"),
        ({**SOUND, "needs": ["luck"]}, "transcript: needs are some of clock, alone, credentials, rehearsal"),
        ({**SOUND, "exchanges": SOUND["exchanges"] * 2}, "transcript: each exchange must have its own id"),
        ({**SOUND, "setup": [{"sing": "x"}]},
         "transcript.setup[0]: is a call, or one of create, put, batch, fill, tick, rehearse"),
        ({key: SOUND[key] for key in SOUND if key != "title"}, "transcript: title is missing"),
        (exchange(method="PATCH"),
         "transcript.exchanges[0].method: method takes one of GET, POST, DELETE, not 'PATCH'"),
        (exchange(parameters={"MaxNumberOfDomains": 3}),
         "transcript.exchanges[0].parameters.MaxNumberOfDomains: MaxNumberOfDomains takes a string, not 3"),
        (exchange(expect={"result": {"items": "x", "item_count": True}}),
         "transcript.exchanges[0].expect.result.item_count: item_count takes a whole number of at least 0, not True"),
        (exchange(expect={"body": "a", "body_file": "b"}),
         "transcript.exchanges[0].expect: give body or body_file, not both"),
        ([], "transcript: expected a mapping"),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_refused_with_its_place(document: object, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        parse(document)

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: a\n{", r"line 2: expected"),
        ("title: a\ntitle: b", r"line 2: 'title' is given twice$"),
        ("? [a]\n: b", r"line 1: a key must be a string$"),
        ("title: t\ntrust: 3", r"line 2: trust takes one of bytes, structure, behaviour, documented, not 3$"),
        ("title: t\ntrust: bytes\nsource: [{}]\n", r"line 1: exchanges must not be empty$"),
        ("a0: &a0 [1]\n" + "".join(f"{new}: &{new} [{'*' + old + ', *' + old}]\n" for old, new in pairwise(ALIASES)),
         r"line \d+: nested too deep, or too large$"),
        ("[" * 100_000, r": nested too deep$"),
    ],
    ids=["no YAML", "twice", "no name", "no text", "empty", "aliases of aliases", "too deep"],
)  # fmt: skip
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(SettingError, match=told) as refused:
        load(file)
    assert str(refused.value).startswith(str(file))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none: no such file or directory$"):
        load_all([tmp_path / "none"])


def test_dates_stay_texts(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("title: t\nsource: [{recorded: 2011-10-07}]\ntrust: bytes\n"
                    "exchanges: [{id: a, action: ListDomains, version: 2009-04-15, expect: {status: 200}}]\n")

    assert load(file).sources[0].recorded == "2011-10-07"
    assert load(file).exchanges[0].call.version == "2009-04-15"


def test_steps_of_a_set_up_are_calls() -> None:
    steps = [
        {"create": "books"},
        {"put": {"domain": "books", "item": "i", "attributes": {"a": ["1", "2"], "b": "3"}}},
        {"batch": {"domain": "books", "items": {"j": {"a": "1"}}}},
        {"tick": 1.5},
        {"fill": {"domain": "books", "item": "i{n}", "first": 1, "last": 2, "attributes": {"a": "{n}"}}},
    ]

    create, put, batch, tick, fill = parse({**SOUND, "setup": steps}).setup

    assert create == Call("CreateDomain", {"DomainName": "books"})
    assert isinstance(put, Call)
    assert put.parameters == {
        "DomainName": "books", "ItemName": "i", "Attribute.1.Name": "a", "Attribute.1.Value": "1",
        "Attribute.2.Name": "a", "Attribute.2.Value": "2", "Attribute.3.Name": "b", "Attribute.3.Value": "3",
    }  # fmt: skip
    assert isinstance(batch, Call)
    assert batch.parameters["Item.1.Attribute.1.Value"] == "1"
    assert tick == Tick(1.5)
    assert fill == Fill("books", "i{n}", 1, 2, {"a": ("{n}",)})


def test_a_fill_makes_batches_of_numbered_items() -> None:
    fill = Fill("books", "i{n:03}", 1, 26, {"a": ("{2n}", "x{n}")})

    first, second = fill_calls(fill, "2009-04-15", "us-east-1")

    assert first.parameters["Item.25.ItemName"] == "i025"
    assert "Item.26.ItemName" not in first.parameters
    assert [second.parameters[f"Item.1.{rest}"] for rest in ("ItemName", "Attribute.1.Value", "Attribute.2.Value")] == [
        "i026", "52", "x26",
    ]  # fmt: skip


def test_a_body_beside_the_transcript_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("title: t\nsource: [{page: p}]\ntrust: bytes\n"
                    "exchanges: [{id: a, action: ListDomains, expect: {body_file: a.xml}}]\n")
    with pytest.raises(SettingError, match="body_file cannot be read"):
        load(file)
    (tmp_path / "a.xml").write_bytes(b"<a>\r\n</a>")

    assert load(file).exchanges[0].expect.body == "<a>\r\n</a>"
    for elsewhere in ("/etc/hosts", "../a.xml", "..", "b/a.xml", "b\\a.xml"):
        with pytest.raises(SettingError, match="body_file must be the name of a file next to the transcript"):
            parse(exchange(expect={"body_file": elsewhere}), file)
    with pytest.raises(SettingError, match="body_file needs a transcript that is a file"):
        parse(exchange(expect={"body_file": "a.xml"}))
