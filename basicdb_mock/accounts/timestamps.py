"""Times of requests: ``Timestamp`` and ``Expires`` of the Query protocol, ``X-Amz-Date`` of signature version 4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from basicdb_mock import errors

WINDOW = 15 * 60.0
"""Seconds a Timestamp may be before or after the service's time (source: DG/HMACAuth, DG/MakingRESTRequests)."""

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII
)


def parse_date_time(text: str) -> float:
    """Epoch seconds of an xsd:dateTime; without a time zone it is UTC (observed: rexm/SimpleDb.Net #3).

    Raises :class:`ValueError` if the text is not a date and time.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date and time: {text!r}")
    date, time, fraction, sign, hours, minutes = match.groups()
    moment = datetime.strptime(f"{date}T{time}", "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)).total_seconds()
    return moment.timestamp() + float(f"0.{fraction or 0}") + (shift if sign == "-" else -shift)


def check_time(parameters: Mapping[str, str], now: float) -> None:
    """Reject a request whose Timestamp is too old or too far ahead, or whose Expires has passed.

    Raises RequestExpired; or MissingParameter, InvalidParameterCombination or InvalidParameterValue if the request does
    not have exactly one valid time.
    """
    stamp, expires = parameters.get("Timestamp"), parameters.get("Expires")
    if stamp and expires:
        raise errors.INVALID_PARAMETER_COMBINATION(first="Timestamp", second="Expires")
    if stamp:
        if abs(_seconds("Timestamp", stamp) - now) > WINDOW:
            raise errors.REQUEST_EXPIRED(parameter="Timestamp", date=stamp)
    elif expires:
        if _seconds("Expires", expires) <= now:
            raise errors.REQUEST_EXPIRED(parameter="Expires", date=expires)
    else:
        raise errors.SIGNATURE_PARAMETER_MISSING(parameter="Timestamp")


def check_stamp(stamp: str, now: float) -> None:
    """The same for the ``X-Amz-Date`` of a version 4 signature, such as ``20260922T101500Z``.

    Raises RequestExpired, or IncompleteSignature if it is not a valid time.
    """
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp, re.ASCII):
        raise errors.INCOMPLETE_SIGNATURE()
    try:
        seconds = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise errors.INCOMPLETE_SIGNATURE() from None
    if abs(seconds - now) > WINDOW:
        raise errors.REQUEST_EXPIRED(parameter="Timestamp", date=stamp)


def _seconds(parameter: str, text: str) -> float:
    try:
        return parse_date_time(text)
    except ValueError:
        raise errors.INVALID_TIMESTAMP(parameter=parameter, value=text) from None
