"""The fidelity ledger, docs/fidelity.md: every operation, parameter, error and limit with its proof.

``python -m basicdb_mock.transcripts.ledger`` writes it, from the error catalogue, the operations, the limits and the
recordings; with ``--check`` it only tells whether it is up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from basicdb_mock.errors import CATALOGUE, Basis, Error
from basicdb_mock.limits import AWS
from basicdb_mock.operations import ACTIONS
from basicdb_mock.transcripts.known import EXPORTS, LIMIT_PROOFS, OPERATIONS, REQUEST_PARAMETERS, page_link
from basicdb_mock.transcripts.reading import load_all
from basicdb_mock.transcripts.transcript import TRUST_NAMES, Exchange, Transcript
from basicdb_mock.transcripts.verify import our_recordings

ASSUMED = "assumed: see [assumptions.md](assumptions.md)"
UNPROVEN = "nothing"
_SHOWN = 3
_NUMBER = re.compile(r"\.\d+(?=\.|$)")
_ERROR = re.compile(r"<Code>(.*?)</Code>\s*<Message>(.*?)</Message>", re.DOTALL)
_SLOT = re.compile(r"\\\{\w+\\\}")


_OPENING = """\
# Fidelity

How we know what SimpleDB does: each operation, parameter, error and limit with its proof. A proof is an exchange of the
[recordings](../recordings/README.md), which are replayed on every run of the tests, with how far it can be trusted
(`bytes`, `structure`, `behaviour`, `documented`); or a page of AWS's documentation; or nothing but our own choice,
which [assumptions.md](assumptions.md) tells.

There are {transcripts} transcripts with {exchanges} exchanges. This page is generated:
`python -m basicdb_mock.transcripts.ledger`.
"""


class Proof(NamedTuple):
    """An exchange that proves something."""

    transcript: Transcript
    exchange: Exchange

    def __str__(self) -> str:
        return f"[{self.transcript.name}](../recordings/{self.transcript.name}.yaml)#{self.exchange.id}"


def proofs_of(transcripts: Iterable[Transcript]) -> list[Proof]:
    """Every exchange, the most trustworthy first."""
    proofs = [Proof(transcript, exchange) for transcript in transcripts for exchange in transcript.exchanges]
    return sorted(proofs, key=lambda proof: TRUST_NAMES.index(proof.transcript.trust.value))


def proves_error(proof: Proof, error: Error) -> bool:
    """Whether an exchange shows an error: its code, and its text or, where only one error has the code, the code."""
    code, message = _error_of(proof.exchange)
    if code is None and message is None:
        return False
    if code is not None and code != error.code:
        return False
    if message is not None:
        return re.fullmatch(_SLOT.sub(".*", re.escape(error.template)), message, re.DOTALL) is not None
    return sum(1 for other in CATALOGUE.values() if other.code == code) == 1


def _error_of(exchange: Exchange) -> tuple[str | None, str | None]:
    expect = exchange.expect
    if expect.error is not None:
        return expect.error.code, expect.error.message
    found = _ERROR.search(expect.body or "")
    return (found[1], found[2]) if found else (None, None)


def uses_parameter(exchange: Exchange, operation: str, parameter: str) -> bool:
    """Whether a successful call of an operation has a parameter (``Attribute.N.Name`` with any number)."""
    failed = exchange.expect.error is not None or _error_of(exchange)[0] is not None
    given = {*exchange.call.parameters, *(name for name, value in _general(exchange) if value is not None)}
    return (
        exchange.call.action == operation
        and not failed
        and any(_NUMBER.sub(".N", name) == parameter for name in given)
    )


def _general(exchange: Exchange) -> list[tuple[str, str | None]]:
    return [("Action", exchange.call.action), ("Version", exchange.call.version)]


def shown(proofs: Sequence[Proof], otherwise: str) -> str:
    """The first few proofs, or what there is instead."""
    if not proofs:
        return otherwise
    trust = proofs[0].transcript.trust.value
    rest = f", and {len(proofs) - _SHOWN} more" if len(proofs) > _SHOWN else ""
    return f"{trust}: {', '.join(str(proof) for proof in proofs[:_SHOWN])}{rest}"


def ledger(transcripts: Sequence[Transcript]) -> str:
    """The text of docs/fidelity.md."""
    proofs = proofs_of(transcripts)
    parts = [_opening(transcripts), *_operations(proofs), *_requests(proofs), *_exports()]
    parts += [*_errors(proofs), *_limits(proofs), *_facts(proofs), *_index(transcripts)]
    return "\n".join(parts) + "\n"


def _opening(transcripts: Sequence[Transcript]) -> str:
    exchanges = sum(len(transcript.exchanges) for transcript in transcripts)
    return _OPENING.format(transcripts=len(transcripts), exchanges=exchanges)


def _table(*heading: str) -> list[str]:
    return [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]


def _operations(proofs: Sequence[Proof]) -> Iterator[str]:
    yield "## Operations\n"
    for operation in sorted({name for actions in ACTIONS.values() for name in actions}):
        parameters = OPERATIONS[operation]
        mine = [proof for proof in proofs if proof.exchange.call.action == operation]
        versions = " and ".join(sorted((version for version in ACTIONS if operation in ACTIONS[version]), reverse=True))
        yield f"### {operation}\n"
        yield f"Version {versions}. {page_link(f'DG/SDB_API_{operation}')}. {len(mine)} exchanges: {_by_trust(mine)}.\n"
        yield from _table("parameter", "proof")
        for parameter in parameters:
            using = [proof for proof in mine if uses_parameter(proof.exchange, operation, parameter)]
            yield f"| `{parameter}` | {shown(using, page_link(f'DG/SDB_API_{operation}'))} |"
        yield ""


def _by_trust(proofs: Sequence[Proof]) -> str:
    counts = {trust: sum(1 for proof in proofs if proof.transcript.trust.value == trust) for trust in TRUST_NAMES}
    return ", ".join(f"{count} {trust}" for trust, count in counts.items() if count) or "none"


def _requests(proofs: Sequence[Proof]) -> Iterator[str]:
    yield "## Parameters of every request\n"
    yield from _table("parameter", "proof")
    for parameter, (meets, page) in REQUEST_PARAMETERS.items():
        yield f"| `{parameter}` | {shown(_meeting(proofs, meets), page_link(page))} |"
    yield ""


def _meeting(proofs: Sequence[Proof], meets: Callable[[Transcript, Exchange], bool]) -> list[Proof]:
    return [proof for proof in proofs if meets(proof.transcript, proof.exchange)]


def _exports() -> Iterator[str]:
    yield "## Exports\n"
    yield "No answer of the export API (simpledbv2, 2025-09-26) is public; all of it is documented.\n"
    yield from _table("operation", "parameters", "proof")
    for operation, parameters in EXPORTS.items():
        told = ", ".join(f"`{parameter}`" for parameter in parameters)
        yield f"| {operation} | {told} | {page_link(f'DG/SDB_API_{operation}')} |"
    yield ""


def _errors(proofs: Sequence[Proof]) -> Iterator[str]:
    yield "## Errors\n"
    yield from _table("error", "status", "message", "BoxUsage", "proof")
    for name, error in sorted(CATALOGUE.items(), key=lambda row: (row[1].code, row[0])):
        found = [proof for proof in proofs if proves_error(proof, error)]
        charged = "yes" if error.charged else "no"
        message = error.template.replace("|", "\\|")
        yield f"| {error.code}<br>`{name}` | {error.status} | `` {message} `` | {charged} | {_proof(error, found)} |"
    yield ""


def _proof(error: Error, found: Sequence[Proof]) -> str:
    if error.basis is Basis.ASSUMED:
        return f"{ASSUMED} ({error.source})"
    return shown(found, f"{error.basis.value}: {page_link(error.source)}")


def _limits(proofs: Sequence[Proof]) -> Iterator[str]:
    yield "## Limits\n"
    yield from _table("limit", "AWS's", "proof")
    by_name = {f"{proof.transcript.name}#{proof.exchange.id}": proof for proof in proofs}
    for field in fields(AWS):
        known = LIMIT_PROOFS.get(field.name, ())
        told = [str(by_name[name]) for name in known if name in by_name]
        told += [ASSUMED if name == "assumed" else page_link(name) for name in known if name not in by_name]
        yield f"| `{field.name}` | `{getattr(AWS, field.name)}` | {', '.join(told) or UNPROVEN} |"
    yield ""


def _facts(proofs: Sequence[Proof]) -> Iterator[str]:
    yield "## What the recordings prove beside that\n"
    yield from _table("fact", "trust", "proof")
    for proof in proofs:
        for fact in proof.exchange.proves:
            yield f"| {fact.replace('|', chr(92) + '|')} | {proof.transcript.trust.value} | {proof} |"
    yield ""


def _index(transcripts: Sequence[Transcript]) -> Iterator[str]:
    yield "## The recordings\n"
    yield from _table("transcript", "about", "trust", "exchanges", "source")
    for transcript in transcripts:
        sources = "; ".join(dict.fromkeys(str(source) for source in transcript.sources))
        link = f"[{transcript.name}](../recordings/{transcript.name}.yaml)"
        yield f"| {link} | {transcript.title} | {transcript.trust.value} | {len(transcript.exchanges)} | {sources} |"


def main(arguments: Sequence[str]) -> int:
    """Write the ledger of the repository this package is in, or with ``--check`` tell whether it is stale."""
    recordings = our_recordings()
    page = recordings.parent / "docs" / "fidelity.md"
    text = ledger(load_all([recordings]))
    if "--check" not in arguments:
        page.write_text(text, encoding="utf-8")
        return 0
    if page.is_file() and page.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{page} is stale: run python -m basicdb_mock.transcripts.ledger\n")
    return 1


def ledger_page() -> Path:
    """Where the ledger of the repository is."""
    return our_recordings().parent / "docs" / "fidelity.md"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
