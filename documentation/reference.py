"""The reference pages, generated from the code by ``python -m documentation``; a test checks that they are current."""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

import basicdb_mock
from basicdb_mock import errors, limits
from basicdb_mock.operations import ACTIONS
from basicdb_mock.pytest_plugin import fixtures, settings
from basicdb_mock.query import grammar as query_grammar
from basicdb_mock.select import grammar as select_grammar
from basicdb_mock.server import cli
from documentation.grammar import diagram, rules_of, text_of

ROOT = Path(__file__).parent.parent
_GENERATED = "\n*This page is generated from the code by `scripts/docs`; a test checks that it is current.*\n"
_TOKENS = {"name", "literal", "number", "text", "character"}


def pages() -> dict[str, str]:
    """All generated files: path below ``docs/`` to content."""
    written = {
        f"reference/{name}.md": _page(make) for name, make in {
            "operations": _operations, "select": _select, "errors": _errors, "limits": _limits, "pytest": _pytest,
            "command_line": _command_line, "control_api": _control_api, "python": _python,
        }.items()
    }
    for language, module in (("select", select_grammar), ("query", query_grammar)):
        rules = rules_of(module)
        for name, rule in rules.items():
            written[f"diagrams/{language}-{name}.svg"] = diagram(rule, {*rules, *_TOKENS})
    return written


def is_current(name: str, written: str, made: str) -> bool:
    """Whether a page is up to date; releases of Python wrap the lines of ``--help`` differently."""
    if name == "reference/command_line.md":
        return written.split() == made.split()
    return written == made


def help_of(command: str | None) -> str:
    """What ``--help`` prints, 100 columns wide."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "102"
    try:
        parser = cli.main_parser() if command is None else cli.parser_of(command)
        return _anywhere(parser.format_help())
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before


def _anywhere(text: str) -> str:
    from basicdb_mock.storage.cluster.commands import default_directory

    return text.replace(str(default_directory()), "/tmp/basicdb-mock-cluster-UID")


def _page(make: Callable[[], Iterator[str]]) -> str:
    first, *rest = make()
    return "\n".join([first, _GENERATED, *rest]).rstrip() + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _plain(docstring: str | None) -> str:
    """A docstring as Markdown: roles become code, literal blocks are fenced."""
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?([\w ]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return re.sub(r"::\n\n((?:    .*\n?|\n)+)", lambda found: f":\n\n```text\n{_dedented(found[1])}\n```\n", text)


def _dedented(block: str) -> str:
    return inspect.cleandoc("\n" + block)


# -- the service -------------------------------------------------------------------------------------------------------


def _operations() -> Iterator[str]:
    yield "# Operations"
    yield (
        "The operations of SimpleDB, by their names in a request (`Action`) and in boto3. For the proofs of each "
        "parameter see [fidelity](../fidelity.md); for the three operations of `simpledbv2`, [exports](../exports.md)."
        "\n")
    known = {name: action for version in ACTIONS.values() for name, action in version.items()}
    yield "| operation | boto3 | what it does |\n|---|---|---|"
    for name in sorted(known):
        docstring = _plain(known[name].__doc__).partition("\n\n")[0]
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        yield f"| `{name}` | {'only by HTTP' if name.startswith('Query') else f'`{method}`'} | {_cell(docstring)} |"


def _select() -> Iterator[str]:
    yield "# Select, and the older Query"
    yield (
        "The grammar of `SelectExpression`. Keywords and functions are case-insensitive; names and values are "
        "case-sensitive. The tests check the parser with sentences generated from these rules. What the rules do not "
        "show, such as when a query may sort and why operators bind as they do, is in "
        "[assumptions](../assumptions.md), with the sources in [fidelity](../fidelity.md).\n")
    yield from _rules("select", select_grammar)
    yield (
        "A `literal` is quoted with `'` or `\"`; double that quote inside it. A `name` is letters, digits, `_` and "
        "`$`, does not begin with a digit and is not a reserved word; or it is anything in backticks, with backticks "
        "inside it doubled. A `number` is a whole number.\n")
    yield "## Query (2007-11-07)\n"
    yield "The language of [Query and QueryWithAttributes](../query_2007.md).\n"
    yield from _rules("query", query_grammar)
    yield r"A `character` is any character except `'` and `\`."


def _rules(language: str, module: Any) -> Iterator[str]:
    yield f"```text\n{text_of(module)}```\n"
    for name in rules_of(module):
        yield f"**{name}**\n\n![{name}, as a railroad diagram](../diagrams/{language}-{name}.svg)\n"


def _errors() -> Iterator[str]:
    yield "# Errors"
    yield (
        "Every error that the service can return, or that an export can fail with. Braces are placeholders, filled "
        "from the request or the limit in force. The *basis* is how we know: observed on the wire, documented by AWS, "
        "or assumed ([assumptions](../assumptions.md)); the *source* is where we know it from. If an error is "
        "*charged*, its body contains `BoxUsage`.\n")
    yield "| code | status | message | basis | source | charged |\n|---|---|---|---|---|---|"
    for row in sorted(errors.CATALOGUE.values(), key=lambda row: (row.code, row.status, row.template)):
        charged = "yes" if row.charged else "no"
        yield (
            f"| `{row.code}` | {row.status} | {_cell(row.template)} | {row.basis.value} | {_cell(row.source)} "
            f"| {charged} |")


def _limits() -> Iterator[str]:
    yield "# Limits"
    yield (
        "Every quota, by its name in `limits={...}`, `--limit NAME=VALUE`, `simpledb_limits` and "
        "`PATCH /_basicdb/limits`. `AWS` is the default; `RELAXED` lifts the limits that only protect the service. You "
        "can also set any single limit:\n")
    yield '```python\nfrom basicdb_mock import SimpleDB\n'
    yield 'simpledb = SimpleDB(limits={"domains": 3})\nassert simpledb.limits.domains == 3\n```\n'
    yield "| limit | AWS | RELAXED | what it limits |\n|---|---|---|---|"
    told = _attribute_docstrings(limits.Limits)
    for name in limits.LIMIT_NAMES:
        aws, relaxed = (_number(getattr(which, name)) for which in (limits.AWS, limits.RELAXED))
        yield f"| `{name}` | {aws} | {'the same' if aws == relaxed else relaxed} | {_cell(_plain(told[name]))} |"


def _number(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else f"{value:,}"


def _attribute_docstrings(kind: type) -> dict[str, str]:
    body = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    told: dict[str, str] = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            told[field.target.id] = ast.literal_eval(after.value)
    return told


# -- the ways in -------------------------------------------------------------------------------------------------------


class _Options:
    """Stands in for pytest's parser and records what is added to it."""

    def __init__(self) -> None:
        self.options: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[tuple[str, str, Any]] = []

    def getgroup(self, *_: str) -> _Options:
        return self

    def addoption(self, name: str, **settings: Any) -> None:
        self.options.append((name, settings))

    def addini(self, name: str, told: str, type: str | None = None, default: object = None) -> None:  # noqa: A002
        self.keys.append((name, told, (type or "text", default)))


def _pytest() -> Iterator[str]:
    yield "# Fixtures, marker, options"
    yield "For how to use them, see [pytest](../pytest.md).\n\n## Fixtures\n"
    yield "| fixture | scope | description |\n|---|---|---|"
    for node in ast.parse(inspect.getsource(fixtures)).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            scope = re.search(r"scope='(\w+)'", ast.unparse(node.decorator_list[0]))
            if ast.unparse(node.decorator_list[0]).startswith("pytest.fixture"):
                told = _cell(_plain(ast.get_docstring(node)))
                yield f"| `{node.name}` | {scope[1] if scope else 'function'} | {told} |"
    yield "\n## The marker\n"
    yield (
        f"`@pytest.mark.simpledb({', '.join(f'{name}=...' for name in settings.NAMES)})` gives the test the fixture "
        "`simpledb` with these settings. The fixture `simpledb_settings` may return the same names.\n")
    parser = _Options()
    settings.add_options(parser)  # type: ignore[arg-type]  # it does what is used of one
    yield "## Command line\n\n| option | description |\n|---|---|"
    for name, option in parser.options:
        value = f" {option['metavar']}" if "metavar" in option else ""
        yield f"| `{name}{value}` | {_cell(option['help'])} |"
    yield "\n## Ini file\n\n| key | type | default | description |\n|---|---|---|---|"
    for name, told, (kind, default) in parser.keys:
        shown = {True: "true", False: "false", None: ""}.get(default, default)
        yield f"| `{name}` | {kind} | {shown} | {_cell(told)} |"


def _command_line() -> Iterator[str]:
    yield "# The command line"
    yield "The output of `--help`, for `basicdb-mock` (or `python -m basicdb_mock`) and each of its commands.\n"
    for command in (None, *cli.COMMANDS):
        yield f"## basicdb-mock{f' {command}' if command else ''}\n\n```text\n{help_of(command).rstrip()}\n```\n"


def _control_api() -> Iterator[str]:
    described = yaml.safe_load((ROOT / "basicdb_mock" / "server" / "openapi.yaml").read_text(encoding="utf-8"))
    yield "# The control API"
    yield f"{described['info']['description'].strip()}\n"
    yield (
        "A running server serves the full description at `/_basicdb/openapi.yaml`. `basicdb_mock.Control` is a Python "
        "client. For how to use the API, see [rehearsal](../rehearsal.md#over-http).\n")
    yield "| request | what it does | query | body | responses |\n|---|---|---|---|---|"
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            query = [f"`{found['name']}`" for found in operation.get("parameters", ()) if found.get("in") == "query"]
            yield (
                f"| `{method.upper()} /_basicdb{path}` | {_cell(operation['summary'])} | {', '.join(query)} "
                f"| {_body(operation)} | {', '.join(operation['responses'])} |")


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    for kind, body in content.items():
        schema = body.get("schema", {})
        named = schema.get("properties", {})
        if named:
            return ", ".join(f"`{name}`" for name in named)
        return f"[{schema['$ref'].rpartition('/')[2]}](../rehearsal.md#faults)" if "$ref" in schema else f"`{kind}`"
    return ""


# -- Python ------------------------------------------------------------------------------------------------------------


def _python() -> Iterator[str]:
    yield "# Python"
    yield "Only what `basicdb_mock` exports is public: see [versions](../../CONTRIBUTING.md#versions).\n"
    for name in basicdb_mock.__all__:
        value = getattr(basicdb_mock, name)
        if value is limits.Limits:
            yield f"## {name}\n\n```text\nLimits(domains=250, ...)\n```\n"
            yield f"{_plain(value.__doc__)} [All of them](limits.md).\n"
        elif inspect.isclass(value):
            yield from _class(name, value)
        elif inspect.isfunction(value):
            yield f"## {name}\n\n```text\n{name}{_signature(value)}\n```\n\n{_plain(value.__doc__)}\n"
        elif inspect.ismodule(value):
            yield f"## {name}\n\n{_plain(value.__doc__)}\n"
            for own in value.__all__:
                found = getattr(value, own)
                yield f"### {name}.{own}\n\n```text\n{own}{_signature(found)}\n```\n\n{_plain(found.__doc__)}\n"
        else:
            yield f"## {name}\n\nOne of the [limits](limits.md): a `Limits`.\n"


def _class(name: str, kind: type) -> Iterator[str]:
    yield f"## {name}\n\n```text\n{name}{_signature(kind)}\n```\n\n{_plain(kind.__doc__)}\n"
    rows = list(_members(kind))
    if rows:
        yield "| member | description |\n|---|---|\n" + "\n".join(rows) + "\n"


def _members(kind: type) -> Iterator[str]:
    for own, member in _static(kind):
        if own.startswith("_") or not (inspect.isroutine(member) or isinstance(member, (property, classmethod))):
            continue
        call = "" if isinstance(member, property) else _signature(getattr(kind, own), bound=True)
        told = _plain(inspect.getdoc(getattr(kind, own))).partition("\n\n")[0]
        yield f"| `{_cell(own + call)}` | {_cell(told)} |"


def _static(kind: type) -> list[tuple[str, Any]]:
    return [(name, inspect.getattr_static(kind, name)) for name in sorted(dir(kind))]


class _Bare:
    """An annotation or a default as it is written in the source."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _signature(value: Any, *, bound: bool = False) -> str:
    signature = inspect.signature(value)
    parameters = [_written(parameter) for parameter in signature.parameters.values()]
    if bound and parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    returned = signature.return_annotation
    if isinstance(returned, str):
        returned = _Bare(returned)
    return str(signature.replace(parameters=parameters, return_annotation=returned))


def _written(parameter: inspect.Parameter) -> inspect.Parameter:
    if isinstance(parameter.annotation, str):
        parameter = parameter.replace(annotation=_Bare(parameter.annotation))
    return parameter.replace(default=_Bare("AWS")) if parameter.default is limits.AWS else parameter
