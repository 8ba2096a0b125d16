"""Replay transcripts of the real SimpleDB against an endpoint: ours, another emulator's, or the real service.

Every domain gets a prefix of its own and is deleted afterwards.  What needs more than an endpoint can give (a clock
that can be set, limits lowered) is told as not applicable.

  basicdb-mock verify --endpoint http://127.0.0.1:8080         our recordings, at a server
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
    """What ``basicdb-mock verify`` takes."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="transcripts, or folders of them (ours)")
    parser.add_argument("--endpoint", required=True, help=f"a URL, or {AWS} for the real service")
    parser.add_argument("--region", default=DEFAULT_REGION, help=f"region of the real service ({DEFAULT_REGION})")
    parser.add_argument("--profile", help="profile of the credentials to use")
    parser.add_argument("--trust", action="append", choices=TRUST_NAMES, help="only those of this trust (repeatable)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write JUnit XML (.xml) or Markdown (.md)")
    parser.add_argument(
        "--yes-real-aws", action="store_true", help="agree to send requests to the real service, which may cost money"
    )


def run(arguments: argparse.Namespace) -> int:
    """Replay; returns 0 when every transcript that applies passed, 1 when not, 2 for wrong usage.

    Raises :class:`ValueError` for transcripts that cannot be read, :class:`OSError` for an endpoint that is not there.
    """
    problem = _usage_problem(arguments)
    if problem:
        sys.stderr.write(f"basicdb-mock verify: {problem}\n")
        return 2
    key = own_key(arguments.profile)
    if key is None and arguments.endpoint == AWS:
        raise ValueError("there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile")
    transcripts = [
        transcript
        for transcript in load_all(arguments.paths or [our_recordings()])
        if not arguments.trust or transcript.trust.value in arguments.trust
    ]
    if not transcripts:
        raise ValueError("there is no transcript to replay")
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
        return "replaying against the real service sends thousands of requests to your account: add --yes-real-aws"
    if arguments.endpoint != AWS and not arguments.endpoint.startswith(("http://", "https://")):
        return f"--endpoint takes a URL or {AWS}, not {arguments.endpoint!r}"
    if arguments.report is not None and arguments.report.suffix not in (".xml", ".md"):
        return f"--report takes a file that ends in .xml or .md, not {arguments.report.name!r}"
    return ""


def verify(
    transcripts: Sequence[Transcript], endpoint: str, region: str, key: Key, progress: TextIO
) -> list[Outcome]:
    """Replay each transcript at an endpoint; how far it has come is told on ``progress``."""
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
    """The transcripts that come with basicdb-mock: in the wheel beside this package, in the repository at its top.

    Raises :class:`ValueError` when they are in neither place.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "recordings", package.parent / "recordings"):
        if folder.is_dir():
            return folder
    raise ValueError("the transcripts of basicdb-mock are not installed here: name some")
