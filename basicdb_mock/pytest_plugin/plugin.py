"""The hooks of the pytest plug-in."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from basicdb_mock.intercept import seams
from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.pytest_plugin.fixtures import (  # noqa: F401  # pytest finds them here
    simpledb,
    simpledb_client,
    simpledb_domain,
    simpledb_module,
    simpledb_running_server,
    simpledb_server,
    simpledb_server_module,
    simpledb_server_session,
    simpledb_session,
    simpledb_settings,
    simpledb_shared_place,
)
from basicdb_mock.pytest_plugin.report import CallsOfTest, add_section
from basicdb_mock.pytest_plugin.settings import (
    NAMES,
    OPTIONS,
    add_options,
    check_markers,
    check_options,
    option,
    shown_calls,
)

if TYPE_CHECKING:
    from basicdb_mock.pytest_plugin.shared import SharedServer
    from basicdb_mock.pytest_plugin.strict import Strict

_CALLS = pytest.StashKey[CallsOfTest]()
_STRICT: pytest.StashKey[Strict] = pytest.StashKey()
_SHARED: pytest.StashKey[SharedServer] = pytest.StashKey()
_BEFORE = pytest.StashKey[Any]()
_MOTO = pytest.StashKey[bool]()
_OF_A_TEST = frozenset({"simpledb", "simpledb_server"})
_OF_SEVERAL = frozenset({"simpledb_module", "simpledb_session", "simpledb_server_module", "simpledb_server_session"})


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"simpledb({', '.join(f'{name}=...' for name in NAMES)}): "
        "give the test the fixture simpledb with these settings")
    check_options(config)
    seams.listen()
    config.stash[_MOTO] = bool(config.getini("simpledb_moto")) and seams.install_moto()
    config.stash[_BEFORE] = REGISTRY.on_activation
    config.stash[_CALLS] = calls = CallsOfTest()
    REGISTRY.on_activation = calls.note
    if option(config, "strict"):
        from basicdb_mock.pytest_plugin.strict import Strict

        config.stash[_STRICT] = strict = Strict()
        strict.start()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called in the controller of pytest-xdist before each worker starts."""
    config: pytest.Config = node.config
    if not option(config, "shared_server"):
        return
    if _SHARED not in config.stash:
        from basicdb_mock.pytest_plugin.shared import SharedServer

        config.stash[_SHARED] = SharedServer(config)
    node.workerinput["simpledb_shared_server"] = config.stash[_SHARED].place()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SHARED in config.stash:
        config.stash[_SHARED].stop()
    if _BEFORE in config.stash:
        REGISTRY.on_activation = config.stash[_BEFORE]
    if _STRICT in config.stash:
        config.stash[_STRICT].stop()
    if config.stash.get(_MOTO, False):  # else it was installed before this run, such as by the run around pytester's
        seams.uninstall_moto()


def pytest_report_header(config: pytest.Config) -> str | None:
    told = [f"{name} {given}" for name in OPTIONS if (given := option(config, name))]
    if _STRICT in config.stash:
        told.append("strict")
    if option(config, "shared_server"):
        told.append("shared server")
    return f"simpledb: {', '.join(told)}" if told else None


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.get_closest_marker("simpledb") is None:
        return
    check_markers(item)
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None or _OF_A_TEST.intersection(names):
        return
    shared = sorted(_OF_SEVERAL.intersection(names))
    if not shared:
        names.insert(0, "simpledb")
    elif any(marker.name == "simpledb" and marker.kwargs for marker in item.own_markers):
        raise pytest.UsageError(
            f"{item.nodeid}: the marker simpledb of a single test cannot change {' and '.join(shared)}, "
            "which other tests share; mark the module, or override simpledb_settings")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[_CALLS].begin()
    if _STRICT in item.config.stash:
        item.config.stash[_STRICT].begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    folder = item.config.getoption("simpledb_record")
    if folder is None:
        return (yield)
    from basicdb_mock.transcripts.in_process import record, transcript_of_test

    with record(transcript_of_test(folder, item.nodeid), title=item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _STRICT in item.config.stash:
        item.config.stash[_STRICT].check(report)
    if report.failed:
        add_section(report, item.config.stash[_CALLS], shown_calls(item.config))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    if op != "==" or not any(type(side).__module__.startswith("basicdb_mock.") for side in (left, right)):
        return None
    from basicdb_mock.pytest_plugin.comparing import explain

    return explain(left, right)
