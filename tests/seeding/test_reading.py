"""Seeds from mappings and files, and what is told of those that are wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from basicdb_mock import SimpleDB
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


def test_a_mapping_is_a_seed() -> None:
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
def test_a_file_of_each_kind_is_a_seed(write: Callable[[str, str], Path], name: str, text: str) -> None:
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


def md5(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


@pytest.fixture
def export(write: Callable[[str, str], Path]) -> Path:
    """An export of two data files as the service writes them, below ``download``; its items are not in order."""
    place, files = "download/AWSSimpleDB/0f0e/users", []
    for number, item in enumerate(reversed(ITEMS)):
        text = json.dumps([item], indent=1)
        write(f"{place}/data/dataFile_{number}.json", text)
        files.append({"md5Checksum": md5(text), "dataFileS3Key": f"p/data/dataFile_{number}.json",
                      "dataFileItemCount": 1})
    write(f"{place}/_started", "")
    write(f"{place}/manifest-file.json", json.dumps(files[::-1]))
    return write(f"{place}/manifest-summary.json", json.dumps({"domainName": "users", "itemsCount": 2})).parent


@pytest.mark.usefixtures("export")
def test_an_exported_domain_is_found_below_any_directory() -> None:
    assert read_seed("download") == USERS


def test_the_items_of_an_export_come_in_the_order_of_its_manifest(export: Path) -> None:
    assert list(read_seed("download")["users"]) == ["alice", "bob"]
    manifest = export / "manifest-file.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text())[::-1]))
    assert list(read_seed("download")["users"]) == ["bob", "alice"]


def test_a_seed_from_an_export_creates_its_items_in_their_order(write: Callable[[str, str], Path]) -> None:
    exported = [{"itemName": name, "attributes": [{"name": "a", "values": ["b"]}]} for name in ("carol", "al", "bob")]
    simpledb = SimpleDB()
    simpledb.seed(write("users.json", json.dumps(exported)))
    found = simpledb.client().select(SelectExpression="select * from users")["Items"]
    assert [item["Name"] for item in found] == ["carol", "al", "bob"]


def test_several_exports_below_a_directory_are_all_read(export: Path) -> None:
    shutil.copytree(export, export.parent / "carts")
    (export.parent / "carts" / "manifest-summary.json").write_text('{"domainName": "carts", "itemsCount": 2}')
    assert read_seed("download") == {**USERS, "carts": USERS["users"]}


@pytest.mark.parametrize(("file", "before", "after", "problem"), [
    ("data/dataFile_0.json", "007", "008", "data/dataFile_0.json is not what was exported: its MD5 differs"),
    ("manifest-file.json", '"dataFileItemCount": 1', '"dataFileItemCount": 7', "the manifest says 7"),
    ("manifest-summary.json", "2", "3", "users holds 2 items, but its summary says 3"),
    ("manifest-summary.json", "domainName", "domain", "manifest-summary.json does not have domainName"),
    ("manifest-summary.json", '"users"', '"u!"', "manifest-summary.json: 'u!' is not a valid domain name"),
    ("manifest-file.json", "dataFile_1", "dataFile_9", "dataFile_9.json belongs to the export, but does not exist"),
])
def test_an_export_that_is_not_what_its_manifest_says_is_told(
    export: Path, file: str, before: str, after: str, problem: str
) -> None:
    text = (export / file).read_text()
    assert before in text
    (export / file).write_text(text.replace(before, after))
    with pytest.raises(ValueError, match=re.escape(problem)) as told:
        read_seed("download")
    assert str(export) in str(told.value)


def test_a_single_data_file_names_its_domain_by_its_directory(write: Callable[[str, str], Path]) -> None:
    assert read_seed(write("users/data/dataFile_0_0.json", json.dumps(ITEMS))) == USERS
    assert read_seed(write("users.json", "\ufeff\n" + json.dumps(ITEMS))) == USERS


def test_what_an_export_has_over_a_limit_is_told_with_its_item(write: Callable[[str, str], Path]) -> None:
    item = {"itemName": "alice", "attributes": [{"name": "age", "values": ["x" * 1025]}]}
    with pytest.raises(ValueError, match=r"^users.json, item 'alice': a value has 1025 bytes; the limit is 1024$"):
        read_seed(write("users.json", json.dumps([item])))


@pytest.mark.parametrize(("given", "problem"), [
    ({"ab": {}}, "ab: 'ab' is not a valid domain name: use 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'"),
    ({"users": []}, "users: domain 'users' must be a mapping of items"),
    ({"users": {"alice": "30"}}, "users.alice: item 'alice' must be a mapping of attributes"),
    ({"users": {"alice": {}}},
     "users.alice: item 'alice' has no attributes; SimpleDB does not keep items without attributes"),
    ({"users": {"alice": {"age": 30}}}, "users.alice.age: a value must be a string; SimpleDB has no other type"),
    ({"users": {"alice": {"age": ["30", None]}}},
     "users.alice.age[1]: a value must be a string; SimpleDB has no other type"),
    ({"users": {"alice": {"": "30"}}}, "users.alice.: an attribute's name may not be empty"),
    ({"users": {"": {"age": "30"}}}, "users.: an item's name may not be empty"),
    ({"users": {"alice": {"age": "x" * 1025}}}, "users.alice.age: a value has 1025 bytes; the limit is 1024"),
    ({"users": {"alice": {"age": "\ud800"}}}, "users.alice.age: a value has half a surrogate pair in it"),
    ({"users": {"alice": {"n": [str(n) for n in range(257)]}}},
     "users.alice: item 'alice' has 257 values; the limit is 256"),
])
def test_a_mapping_that_is_wrong_is_told_with_its_place(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError) as told:
        read_seed(given)
    assert str(told.value) == problem


@pytest.mark.parametrize(("name", "text", "problem"), [
    ("seed.yaml", "users:\n  alice:\n    age: {}\n",
     "seed.yaml, line 3: a value must be a string; SimpleDB has no other type"),
    ("seed.yaml", "users:\n  alice: {age: 1}\n  alice: {age: 2}\n", "seed.yaml, line 3: 'alice' is given twice"),
    ("seed.yaml", "users: [\n", "seed.yaml, line 2: expected the node content, but found '<stream end>'"),
    ("seed.yaml", "- users\n", "seed.yaml, line 1: a seed must be a mapping of domains"),
    ("seed.json", '{"users": {"alice": {\n"age": null}}}',
     "seed.json, line 2: a value must be a string; SimpleDB has no other type"),
    ("seed.json", '{"users":\n {,}}', "seed.json, line 2: Expecting property name enclosed in double quotes"),
    ("users.json", '[{"itemName": "alice",\n "attributes": [{"name": "age"}]}]',
     "users.json, line 1: an element that is not an item: {'itemName': 'alice', 'attributes': [{'name': 'age'}]}"),
    ("users.json", '[\n{"attributes": []}]', "users.json, line 2: an element that is not an item: {'attributes': []}"),
    ("users.csv", "", "users.csv, line 1: the first line must name the columns"),
    ("users.csv", "name,age\n", "users.csv, line 1: the first column must be itemName()"),
    ("users.csv", "itemName(),age\nalice,1\nbob,2,3\n", "users.csv, line 3: 3 cells, but there are 2 columns"),
    ("users.csv", "itemName(),age\nalice,\n",
     "users.csv, line 2: item 'alice' has no attributes; SimpleDB does not keep items without attributes"),
    ("users.csv", 'itemName(),age\nalice,"1\n', "users.csv, line 2: unexpected end of data"),
    ("no.csv", "itemName()\n",
     "no.csv, line 1: 'no' is not a valid domain name: use 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'"),
    ("seed.txt", "", "seed.txt: a seed must be a directory, or a file ending in .yaml, .yml, .json or .csv"),
    ("seed.yaml", "users:\n  a\udcff: {}\n", "seed.yaml, line 2: not UTF-8"),
])
def test_a_file_that_is_wrong_is_told_with_its_line(
    write: Callable[[str, str], Path], name: str, text: str, problem: str
) -> None:
    write(name, text)
    with pytest.raises(ValueError) as told:
        read_seed(name)
    assert str(told.value) == problem


def test_a_file_that_is_not_there_is_an_oserror() -> None:
    with pytest.raises(FileNotFoundError):
        read_seed("none.yaml")


def test_json_nested_beyond_reason_is_told(write: Callable[[str, str], Path]) -> None:
    write("seed.json", '{"a":' * 100_000)
    with pytest.raises(ValueError, match=r"seed\.json: nested too deep"):
        read_seed("seed.json")
    write("users.json", "[" * 100_000)
    with pytest.raises(ValueError, match=r"users\.json is not an array of items: nested too deep"):
        read_seed("users.json")


@pytest.mark.parametrize(("given", "told"), [(42, "42"), (None, "None"), ([42], "42"), (b"users.yaml", "117")])
def test_what_is_no_seed_is_told(given: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"^a seed must be a mapping, a path, or several of them, not {told}$"):
        read_seed(given)


def test_the_limits_given_count() -> None:
    with pytest.raises(ValueError, match="the limit is 1024"):
        read_seed({"users": {"a" * 1025: {"b": "c"}}}, AWS)
