"""A suite of its own for a test to run: with the plug-in and no other, in a world without AWS settings."""

from __future__ import annotations

import os
from pathlib import Path

import boto3  # noqa: F401  # what pytester would have to load anew for every suite
import pytest

import basicdb_mock
import basicdb_mock.intercept.mock
import basicdb_mock.pytest_plugin.served
import basicdb_mock.server.running


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty directory to write a suite in; ``runpytest`` in it has the plug-in."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("PYTHONPATH", str(Path(basicdb_mock.__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others that are installed take seconds
    monkeypatch.setenv("PYTEST_PLUGINS", "basicdb_mock.pytest_plugin.plugin")
    return pytester
