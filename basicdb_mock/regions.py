"""Which region a request is for, by the host it was sent to (source: AWS General Reference, botocore's endpoints)."""

from __future__ import annotations

import re
from functools import lru_cache

US_EAST_1 = "us-east-1"
_HOST = re.compile(
    r"sdb(?:-fips)?(?:\.([a-z]{2}(?:-[a-z]+)+-\d))?\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\.?(?::\d+)?", re.IGNORECASE
)
_USER_AGENT = re.compile(r"(?:^|\s)region/([a-z]{2}(?:-[a-z]+)+-\d)(?!\S)")
_LOCAL_HOST = re.compile(r"sdb\.([a-z]{2}(?:-[a-z]+)+-\d)\..+", re.IGNORECASE)


@lru_cache(maxsize=1024)
def region_of_aws_host(host: str) -> str | None:
    """The region of a SimpleDB host of AWS, ``None`` for every other; us-east-1 goes without a name."""
    match = _HOST.fullmatch(host)
    return (match[1] or US_EAST_1).lower() if match else None


@lru_cache(maxsize=1024)
def region_of(host: str, user_agent: str, default: str = US_EAST_1) -> str:
    """The region of a request to any host a server may be called by.

    AWS's own hosts and ``sdb.<region>.localhost`` name it; else ``region/<name>`` in the user agent does, which
    is how a boto3 client of a local endpoint can tell its region; else it is ``default``.
    """
    region = region_of_aws_host(host)
    if region is not None:
        return region
    match = _LOCAL_HOST.fullmatch(host) or _USER_AGENT.search(user_agent)
    return match[1].lower() if match else default
