"""docs/fidelity.md: up to date, and a row for everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from basicdb_mock.errors import CATALOGUE, NO_SUCH_DOMAIN, NO_SUCH_DOMAIN_TO_EXPORT
from basicdb_mock.limits import Limits
from basicdb_mock.operations import ACTIONS
from basicdb_mock.transcripts.known import EXPORTS, LIMIT_PROOFS, OPERATIONS
from basicdb_mock.transcripts.ledger import (
    ASSUMED,
    UNPROVEN,
    ledger,
    ledger_page,
    main,
    proofs_of,
    proves_error,
)
from tests.exports.asking import needs_simpledbv2

from .recordings import all_transcripts

PAGE = ledger_page().read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    assert ledger(all_transcripts()) == PAGE, "run python -m basicdb_mock.transcripts.ledger"


def test_a_stale_page_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    monkeypatch.setattr(Path, "read_text", lambda self, encoding: PAGE + "!" if self == ledger_page() else _read(self))

    assert main(["--check"]) == 1
    assert "is stale: run python -m basicdb_mock.transcripts.ledger" in capsys.readouterr().err


def _read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_error_has_a_row_with_a_proof(name: str) -> None:
    (row,) = [line for line in PAGE.split("\n") if f"<br>`{name}` |" in line]

    proof = row.split(" | ")[-1]
    assert proof.strip(" |") not in ("", UNPROVEN)
    assert ("assumed" in proof) == (CATALOGUE[name].basis.value == "assumed")


@pytest.mark.parametrize("operation", sorted({name for actions in ACTIONS.values() for name in actions}))
def test_every_operation_and_parameter_has_a_row(operation: str) -> None:
    section = PAGE.split(f"### {operation}\n")[1].split("\n## ")[0].split("\n### ")[0]

    for parameter in OPERATIONS[operation]:
        assert f"\n| `{parameter}` | " in section


@pytest.mark.parametrize("field", fields(Limits), ids=lambda field: field.name)
def test_every_limit_has_a_row_with_a_proof(field: Any) -> None:
    (row,) = [line for line in PAGE.split("\n") if line.startswith(f"| `{field.name}` |")]

    assert UNPROVEN not in row, f"tell in known.py where the limit {field.name} is from"


def test_proofs_of_limits_are_there() -> None:
    exchanges = {f"{proof.transcript.name}#{proof.exchange.id}" for proof in proofs_of(all_transcripts())}
    for named in {name for names in LIMIT_PROOFS.values() for name in names}:
        assert named in exchanges or named == "assumed" or named.startswith("DG/"), named


def wire_names(shape: Any, prefix: str = "") -> Iterator[str]:
    """The parameters of an operation as they travel, ``N`` for numbers."""
    for name, member in shape.members.items():
        here = prefix + member.serialization.get("name", name)
        if member.type_name == "list":
            inner = member.member
            listed = prefix + (inner.serialization.get("name") or name)
            yield from wire_names(inner, f"{listed}.N.") if inner.type_name == "structure" else [f"{listed}.N"]
        elif member.type_name == "structure":
            yield from wire_names(member, f"{here}.")
        else:
            yield here


@pytest.mark.parametrize("operation", sorted(ACTIONS["2009-04-15"]))
def test_the_parameters_are_those_of_the_service_model(operation: str) -> None:
    model = Session().get_service_model("sdb", "2009-04-15").operation_model(operation)
    ours = set(OPERATIONS[operation])

    # A bare AttributeName and numbered conditions are accepted too, which the model does not tell; the encodings it
    # names belong to answers, which share the shape.
    ours -= {"AttributeName"} | {name for name in ours if name.startswith("Expected.N.")}
    told = set(wire_names(model.input_shape) if model.input_shape else ())
    assert {name for name in told if not name.endswith("Encoding")} == ours


@needs_simpledbv2
def test_the_export_operations_are_those_of_the_service_model() -> None:
    model = Session().get_service_model("simpledbv2")

    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    assert {name: set(shape.members) for name, shape in shapes.items() if shape is not None} == {
        name: set(parameters) for name, parameters in EXPORTS.items()
    }


def test_an_error_is_proven_by_its_code_and_text() -> None:
    proving = [proof for proof in proofs_of(all_transcripts()) if proves_error(proof, NO_SUCH_DOMAIN)]

    assert proving[0].transcript.trust.value == "bytes"
    assert {proof.exchange.call.action for proof in proving} >= {"Select", "PutAttributes", "DomainMetadata"}
    assert not [proof for proof in proofs_of(all_transcripts()) if proves_error(proof, NO_SUCH_DOMAIN_TO_EXPORT)]


def test_what_nobody_saw_is_said_to_be_assumed() -> None:
    assumed = [name for name, error in CATALOGUE.items() if error.basis.value == "assumed"]

    assert PAGE.count(ASSUMED) >= len(assumed) > 0
