"""What is in the wheel and in the sdist, and what they say of themselves."""

from __future__ import annotations

import configparser
import re
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from basicdb_mock import __version__
from tests.packaging.conftest import ROOT, Built, run

pytestmark = pytest.mark.packaging
DIST_INFO = f"basicdb_mock-{__version__}.dist-info"
NOT_IN_THE_SDIST = re.compile(r"\.ci/|\.github/|\.gitignore|\.dockerignore|\.pre-commit|Dockerfile|compose\.yaml")
GENERATED = {"PKG-INFO"} | {
    f"basicdb_mock.egg-info/{name}"
    for name in ("PKG-INFO", "SOURCES.txt", "dependency_links.txt", "entry_points.txt", "requires.txt", "top_level.txt")
}


def test_the_wheel_holds_exactly_the_package(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    package = {path for path in built.sources if path.startswith("basicdb_mock/")}
    recordings = {
        f"basicdb_mock/{path}" for path in built.sources if path.startswith("recordings/") and not path.endswith(".py")}
    described = {
        f"{DIST_INFO}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
    }
    assert names == package | recordings | described


def test_the_sdist_holds_exactly_what_is_kept_but_the_hosting_sites_files(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        root = f"basicdb_mock-{__version__}/"
        names = {member.name.removeprefix(root) for member in sdist.getmembers() if member.isfile()}
    kept = {path for path in built.sources if not NOT_IN_THE_SDIST.match(path)}
    assert names == kept | GENERATED


def test_the_package_says_that_it_is_typed(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        assert wheel.read("basicdb_mock/py.typed") == b""


def test_every_file_of_the_wheel_can_be_read_by_everyone(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        closed = [entry.filename for entry in wheel.infolist() if entry.external_attr >> 16 & 0o044 != 0o044]
    assert closed == []


def test_the_index_would_take_them(built: Built) -> None:
    told = run(sys.executable, "-m", "twine", "check", "--strict", built.wheel, built.sdist)
    assert told.count("PASSED") == 2


def test_the_wheel_has_no_common_mistake(built: Built) -> None:
    assert "OK" in run(Path(sys.executable).parent / "check-wheel-contents", built.wheel)


def test_the_metadata_says_what_setup_cfg_says(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        metadata = Parser().parsestr(wheel.read(f"{DIST_INFO}/METADATA").decode())
    assert metadata["Name"] == "basicdb-mock"
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert (metadata["License-Expression"] or metadata["License"]) == "Apache-2.0"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_all("Provides-Extra") == ["moto", "async", "cluster", "all", "test", "docs", "dev"]
    classified = re.findall(r"Python :: (3\.\d+)$", "\n".join(metadata.get_all("Classifier", [])), re.MULTILINE)
    assert classified == ["3.10", "3.11", "3.12", "3.13"]


def test_every_requirement_has_a_lower_bound(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        metadata = Parser().parsestr(wheel.read(f"{DIST_INFO}/METADATA").decode())
    unbound = [
        requirement for requirement in metadata.get_all("Requires-Dist", [])
        if not re.search("[>=]=", requirement.partition(";")[0]) and not requirement.startswith("types-")
    ]
    assert unbound == []


def test_the_entry_points_are_the_command_and_the_plugin(built: Built) -> None:
    parser = configparser.ConfigParser()
    with zipfile.ZipFile(built.wheel) as wheel:
        parser.read_string(wheel.read(f"{DIST_INFO}/entry_points.txt").decode())
    assert {section: dict(parser[section]) for section in parser.sections()} == {
        "console_scripts": {"basicdb-mock": "basicdb_mock.server.cli:main"},
        "pytest11": {"basicdb_mock": "basicdb_mock.pytest_plugin.plugin"},
    }


def test_the_oldest_releases_are_those_that_tox_installs() -> None:
    bounds = run(sys.executable, ROOT / "scripts" / "minimum").split()
    assert "boto3==1.34.70" in bounds
    assert all(re.fullmatch(r"[A-Za-z0-9-]+==\d[\d.]*", bound) for bound in bounds)
    assert bounds == sorted(bounds)
