"""What hosting sites and container engines read is what their schemas take: none of them runs here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.documents.reading import code_blocks
from tests.packaging.conftest import ROOT, run

pytestmark = pytest.mark.packaging
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def check(schema: str, *files: Path) -> None:
    """The files are what a schema that comes with check-jsonschema takes."""
    assert files
    run(Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_the_workflows_are_such() -> None:
    check("github-workflows", *sorted((GITHUB / "workflows").glob("*.yml")))


def test_the_issue_forms_are_such() -> None:
    check("github-issue-forms", *FORMS)
    check("github-issue-config", GITHUB / "ISSUE_TEMPLATE" / "config.yml")


def test_the_compose_file_is_one() -> None:
    check("compose-spec", ROOT / "compose.yaml")


def test_the_pipelines_of_the_documents_are_such(tmp_path: Path) -> None:
    seen = []
    for number, block in enumerate(code_blocks(ROOT / "docs" / "howto" / "ci.md", "yaml")):
        schema = "github-workflows" if "runs-on:" in block else "gitlab-ci"
        (tmp_path / f"{number}.yml").write_text(block, encoding="utf-8")
        check(schema, tmp_path / f"{number}.yml")
        seen.append(schema)
    assert seen == ["github-workflows", "github-workflows", "gitlab-ci"]
