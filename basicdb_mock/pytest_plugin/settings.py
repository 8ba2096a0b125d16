"""What a test's SimpleDB is like, and who decides: the one place where precedence stands.

For each setting by itself, the first of these that names it counts:

1. the marker ``@pytest.mark.simpledb(...)``, the closest one first: on the test, its class, its module;
2. the fixture ``simpledb_settings``, when it is overridden;
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
"""The settings that the command line and the ini file know."""
NAMES = (*OPTIONS[:4], "faults", *OPTIONS[4:])
"""The settings there are: the marker's keywords, and what ``simpledb_settings`` may return."""
_SWITCHES = ("direct", "strict", "moto", "shared_server")

_WRITTEN = {
    "storage": ("URL", "keep data in this storage; {tmp} in it is a new directory for each test, {worker} the worker"),
    "limits": ("LIMITS", "AWS, RELAXED, or quotas such as domains=3,item_attributes=10"),
    "region": ("REGION", "the region of clients that are not told, also as AWS_DEFAULT_REGION"),
    "lag": ("SECONDS", "how far reads without ConsistentRead are behind, such as 1.5 or uniform(0,2)"),
}


def add_options(parser: pytest.Parser) -> None:
    """Define the options and ini keys."""
    group = parser.getgroup("simpledb", "Amazon SimpleDB (basicdb-mock)")
    for name, (metavar, told) in _WRITTEN.items():
        group.addoption(f"--simpledb-{name}", dest=f"simpledb_{name}", metavar=metavar, help=told)
        parser.addini(f"simpledb_{name}", told)
    told = "put the data of this file or directory in before each test"
    group.addoption(
        "--simpledb-seed", dest="simpledb_seed", action="append", metavar="PATH", help=f"{told} (repeatable)")
    parser.addini("simpledb_seed", told, type="paths")
    told = "answer calls before they are signed and sent: quicker, with the same results"
    group.addoption("--simpledb-direct", dest="simpledb_direct", action="store_true", default=None, help=told)
    parser.addini("simpledb_direct", told, type="bool", default=False)
    told = "write what each test asks SimpleDB for, and the answers, as a transcript in this directory"
    group.addoption("--simpledb-record", dest="simpledb_record", metavar="DIR", help=told)
    told = "let simpledb_server be one server for all workers of pytest-xdist, with an account for each"
    group.addoption(
        "--simpledb-shared-server", dest="simpledb_shared_server", action="store_true", default=None, help=told)
    parser.addini("simpledb_shared_server", told, type="bool", default=False)
    told = "fail a test that calls a SimpleDB of AWS that nothing answers"
    group.addoption("--simpledb-strict", dest="simpledb_strict", action="store_true", default=None, help=told)
    group.addoption(
        "--no-simpledb-strict", dest="simpledb_strict", action="store_false", help="the opposite, against the ini file")
    parser.addini("simpledb_strict", told, type="bool", default=False)
    parser.addini("simpledb_moto", "answer SimpleDB inside moto's mock_aws and servers too", type="bool", default=True)
    parser.addini("simpledb_calls", "how many of the last calls a failing test shows", default="10")


def option(config: pytest.Config, name: str) -> Any:
    """A setting of the command line or, when it is not given there, of the ini file; ``None`` for neither."""
    given = config.getoption(f"simpledb_{name}")
    if given is None:
        given = config.getini(f"simpledb_{name}")
    return given if given not in ("", []) else None


def check_options(config: pytest.Config) -> None:
    """Raise :class:`pytest.UsageError` for what the ini file says in vain, and where nothing can be recorded."""
    try:
        for name in _SWITCHES:
            config.getini(f"simpledb_{name}")
    except (ValueError, pytest.UsageError) as problem:  # a fault of its own to pytest 8, a usage error to pytest 9
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
    """The settings of an account of the shared server.  Raises :class:`pytest.UsageError` for what is the server's."""
    settings = settings_for(request, overridden)
    own = given_options(request.config)
    for name in ("storage", "limits", "lag"):
        if name in settings and settings[name] != own.get(name):
            raise pytest.UsageError(
                f"{request.node.nodeid}: {name} of the shared server is everybody's; set it by --simpledb-{name}")
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
    """Raise :class:`pytest.UsageError` for a name in braces that nothing stands for: it would be a directory's."""
    for name in re.findall(r"\{(\w*)\}", storage):
        if name not in known:
            told = ", ".join(f"{{{one}}}" for one in known)
            raise pytest.UsageError(f"nothing stands for {{{name}}} in {storage}; there is: {told}")


def of_worker(config: pytest.Config, storage: str) -> str:
    """The URL of a storage with this worker's name in it, where it has a place for it.

    Raises :class:`pytest.UsageError` for a store that all workers of pytest-xdist would clear for each other, and for a
    place that there is not.
    """
    check_places(storage, "tmp", "worker")
    input_of_worker: Mapping[str, Any] = getattr(config, "workerinput", {})
    everybodys = storage == option(config, "storage") and "{tmp}" not in storage and "{worker}" not in storage
    if input_of_worker and everybodys and not storage.startswith("memory:"):
        raise pytest.UsageError(
            f"{storage} is one store for all workers of pytest-xdist: write {{worker}} or {{tmp}} where they differ")
    return storage.replace("{worker}", input_of_worker.get("workerid", "main"))


@contextmanager
def as_asked() -> Iterator[None]:
    """What is made inside, somebody asked for: a setting that makes no sense is told without where we noticed."""
    from basicdb_mock.storage import StorageError

    try:
        yield
    except pytest.UsageError as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None
    except (OSError, StorageError, ValueError) as problem:
        told = f"SimpleDB cannot be made as the test's settings say: {problem}"
        raise pytest.fail.Exception(told, pytrace=False) from None


def check_markers(item: pytest.Item) -> None:
    """Raise :class:`pytest.UsageError` for a marker that says what it cannot."""
    for marker in item.iter_markers("simpledb"):
        if marker.args:
            raise pytest.UsageError(f"{item.nodeid}: the marker simpledb takes keywords only: {', '.join(NAMES)}")
        _checked(f"{item.nodeid}: the marker simpledb", marker.kwargs)


def _checked(who: str, settings: Mapping[Any, Any]) -> Mapping[str, Any]:
    for name in settings:
        if name not in NAMES:
            raise pytest.UsageError(f"{who} has no {name!r}; there are: {', '.join(NAMES)}")
    for name, kind, told in (("direct", bool, "True or False"), ("region", str, "a text")):
        given = settings.get(name)
        if given is not None and not isinstance(given, kind):
            raise pytest.UsageError(f"{who}: {name} takes {told}, not {given!r}")
    return settings


def _in_code(config: pytest.Config, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a marker or of ``simpledb_settings``, whose paths do not depend on where pytest is called."""
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
