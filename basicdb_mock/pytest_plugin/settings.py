"""The settings of a test's SimpleDB and their precedence, which is decided here alone.

Each setting is taken from the first of these that has it:

1. the marker ``@pytest.mark.simpledb(...)``, the closest one first: on the test, its class, its module;
2. the fixture ``simpledb_settings``, if it is overridden;
3. the command line, ``--simpledb-...``;
4. the ini file, ``simpledb_...``;
5. the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

OPTIONS = ("storage", "limits", "region", "lag", "seed", "direct")
"""The settings that the command line and the ini file have."""
NAMES = (*OPTIONS[:4], "faults", *OPTIONS[4:])
"""All settings: the marker's keywords, and the keys of what ``simpledb_settings`` returns."""
_SWITCHES = ("direct", "strict", "moto", "shared_server")

_WRITTEN = {
    "storage": (
        "URL", "keep data in this storage; {tmp} stands for a new directory per test, {worker} for the xdist worker"),
    "limits": ("LIMITS", "AWS, RELAXED, or single quotas such as domains=3,item_attributes=10"),
    "region": ("REGION", "the default region of clients; also sets AWS_DEFAULT_REGION"),
    "lag": ("SECONDS", "how stale reads without ConsistentRead are, such as 1.5 or uniform(0,2)"),
}


def add_options(parser: pytest.Parser) -> None:
    """Define the options and ini keys."""
    group = parser.getgroup("simpledb", "Amazon SimpleDB (basicdb-mock)")
    for name, (metavar, told) in _WRITTEN.items():
        group.addoption(f"--simpledb-{name}", dest=f"simpledb_{name}", metavar=metavar, help=told)
        parser.addini(f"simpledb_{name}", told)
    told = "load the data of this file or directory before each test"
    group.addoption(
        "--simpledb-seed", dest="simpledb_seed", action="append", metavar="PATH", help=f"{told} (repeatable)")
    parser.addini("simpledb_seed", told, type="paths")
    told = "answer calls before they are signed and sent: faster, with the same results"
    group.addoption("--simpledb-direct", dest="simpledb_direct", action="store_true", default=None, help=told)
    parser.addini("simpledb_direct", told, type="bool", default=False)
    told = "record each test's SimpleDB requests and answers as a transcript in this directory"
    group.addoption("--simpledb-record", dest="simpledb_record", metavar="DIR", help=told)
    told = "make simpledb_server one server that all pytest-xdist workers share, with an account for each"
    group.addoption(
        "--simpledb-shared-server", dest="simpledb_shared_server", action="store_true", default=None, help=told)
    parser.addini("simpledb_shared_server", told, type="bool", default=False)
    told = "fail tests that would call the real SimpleDB"
    group.addoption("--simpledb-strict", dest="simpledb_strict", action="store_true", default=None, help=told)
    group.addoption(
        "--no-simpledb-strict", dest="simpledb_strict", action="store_false",
        help="turn off simpledb_strict of the ini file")
    parser.addini("simpledb_strict", told, type="bool", default=False)
    parser.addini(
        "simpledb_moto", "answer SimpleDB in moto's mock_aws and moto's servers, too", type="bool", default=True)
    parser.addini("simpledb_calls", "how many of the last calls a failing test shows", default="10")


def option(config: pytest.Config, name: str) -> Any:
    """A setting of the command line, else of the ini file, else ``None``."""
    given = config.getoption(f"simpledb_{name}")
    if given is None:
        given = config.getini(f"simpledb_{name}")
    return given if given not in ("", []) else None


def check_options(config: pytest.Config) -> None:
    """Raise :class:`pytest.UsageError` for a bad value in the ini file or a directory that cannot be recorded to."""
    try:
        for name in _SWITCHES:
            config.getini(f"simpledb_{name}")
    except (ValueError, pytest.UsageError) as problem:  # pytest 8 raises the one, pytest 9 the other
        raise pytest.UsageError(f"simpledb_{name}: {problem}") from None
    shown_calls(config)
    folder: str | None = config.getoption("simpledb_record")
    if folder is not None:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as problem:
            raise pytest.UsageError(f"--simpledb-record {folder}: {problem.strerror}") from None


def shown_calls(config: pytest.Config) -> int:
    """How many of the last calls a failing test shows."""
    written: str = config.getini("simpledb_calls")
    if not written.isdecimal():
        raise pytest.UsageError(f"simpledb_calls takes a number of calls, not {written!r}")
    return int(written)


def given_options(config: pytest.Config) -> dict[str, Any]:
    """The settings of the command line and the ini file."""
    settings = {name: given for name in OPTIONS if (given := option(config, name)) is not None}
    if isinstance(settings.get("limits"), str):
        settings["limits"] = _limits(settings["limits"])
    if "seed" in settings:
        settings["seed"] = _found_from(config.invocation_params.dir, settings["seed"])
    return settings


def settings_for_shared(request: pytest.FixtureRequest, overridden: object) -> dict[str, Any]:
    """The settings of an account of the shared server.

    Raises :class:`pytest.UsageError` for a setting that the whole server has.
    """
    settings = settings_for(request, overridden)
    own = given_options(request.config)
    for name in ("storage", "limits", "lag"):
        if name in settings and settings[name] != own.get(name):
            raise pytest.UsageError(
                f"{request.node.nodeid}: {name} is the same for all tests of the shared server; "
                f"set it with --simpledb-{name}")
    return settings


def settings_for(request: pytest.FixtureRequest, overridden: object) -> dict[str, Any]:
    """The settings of the SimpleDB that a fixture is about to make.  Raises :class:`pytest.UsageError`."""
    settings = given_options(request.config)
    if not isinstance(overridden, Mapping):
        raise pytest.UsageError(f"simpledb_settings must return a mapping, not {overridden!r}")
    settings.update(_in_code(request.config, _checked("the fixture simpledb_settings", overridden)))
    for marker in reversed(list(request.node.iter_markers("simpledb"))):
        settings.update(_in_code(request.config, marker.kwargs))
    return settings


def check_places(storage: str, *known: str) -> None:
    """Raise :class:`pytest.UsageError` for an unknown placeholder, which would become part of a directory's name."""
    for name in re.findall(r"\{(\w*)\}", storage):
        if name not in known:
            told = ", ".join(f"{{{one}}}" for one in known)
            raise pytest.UsageError(f"unknown placeholder {{{name}}} in {storage}; choose from: {told}")


def of_worker(config: pytest.Config, storage: str) -> str:
    """The URL of a storage, with this worker's name for ``{worker}``.

    Raises :class:`pytest.UsageError` for a store that the workers of pytest-xdist would share, each deleting the
    others' data, and for an unknown placeholder.
    """
    check_places(storage, "tmp", "worker")
    input_of_worker: Mapping[str, Any] = getattr(config, "workerinput", {})
    everybodys = storage == option(config, "storage") and "{tmp}" not in storage and "{worker}" not in storage
    if input_of_worker and everybodys and not storage.startswith("memory:"):
        raise pytest.UsageError(
            f"all workers of pytest-xdist would share {storage}: add {{worker}} or {{tmp}} to the URL")
    return storage.replace("{worker}", input_of_worker.get("workerid", "main"))


@contextmanager
def as_asked() -> Iterator[None]:
    """Fails the test with one line, without a traceback, if a setting used inside turns out to be wrong."""
    from basicdb_mock.storage import StorageError

    try:
        yield
    except pytest.UsageError as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None
    except (OSError, StorageError, ValueError) as problem:
        told = f"SimpleDB cannot be started with this test's settings: {problem}"
        raise pytest.fail.Exception(told, pytrace=False) from None


def check_markers(item: pytest.Item) -> None:
    """Raise :class:`pytest.UsageError` for a marker with bad arguments."""
    for marker in item.iter_markers("simpledb"):
        if marker.args:
            raise pytest.UsageError(
                f"{item.nodeid}: the marker simpledb takes only keyword arguments: {', '.join(NAMES)}")
        _checked(f"{item.nodeid}: the marker simpledb", marker.kwargs)


def _checked(who: str, settings: Mapping[Any, Any]) -> Mapping[str, Any]:
    for name in settings:
        if name not in NAMES:
            raise pytest.UsageError(f"{who} has no setting {name!r}; choose from: {', '.join(NAMES)}")
    for name, kind, told in (("direct", bool, "True or False"), ("region", str, "a string")):
        given = settings.get(name)
        if given is not None and not isinstance(given, kind):
            raise pytest.UsageError(f"{who}: {name} takes {told}, not {given!r}")
    return settings


def _in_code(config: pytest.Config, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a marker or of ``simpledb_settings``, whose paths are relative to pytest's root directory."""
    return {name: _found_from(config.rootpath, given) if name == "seed" else given for name, given in settings.items()}


def _found_from(folder: Path, seed: Any) -> Any:
    if isinstance(seed, (str, os.PathLike)):
        return folder / seed
    return [_found_from(folder, part) for part in seed] if isinstance(seed, (list, tuple)) else seed


def _limits(text: str) -> object:
    if "=" not in text:
        return text
    quotas: dict[str, object] = {}
    for part in text.replace(",", " ").split():
        name, _, number = part.partition("=")
        quotas[name] = int(number) if number.isdecimal() else number
    return quotas
