"""The reference pages are what the code says, and nothing of the public interface is missing from the documents."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import basicdb_mock
from basicdb_mock import control_client, errors, limits, rehearsal
from basicdb_mock.engine import Engine
from basicdb_mock.exports import Exports
from basicdb_mock.journal import Call, Journal
from basicdb_mock.operations import ACTIONS
from basicdb_mock.pytest_plugin import plugin, settings
from basicdb_mock.pytest_plugin.served import ServedSimpleDB
from basicdb_mock.pytest_plugin.shared import SharedCalls, SharedSimpleDB
from basicdb_mock.query import grammar as query_grammar
from basicdb_mock.select import grammar as select_grammar
from basicdb_mock.server.app import create_app
from basicdb_mock.server.cli import COMMANDS, main
from basicdb_mock.server.running import RunningServer
from basicdb_mock.storage import _OURS
from documentation.grammar import Part, rules_of
from documentation.reference import is_current, pages
from tests.documents.reading import ROOT, code_blocks, table_rows

DOCS = ROOT / "docs"
GENERATED = pages()
BY_HAND = [path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).as_posix() not in GENERATED]


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def by_hand() -> str:
    """All pages that people write, but for the ledger of recordings."""
    return "\n".join(path.read_text(encoding="utf-8") for path in BY_HAND if path.name != "fidelity.md")


# -- written from the code ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", GENERATED)
def test_a_generated_page_is_what_the_code_says_now(page: str) -> None:
    assert is_current(page, text(page), GENERATED[page]), "run scripts/docs"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_in_the_docs_is_what_the_command_prints(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "102")
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    printed = re.sub(r"\S*/basicdb-mock-cluster-\w+", "/tmp/basicdb-mock-cluster-UID", capsys.readouterr().out)
    told = [" ".join(block.split()) for block in code_blocks(DOCS / "reference" / "command_line.md", "text")]
    assert " ".join(printed.split()) in told


# -- nothing is missing ------------------------------------------------------------------------------------------------


def test_every_operation_is_told() -> None:
    told = text("reference/operations.md")
    assert [name for version in ACTIONS.values() for name in version if f"`{name}`" not in told] == []


def test_every_error_is_told_with_its_status_and_text() -> None:
    rows = {(row[0], row[1], row[2]) for row in table_rows(DOCS / "reference" / "errors.md")}
    missing = [
        error for error in errors.CATALOGUE.values()
        if (f"`{error.code}`", str(error.status), " ".join(error.template.split())) not in rows]
    assert missing == []


def test_every_limit_is_told_with_its_figure() -> None:
    rows = {row[0]: row[1].strip("`") for row in table_rows(DOCS / "reference" / "limits.md")}
    quotas = {name: getattr(limits.AWS, name) for name in limits.LIMIT_NAMES}
    assert rows == {
        f"`{name}`": quota if isinstance(quota, str) else f"{quota:,}" for name, quota in quotas.items()}


def test_every_fixture_is_told_twice() -> None:
    fixtures = [name for name in vars(plugin) if name.startswith("simpledb")]
    assert len(fixtures) >= 10
    for page in ("pytest.md", "reference/pytest.md"):
        assert [name for name in fixtures if f"`{name}`" not in text(page)] == []


def test_every_option_and_ini_key_that_pytest_shows_is_told(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^ +(--(?:no-)?simpledb-[\w-]+|simpledb_\w+)", shown, re.MULTILINE))
    assert len(names) >= 9 + 9
    reference, page = text("reference/pytest.md"), text("pytest.md")
    assert [name for name in names if not re.search(rf"`{name}\b", reference)] == []
    assert [name for name in names if not re.search(rf"`{name}\b", page)] == []


def test_every_keyword_of_the_marker_is_told() -> None:
    assert [name for name in settings.NAMES if f"`{name}`" not in by_hand()] == []


def test_every_command_is_told_by_hand_too() -> None:
    told = by_hand()
    assert [command for command in COMMANDS if f"basicdb-mock {command}" not in told] == []


def test_every_endpoint_of_the_control_api_is_told() -> None:
    rows = {row[0].strip("`") for row in table_rows(DOCS / "reference" / "control_api.md")}
    described = yaml.safe_load((ROOT / "basicdb_mock" / "server" / "openapi.yaml").read_text(encoding="utf-8"))
    served = set()
    for rule in create_app(Engine()).url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if path.removeprefix("/_basicdb") in described["paths"]:
            served |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert rows == served


def test_every_public_name_is_told() -> None:
    assert [name for name in basicdb_mock.__all__ if f"\n## {name}\n" not in text("reference/python.md")] == []
    assert [name for name in basicdb_mock.__all__ if name not in by_hand()] == []


MAY_BE_EMPTY = {"default", "query", "body"}
"""The columns in which an empty cell says that there is none."""


def test_no_cell_of_a_reference_page_is_empty() -> None:
    empty, checked = [], 0
    for page in GENERATED:
        heading: list[str] = []
        for line in text(page).splitlines() if page.endswith(".md") else ():
            if not line.startswith("|"):
                heading = []
                continue
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not heading:
                heading = cells
            elif set(line) - set("|-: "):
                assert len(cells) == len(heading), (page, line)
                checked += len(cells)
                empty += [(page, line) for title, cell in zip(heading, cells, strict=True)
                          if not cell and title not in MAY_BE_EMPTY]
    assert empty == []
    assert checked > 1000


PUBLIC = [
    *(kind for kind in (getattr(basicdb_mock, name) for name in basicdb_mock.__all__) if inspect.isclass(kind)),
    *(getattr(control_client, name) for name in control_client.__all__ if name != "Control"),
    *(getattr(rehearsal, name) for name in (
        "Delay", "Drop", "Fail", "Fault", "Faults", "Spread", "Standing", "Throttle", "Truncate")),
    Call, Exports, Journal, RunningServer, ServedSimpleDB, SharedCalls, SharedSimpleDB,
]
"""The classes that tests get hold of: those that are exported, and those of their members and fixtures."""


def fields_with_docstrings(kind: type) -> Iterator[str]:
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    for field, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            yield field.target.id


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_every_member_of_a_public_class_says_what_it_is(kind: type) -> None:
    told = inspect.getdoc(kind) or ""
    fields = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else list(
        getattr(kind, "_fields", ()))
    described = {*re.findall(r"``(\w+)``", told), *fields_with_docstrings(kind)}
    undocumented = [name for name in fields if name not in described]
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        is_ours = any(name in vars(base) and base.__module__.startswith("basicdb_mock.") for base in kind.__mro__)
        if name.startswith("_") or name in fields or not is_ours:
            continue
        if (inspect.isroutine(member) or isinstance(member, property)) and not inspect.getdoc(getattr(kind, name)):
            undocumented.append(name)
    assert told
    assert undocumented == []


def test_every_storage_is_told() -> None:
    assert [scheme for scheme in _OURS if f"`{scheme}:" not in text("storages.md")] == []


def test_every_room_of_the_house_is_in_the_architecture() -> None:
    rooms = {row[0].strip("`/") for row in table_rows(DOCS / "architecture.md")}
    package = ROOT / "basicdb_mock"
    there = {
        path.name for path in package.iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py") or (path / "__init__.py").exists()}
    assert rooms == there


# -- the site ----------------------------------------------------------------------------------------------------------


def test_every_page_is_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages_there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert sorted(re.findall(r"[\w/]+\.md", config)) == sorted(pages_there)


def test_links_to_elsewhere_are_well_formed() -> None:
    for path in [*BY_HAND, ROOT / "README.md"]:
        for link in re.findall(r"\]\((https?:[^)]*)\)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"https?://[\w.-]+\.\w+(/[\w./#%-]*)?", link), (path.name, link)


def test_headings_within_a_page_differ() -> None:
    for path in BY_HAND:
        bare = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        titles = re.findall(r"^#{1,2} .*$", bare, re.MULTILINE)
        assert titles, path
        assert len(titles) == len(set(titles)), path


# -- the grammars that are drawn are those that are read ---------------------------------------------------------------

TOKENS = {
    "name": ["a", "Year", "`some name`", "`a``b`", "_x$1"],
    "literal": ["'x'", '"y"', "'it''s'", "''"],
    "number": ["1", "2500"],
    "character": ["x", " ", "é"],
}


def sentence(rule: Part, rules: dict[str, Part], chance: random.Random, depth: int = 0, glue: str = " ") -> str:
    """A sentence of a grammar, made up; the deeper, the plainer."""

    def say(part: Part) -> str:
        return sentence(part, rules, chance, depth + 1, glue)

    often = 0.5 if depth < 12 else 0.0
    if rule.kind == "choice":
        return say(rule.parts[0] if depth >= 24 else chance.choice(rule.parts))
    if rule.kind == "optional":
        return say(rule.parts[0]) if chance.random() < often else ""
    if rule.kind == "repeated":
        return glue.join(say(rule.parts[0]) for _ in range(chance.choice([0, 1, 2]) if often else 0))
    if rule.kind == "sequence":
        return glue.join(filter(None, map(say, rule.parts)))
    if rule.text in TOKENS:
        return chance.choice(TOKENS[rule.text])
    if rule.text in rules:
        glue = "" if rule.text == "text" else " "
        return sentence(rules[rule.text], rules, chance, depth + 1, glue)
    return rule.text


@pytest.mark.parametrize(("module", "start"), [(select_grammar, "statement"), (query_grammar, "query")])
def test_sentences_made_up_from_the_grammar_are_read(module: ModuleType, start: str) -> None:
    rules, chance = rules_of(module), random.Random(1)
    parser = select_grammar.STATEMENT if module is select_grammar else query_grammar.QUERY
    written = [sentence(rules[start], rules, chance).replace("''", "'x'") if module is query_grammar
               else sentence(rules[start], rules, chance) for _ in range(300)]
    for one in written:
        parser.parse_string(one)
    assert len(set(written)) > 100
    assert {word for one in written for word in one.split()} >= {
        word.text for rule in rules.values() for word in _leaves(rule)
        if word.kind == "word" and word.text not in rules and word.text not in TOKENS and "(" not in word.text}


def _leaves(part: Part) -> list[Part]:
    return [part] if not part.parts else [leaf for inner in part.parts for leaf in _leaves(inner)]
