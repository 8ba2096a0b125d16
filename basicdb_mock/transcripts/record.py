"""Run a proxy between a client and SimpleDB, and record the requests and answers as a transcript.

Point the client at the address that is printed (an endpoint without TLS). Requests are forwarded to the endpoint,
signed with your own credentials; those of the client are ignored. Credentials, signatures, session tokens and account
numbers are not recorded. Press Ctrl-C to stop and write the transcript.

  basicdb-mock record --endpoint aws --out story.yaml          listens on port 8001
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from basicdb_mock.transcripts.endpoint import AWS, own_key
from basicdb_mock.transcripts.proxy import RecordingProxy
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.transcripts.requesting import Key
from basicdb_mock.transcripts.transcript import DEFAULT_REGION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``basicdb-mock record`` takes."""
    parser.add_argument(
        "--endpoint", required=True, help=f"endpoint to forward requests to: a URL, or {AWS} for the real service")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the transcript to write")
    parser.add_argument("--region", default=DEFAULT_REGION, help="region of the real service (default %(default)s)")
    parser.add_argument("--profile", help="AWS profile whose credentials sign the requests")
    parser.add_argument("--title", help="what the scenario is about")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8001, help="port to listen on, 0 for a free one (default %(default)s)")


def run(arguments: argparse.Namespace, stop: threading.Event | None = None) -> int:
    """Record until interrupted or ``stop`` is set; returns 0, or 1 when nothing was recorded.

    Raises :class:`ValueError` for a bad endpoint, and if there are no credentials for the real service.
    """
    if arguments.endpoint != AWS and not arguments.endpoint.startswith(("http://", "https://")):
        raise ValueError(f"--endpoint takes a URL or {AWS}, not {arguments.endpoint!r}")
    key = own_key(arguments.profile)
    if key is None and arguments.endpoint == AWS:
        raise ValueError("no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --profile")
    title = arguments.title or arguments.out.stem.replace("-", " ")
    recorder = Recorder(title, place=f"basicdb-mock record, {arguments.region}")
    proxy = RecordingProxy(
        recorder, arguments.endpoint, key or Key("testing", "testing"), region=arguments.region,
        host=arguments.host, port=arguments.port,
    )  # fmt: skip
    with proxy:
        sys.stderr.write(f"{proxy.url} records requests to {arguments.endpoint}; Ctrl-C writes {arguments.out}\n")
        sys.stderr.flush()
        _wait(stop or threading.Event())
    recorder.write(arguments.out)
    sys.stderr.write(f"{len(recorder)} exchanges{f' in {arguments.out}' if len(recorder) else ': nothing to write'}\n")
    return 0 if len(recorder) else 1


def _wait(stop: threading.Event) -> None:
    if threading.current_thread() is threading.main_thread():
        previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    else:
        previous = None
    try:
        while not stop.wait(0.2):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
