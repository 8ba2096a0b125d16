"""Replay transcripts of the real SimpleDB against an endpoint: ours, another emulator's, or the real service.

Every domain gets a unique prefix and is deleted afterwards.  Transcripts that need more than an endpoint offers (a
clock that can be set, lower limits) are reported as not applicable.

  basicdb-mock verify --endpoint http://127.0.0.1:8080         replay our recordings against a server
  basicdb-mock verify --endpoint aws --yes-real-aws --report report.md mine/
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from basicdb_mock.transcripts.endpoint import AWS, at_endpoint, own_key
from basicdb_mock.transcripts.reading import load_all
from basicdb_mock.transcripts.replay import Outcome, replay
from basicdb_mock.transcripts.report import as_junit, as_markdown, as_text
from basicdb_mock.transcripts.requesting import Key
from basicdb_mock.transcripts.transcript import DEFAULT_REGION, TRUST_NAMES, Transcript

_NOBODY_IN_PARTICULAR = Key("testing", "testing")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the arguments of ``basicdb-mock verify``."""
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="transcripts, or directories of them (default: ours)")
    parser.add_argument("--endpoint", required=True, help=f"endpoint to test: a URL, or {AWS} for the real service")
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="region of the real service (default %(default)s)")
    parser.add_argument("--profile", help="profile of the credentials to use")
    parser.add_argument(
        "--trust", action="append", choices=TRUST_NAMES, help="replay only transcripts of this trust (repeatable)")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="also write a report to FILE: JUnit XML (.xml) or Markdown (.md)")
    parser.add_argument(
        "--yes-real-aws", action="store_true", help="allow requests to the real service, which may cost money"
    )


def run(arguments: argparse.Namespace) -> int:
    """Replay; returns 0 if every transcript that applies passed, 1 if not, 2 for wrong usage.

    Raises :class:`ValueError` for transcripts that cannot be read, :class:`OSError` for an endpoint that is not there.
    """
    problem = _usage_problem(arguments)
    if problem:
        sys.stderr.write(f"basicdb-mock verify: {problem}\n")
        return 2
    key = own_key(arguments.profile)
    if key is None and arguments.endpoint == AWS:
        raise ValueError("no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --profile")
    transcripts = [
        transcript
        for transcript in load_all(arguments.paths or [our_recordings()])
        if not arguments.trust or transcript.trust.value in arguments.trust
    ]
    if not transcripts:
        raise ValueError("no transcripts to replay: --trust or the paths leave none")
    outcomes = verify(transcripts, arguments.endpoint, arguments.region, key or _NOBODY_IN_PARTICULAR, sys.stderr)
    for outcome in outcomes:
        if not outcome.passed:
            sys.stdout.write(f"{outcome.explanation()}\n\n")
    sys.stdout.write(as_text(outcomes))
    if arguments.report is not None:
        as_report = as_junit if arguments.report.suffix == ".xml" else as_markdown
        arguments.report.write_text(as_report(outcomes, arguments.endpoint), encoding="utf-8")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _usage_problem(arguments: argparse.Namespace) -> str:
    if arguments.endpoint == AWS and not arguments.yes_real_aws:
        return "this sends thousands of requests to the real service from your account: add --yes-real-aws to confirm"
    if arguments.endpoint != AWS and not arguments.endpoint.startswith(("http://", "https://")):
        return f"--endpoint takes a URL or {AWS}, not {arguments.endpoint!r}"
    if arguments.report is not None and arguments.report.suffix not in (".xml", ".md"):
        return f"--report takes a file name ending in .xml or .md, not {arguments.report.name!r}"
    return ""


def verify(
    transcripts: Sequence[Transcript], endpoint: str, region: str, key: Key, progress: TextIO
) -> list[Outcome]:
    """Replay each transcript against an endpoint, showing progress on ``progress``."""
    outcomes: list[Outcome] = []
    for number, transcript in enumerate(transcripts, 1):
        _tell(progress, number, len(transcripts), transcript.name)
        with at_endpoint(endpoint, region, key) as stage:
            outcomes.append(replay(transcript, stage))
    _tell(progress, len(transcripts), len(transcripts), "done")
    return outcomes


def _tell(progress: TextIO, number: int, total: int, name: str, width: int = 30) -> None:
    if progress.isatty():
        filled = width * number // total
        end = "\n" if name == "done" else ""
        progress.write(f"\r[{'█' * filled}{'·' * (width - filled)}] {number}/{total} {name:<50.50}{end}")
        progress.flush()
    elif name != "done":
        progress.write(f"{number}/{total} {name}\n")


def our_recordings() -> Path:
    """The transcripts that come with basicdb-mock: in the wheel within this package, in the repository at its top.

    Raises :class:`ValueError` when they are in neither place.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "recordings", package.parent / "recordings"):
        if folder.is_dir():
            return folder
    raise ValueError("the transcripts of basicdb-mock are not installed: give the paths of transcripts")
