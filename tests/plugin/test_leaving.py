"""A run that ends in a process that goes on, such as pytester's, leaves nothing of ours behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

import basicdb_mock
from basicdb_mock.intercept.registry import REGISTRY


@pytest.fixture
def ours_again() -> Iterator[None]:
    """Moto as the plug-in that runs these tests has left it: with ours inside."""
    yield
    basicdb_mock.moto.install()


def module_of_motos_simpledb() -> str:
    import moto.sdb

    return type(moto.sdb.sdb_backends["123456789012"]["us-east-1"]).__module__  # type: ignore[attr-defined]


@pytest.mark.usefixtures("ours_again")
def test_moto_gets_its_own_simpledb_back(suite: pytest.Pytester) -> None:
    basicdb_mock.moto.uninstall()
    suite.makepyfile("""
        import moto.sdb

        def test_it():
            assert "basicdb_mock" in type(moto.sdb.sdb_backends["123456789012"]["us-east-1"]).__module__
    """)
    suite.runpytest_inprocess().assert_outcomes(passed=1)
    assert module_of_motos_simpledb() == "moto.sdb.models"


@pytest.mark.usefixtures("ours_again")
def test_what_was_inside_moto_before_stays_there(suite: pytest.Pytester) -> None:
    basicdb_mock.moto.uninstall()
    basicdb_mock.moto.install()
    suite.makepyfile("def test_it(): pass")
    suite.runpytest_inprocess().assert_outcomes(passed=1)
    assert module_of_motos_simpledb() == "basicdb_mock.intercept.moto"


def test_strict_mode_of_a_run_around_it_goes_on(suite: pytest.Pytester) -> None:
    refused: list[str] = []
    before = REGISTRY.refuse(lambda url, _: refused.append(url))
    try:
        suite.makepyfile("def test_it(): pass")
        suite.runpytest_inprocess("--simpledb-strict").assert_outcomes(passed=1)
        assert REGISTRY.answering("https://sdb.amazonaws.com/") is None
        assert refused == ["https://sdb.amazonaws.com/"]
    finally:
        REGISTRY.refuse(before)


def test_strict_mode_gives_back_the_functions_of_sockets(suite: pytest.Pytester) -> None:
    before = dict(vars(socket)), dict(vars(socket.socket)), REGISTRY.on_activation
    suite.makepyfile("def test_it(): pass")
    suite.runpytest_inprocess("--simpledb-strict").assert_outcomes(passed=1)
    assert (dict(vars(socket)), dict(vars(socket.socket)), REGISTRY.on_activation) == before
