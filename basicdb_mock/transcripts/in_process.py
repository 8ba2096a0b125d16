"""Recording boto3 code in this process.

It patches botocore's ``Endpoint._do_get_response``, through which every request and its answer pass, including those
that a mock answers.  Tested with botocore 1.34.70 to 1.44; the canary is in ``tests/transcripts/test_in_process.py``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

from basicdb_mock.intercept.botocore import LISTENERS
from basicdb_mock.transcripts.recorder import Recorder
from basicdb_mock.wire.message import Request, Response

_lock = threading.Lock()
_recorders: list[Recorder] = []
_original: Callable[..., Any] | None = None


@contextmanager
def record(path: str | PathLike[str], *, title: str | None = None) -> Iterator[Recorder]:
    """Record all SimpleDB calls that boto3 makes inside the ``with`` block, in every thread, as a transcript.

    It records whatever answers: the real service, another endpoint or a mock.  ``path`` is the file to write;
    ``title`` is the transcript's title (default: from the file's name).  The file is written when the block ends, also
    with an exception, but not if there were no calls.  Raises :class:`OSError` if it cannot be written.
    """
    file = Path(path)
    recorder = Recorder(title or file.stem.replace("-", " ").replace("_", " "))
    _listen(recorder)
    try:
        yield recorder
    finally:
        _stop(recorder)
        recorder.write(file)


def transcript_of_test(folder: str | PathLike[str], node_id: str) -> Path:
    """Where ``pytest --simpledb-record FOLDER`` writes a test's transcript: a folder per module, a file per test."""
    module, _, name = node_id.partition("::")
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-")[:100]
    if plain != name:  # two names may have become one
        plain += f"-{sha256(node_id.encode('utf-8', 'replace')).hexdigest()[:8]}"
    parts = [part for part in Path(module).with_suffix("").parts if part not in ("/", "..")]
    return Path(folder, *parts, f"{plain or 'test'}.yaml")


def _listen(recorder: Recorder) -> None:
    global _original  # noqa: PLW0603 - what is to be put back
    endpoint = _endpoint()
    with _lock:
        _recorders.append(recorder)
        LISTENERS.append(recorder)
        if _original is None:
            _original = endpoint._do_get_response
            endpoint._do_get_response = _heard(_original)


def _stop(recorder: Recorder) -> None:
    global _original  # noqa: PLW0603 - it is put back
    endpoint = _endpoint()
    with _lock:
        _recorders.remove(recorder)
        LISTENERS.remove(recorder)
        if not _recorders and _original is not None:
            endpoint._do_get_response = _original
            _original = None


def _endpoint() -> Any:
    from botocore.endpoint import Endpoint

    return Endpoint


def _heard(ask: Callable[..., Any]) -> Callable[..., Any]:
    def heard(endpoint: Any, request: Any, operation_model: Any, context: Any) -> Any:
        success, problem = ask(endpoint, request, operation_model, context)
        if success is not None and operation_model.service_model.service_name == "sdb":
            answer = success[0]
            asked = Request(request.method, request.url, _texts(request.headers), _octets(request.body))
            answered = Response(answer.status_code, dict(answer.headers), answer.content)
            for recorder in tuple(_recorders):
                recorder.add(asked, answered, region=_region(context))
        return success, problem

    return heard


def _region(context: Any) -> str | None:
    """The region of a client, which the URL of an endpoint outside AWS does not contain."""
    region = (context or {}).get("client_region")
    return region if isinstance(region, str) else None


def _texts(headers: Any) -> dict[str, str]:
    return {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }


def _octets(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body)
