"""Putting contents in, taking them out, writing them down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicdb_mock import SimpleDB
from basicdb_mock.engine import Engine
from basicdb_mock.model import Tenant
from basicdb_mock.seeding import contents_of, dump, plain, read_seed, seed
from basicdb_mock.seeding.contents import Contents, differences
from tests.conftest import UnderTest

TENANT = Tenant("123456789012", "us-east-1")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts.filter(bool)
domains = st.text("abcXYZ019_.-", min_size=3, max_size=20)
values = st.lists(texts, min_size=1, max_size=3, unique=True).map(sorted).map(tuple)
items = st.dictionaries(names, st.dictionaries(names, values, min_size=1, max_size=3), max_size=3)
contents = st.dictionaries(domains, items, max_size=3)


@given(contents)
@settings(max_examples=60, deadline=None)
def test_what_was_put_in_comes_out(wanted: Contents) -> None:
    engine = Engine()
    seed(engine, wanted, TENANT)
    assert contents_of(engine.storage, TENANT) == wanted


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_what_was_written_down_is_read_again(suffix: str, tmp_path: Path) -> None:
    @given(contents)
    @settings(max_examples=60, deadline=None)
    def check(wanted: Contents) -> None:
        path = tmp_path / f"dump{suffix}"
        text = dump(wanted, path)
        assert path.read_bytes().decode() == text
        assert read_seed(path) == wanted

    check()


def test_a_dump_is_sorted_and_has_one_value_a_line() -> None:
    held: Contents = {"users": {"bob": {"b": ("1",)}, "alice": {"z": ("blue", "red"), "a": ("007",)}}, "carts": {}}
    assert dump(held) == """\
carts: {}
users:
  alice:
    a: "007"
    z:
      - blue
      - red
  bob:
    b: "1"
"""


def test_nothing_is_dumped_as_an_empty_mapping() -> None:
    assert dump({}) == "{}\n"


@pytest.mark.parametrize("text", [
    "yes", "Null", "007", "1.5", "a: b", "- a", "#", "a #b", "'", '"', "\\", "\n", "\r\n", "\t", "\x85", "\u2028",
    "\ufeff", "\ufffe", "\U0001f3b2", "\x00", " a", "a ", "?", "*a", "&a", "!a", "{", "2026-01-02", "~", "=", "<<",
    "x" * 1024, "\x01" * 1024])
def test_every_text_survives_a_dump_as_name_and_as_value(text: str, tmp_path: Path) -> None:
    held: Contents = {"users": {text: {text: (text,)}, "bob": {text: tuple(sorted((text, "other")))}}}
    dump(held, tmp_path / "dump.yaml")
    assert read_seed(tmp_path / "dump.yaml") == held


def test_a_dump_in_json_has_single_values_bare(tmp_path: Path) -> None:
    text = dump({"users": {"alice": {"name": ("Zoë",)}}}, tmp_path / "dump.json")
    assert json.loads(text) == {"users": {"alice": {"name": "Zoë"}}}
    assert "Zoë" in text


def test_two_dumps_of_the_same_data_are_the_same_text() -> None:
    one, other = SimpleDB(), SimpleDB()
    one.seed({"users": {"alice": {"a": ["1", "2"]}, "bob": {"a": "1"}}})
    other.seed({"users": {"bob": {"a": "1"}}})
    other.seed({"users": {"alice": {"a": ["2", "1"]}}})
    assert one.dump() == other.dump()


def test_seeding_adds_to_what_is_there() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {"alice": {"color": "red"}}})
    simpledb.seed({"users": {"alice": {"color": "blue", "age": "30"}, "bob": {"age": "5"}}})
    assert simpledb.contents() == {"users": {"alice": {"age": "30", "color": ["blue", "red"]}, "bob": {"age": "5"}}}


def test_seeding_goes_to_the_region_and_account_asked_for() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {}}, region="eu-west-1", account="111122223333")
    assert simpledb.contents(region="eu-west-1") == {"users": {}}
    assert simpledb.engine.storage.tenants() == [Tenant("111122223333", "eu-west-1")]


def test_lagging_reads_see_a_seed_at_once() -> None:
    simpledb = SimpleDB(lag=60)
    simpledb.seed({"users": {"alice": {"age": "30"}}})
    assert simpledb.client().list_domains()["DomainNames"] == ["users"]
    assert "Attributes" in simpledb.client().get_attributes(DomainName="users", ItemName="alice")


def test_a_seed_over_a_limit_of_the_domain_is_told() -> None:
    simpledb = SimpleDB(limits={"domain_attributes": 2})
    problem = r"^domain 'users' of the seed: Too many attributes in this domain\. \(NumberDomainAttributesExceeded\)"
    with pytest.raises(ValueError, match=problem):
        simpledb.seed({"users": {"alice": {"a": ["1", "2", "3"]}}})


def test_more_items_than_a_write_takes_are_put_in() -> None:
    simpledb = SimpleDB()
    simpledb.seed({"users": {f"user{number:05}": {"n": str(number)} for number in range(2500)}})
    assert len(simpledb.items("users")) == 2500


def test_more_domains_than_a_page_holds_are_found() -> None:
    simpledb = SimpleDB(limits="RELAXED")
    simpledb.seed({f"domain{number:04}": {} for number in range(1100)})
    assert len(simpledb.contents()) == 1100


def test_what_was_put_in_comes_out_of_every_storage(simpledb_under_test: UnderTest) -> None:
    engine = simpledb_under_test.engine
    held: Contents = {"users": {"alice": {"color": ("blue", "red")}, "b/b\0": {"a": ("",)}}, "carts": {}}
    seed(engine, held, TENANT)
    assert contents_of(engine.storage, TENANT) == held
    assert contents_of(engine.storage, TENANT, "users") == {"users": held["users"]}


def test_plain_contents_have_single_values_bare() -> None:
    assert plain({"users": {"alice": {"a": ("1",), "b": ("1", "2")}}}) == {
        "users": {"alice": {"a": "1", "b": ["1", "2"]}}}


def test_differences_of_what_is_no_value_are_told_too() -> None:
    assert differences({"users": {"alice": {"age": "30"}}}, {"users": {"alice": {"age": 30}}}) == [
        "domain 'users', item 'alice', attribute 'age': '30', but expected 30"]
    assert differences({"users": {}}, {"users": None}) == ["domain 'users': {}, but expected None"]
    assert differences({"users": {}}, {"users": []}) == ["domain 'users': {}, but expected []"]
