"""Seeds from mappings and files, and what is told of those that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from basicdb_mock.limits import AWS
from basicdb_mock.seeding import read_seed

USERS = {"users": {"alice": {"age": ("30",), "color": ("blue", "red")}, "bob": {"age": ("007",)}}}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    return written


def test_a_mapping() -> None:
    given = {"users": {"alice": {"age": "30", "color": ["red", "blue", "red"]}, "bob": {"age": "007"}}}
    assert read_seed(given) == USERS


def test_values_of_a_mapping_may_be_a_tuple_or_a_set() -> None:
    given = {"users": {"alice": {"age": ("30",), "color": {"red", "blue"}}, "bob": {"age": frozenset({"007"})}}}
    assert read_seed(given) == USERS


@pytest.mark.parametrize(("name", "text"), [
    ("seed.yaml", "users:\n  alice: {age: 30, color: [red, blue]}\n  bob:\n    age: 007\n"),
    ("seed.yml", "users:\n  alice: {age: '30', color: [red, blue]}\n  bob:\n    age: '007'\n"),
    ("seed.json", '{"users": {"alice": {"age": 30, "color": ["red", "blue"]}, "bob": {"age": "007"}}}'),
    ("users.csv", "itemName(),age,color,color\nalice,30,red,blue\nbob,007,,\n"),
    ("users.csv", "item,age,color\r\nalice,30,red\r\nalice,,blue\r\nbob,007,\r\n"),
    ("users.csv", "\ufeffitemName(),age,color\nalice,30,blue\n\nalice,30,red\nbob,007"),
])
def test_a_file(write: Callable[[str, str], Path], name: str, text: str) -> None:
    assert read_seed(write(name, text)) == USERS
    assert read_seed(name) == USERS


def test_scalars_are_the_text_that_was_written(write: Callable[[str, str], Path]) -> None:
    write("seed.yaml", "abc: {i: {a: [007, 1.50, true, 2026-01-02, 0x1F, ~x, '', 1e3]}}")
    assert read_seed("seed.yaml")["abc"]["i"]["a"] == ("", "007", "0x1F", "1.50", "1e3", "2026-01-02", "true", "~x")
    write("seed.json", '{"abc": {"i": {"a": [7, 1.50, 1e3, -0]}}}')
    assert read_seed("seed.json")["abc"]["i"]["a"] == ("-0", "1.50", "1e3", "7")


def test_a_domain_may_be_empty(write: Callable[[str, str], Path]) -> None:
    write("seed.yaml", "users:\ncarts: {}\n")
    assert read_seed("seed.yaml") == {"users": {}, "carts": {}}
    assert read_seed(write("empty.csv", "itemName(),age\n")) == {"empty": {}}


def test_csv_takes_line_breaks_and_commas_in_quotes(write: Callable[[str, str], Path]) -> None:
    write("users.csv", 'itemName(),note\nalice,"one\ntwo, ""three"""\n')
    assert read_seed("users.csv") == {"users": {"alice": {"note": ('one\ntwo, "three"',)}}}


def test_several_sources_come_together() -> None:
    assert read_seed([{"users": {"alice": {"color": "red"}}}, {"users": {"alice": {"color": "blue"}}}]) == {
        "users": {"alice": {"color": ("blue", "red")}}}


def test_a_directory_is_all_its_files(write: Callable[[str, str], Path]) -> None:
    write("seeds/users.csv", "itemName(),age\nalice,30\n")
    write("seeds/rest.yaml", "carts: {c1: {total: 5}}")
    write("seeds/.hidden", "no seed")
    assert read_seed("seeds") == {"users": {"alice": {"age": ("30",)}}, "carts": {"c1": {"total": ("5",)}}}


ITEMS = [
    {"itemName": "alice", "attributes": [
        {"name": "age", "values": ["30"]}, {"name": "color", "values": ["red", "blue"]}]},
    {"itemName": "bob", "attributes": [{"name": "age", "values": ["007"]}]},
]


def test_an_exported_domain_is_found_below_any_directory(write: Callable[[str, str], Path]) -> None:
    place = "download/AWSSimpleDB/0f0e/users"
    write(f"{place}/_started", "")
    write(f"{place}/data/dataFile_0_0.json", json.dumps(ITEMS[:1]))
    write(f"{place}/data/dataFile_0_1.json", json.dumps(ITEMS[1:]))
    write(f"{place}/manifest-file.json", json.dumps([{"dataFileS3Key": "x", "dataFileItemCount": 1}]))
    write(f"{place}/manifest-summary.json", json.dumps({"version": "2025-11-01", "domainName": "users"}))
    assert read_seed("download") == USERS


def test_a_single_data_file_names_its_domain_by_its_directory(write: Callable[[str, str], Path]) -> None:
    assert read_seed(write("users/data/dataFile_0_0.json", json.dumps(ITEMS))) == USERS
    assert read_seed(write("users.json", json.dumps(ITEMS))) == USERS


@pytest.mark.parametrize(("given", "problem"), [
    ({"ab": {}}, "ab: 'ab' is no domain name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'"),
    ({"users": []}, "users: domain 'users' is a mapping of items"),
    ({"users": {"alice": "30"}}, "users.alice: item 'alice' is a mapping of attributes"),
    ({"users": {"alice": {}}}, "users.alice: item 'alice' has no attributes; SimpleDB knows no such item"),
    ({"users": {"alice": {"age": 30}}}, "users.alice.age: a value is a text; SimpleDB knows no other type"),
    ({"users": {"alice": {"age": ["30", None]}}},
     "users.alice.age[1]: a value is a text; SimpleDB knows no other type"),
    ({"users": {"alice": {"": "30"}}}, "users.alice.: an attribute's name may not be empty"),
    ({"users": {"": {"age": "30"}}}, "users.: an item's name may not be empty"),
    ({"users": {"alice": {"age": "x" * 1025}}}, "users.alice.age: a value has 1025 bytes; the limit is 1024"),
    ({"users": {"alice": {"age": "\ud800"}}}, "users.alice.age: a value has half a surrogate pair in it"),
    ({"users": {"alice": {"n": [str(n) for n in range(257)]}}},
     "users.alice: item 'alice' has 257 values; the limit is 256"),
])
def test_a_mapping_that_is_wrong(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError) as told:
        read_seed(given)
    assert str(told.value) == problem


@pytest.mark.parametrize(("name", "text", "problem"), [
    ("seed.yaml", "users:\n  alice:\n    age: {}\n",
     "seed.yaml, line 3: a value is a text; SimpleDB knows no other type"),
    ("seed.yaml", "users:\n  alice: {age: 1}\n  alice: {age: 2}\n", "seed.yaml, line 3: 'alice' is given twice"),
    ("seed.yaml", "users: [\n", "seed.yaml, line 2: expected the node content, but found '<stream end>'"),
    ("seed.yaml", "- users\n", "seed.yaml, line 1: a seed is a mapping of domains"),
    ("seed.json", '{"users": {"alice": {\n"age": null}}}',
     "seed.json, line 2: a value is a text; SimpleDB knows no other type"),
    ("seed.json", '{"users":\n {,}}', "seed.json, line 2: Expecting property name enclosed in double quotes"),
    ("users.json", '[{"itemName": "alice",\n "attributes": [{"name": "age"}]}]',
     "users.json, line 2: an exported attribute has a name and values"),
    ("users.json", '[\n{"attributes": []}]', "users.json, line 2: an exported item has an itemName"),
    ("users.csv", "", "users.csv, line 1: the first line must name the columns"),
    ("users.csv", "name,age\n", "users.csv, line 1: the first column must be itemName()"),
    ("users.csv", "itemName(),age\nalice,1\nbob,2,3\n", "users.csv, line 3: 3 cells, but there are 2 columns"),
    ("users.csv", "itemName(),age\nalice,\n",
     "users.csv, line 2: item 'alice' has no attributes; SimpleDB knows no such item"),
    ("users.csv", 'itemName(),age\nalice,"1\n', "users.csv, line 2: unexpected end of data"),
    ("no.csv", "itemName()\n", "no.csv, line 1: 'no' is no domain name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'"),
    ("seed.txt", "", "seed.txt: a seed is a directory or ends in .yaml, .yml, .json or .csv"),
    ("seed.yaml", "users:\n  a\udcff: {}\n", "seed.yaml, line 2: not UTF-8"),
])
def test_a_file_that_is_wrong_is_told_with_its_line(
    write: Callable[[str, str], Path], name: str, text: str, problem: str
) -> None:
    write(name, text)
    with pytest.raises(ValueError) as told:
        read_seed(name)
    assert str(told.value) == problem


def test_a_summary_without_a_domain_is_told(write: Callable[[str, str], Path]) -> None:
    write("download/manifest-summary.json", "{}")
    with pytest.raises(ValueError, match="an export's summary names its domainName"):
        read_seed("download")


def test_a_file_that_is_not_there_is_an_oserror() -> None:
    with pytest.raises(FileNotFoundError):
        read_seed("none.yaml")


def test_json_nested_beyond_reason_is_told(write: Callable[[str, str], Path]) -> None:
    write("seed.json", "[" * 100_000)
    with pytest.raises(ValueError, match=r"seed\.json: nested too deep"):
        read_seed("seed.json")


def test_the_limits_given_count() -> None:
    with pytest.raises(ValueError, match="the limit is 1024"):
        read_seed({"users": {"a" * 1025: {"b": "c"}}}, AWS)
