"""Which region a request is for, by the host it was sent to (source: AWS General Reference, botocore's endpoints)."""

from __future__ import annotations

import re
from functools import lru_cache

US_EAST_1 = "us-east-1"
_HOST = re.compile(
    r"sdb(?:-fips)?(?:\.([a-z]{2}(?:-[a-z]+)+-\d))?\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\.?(?::\d+)?",
    re.IGNORECASE | re.ASCII,
)
# A name that DNS would not know, such as sdb.us-east1.amazonaws.com; sdb.s3.amazonaws.com would be a bucket.
_MISSPELT = re.compile(
    r"sdb(?:-fips)?\.(?:us|eu|ap|sa|ca|me|af|il|mx|cn)[a-z0-9-]*\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\.?(?::\d+)?",
    re.IGNORECASE | re.ASCII,
)
_USER_AGENT = re.compile(r"(?:^|\s)region/([a-z]{2}(?:-[a-z]+)+-\d)(?!\S)", re.ASCII)
_LOCAL_HOST = re.compile(r"sdb\.([a-z]{2}(?:-[a-z]+)+-\d)\..+", re.IGNORECASE | re.ASCII)
# What is longer is no name of a host, nor an SDK's user agent; hostile requests must not fill what is remembered.
_LONGEST_HOST = 261
_LONGEST_USER_AGENT = 2048


def region_named(name: object) -> str:
    """A region as users name it.  Raises :class:`ValueError` for what cannot be in a host of AWS's."""
    if not isinstance(name, str) or _LOCAL_HOST.fullmatch(f"sdb.{name}.localhost") is None:
        raise ValueError(f"a region has a name such as eu-west-1, not {name!r}")
    return name


def region_of_aws_host(host: str) -> str | None:
    """The region of a SimpleDB host of AWS, ``None`` for every other; us-east-1 goes without a name."""
    return _region_of_aws_host(host) if len(host) <= _LONGEST_HOST else None


def is_misspelt_aws_host(host: str) -> bool:
    """Whether a host would be SimpleDB's if its region were spelt as regions are."""
    return len(host) <= _LONGEST_HOST and region_of_aws_host(host) is None and _MISSPELT.fullmatch(host) is not None


@lru_cache(maxsize=1024)
def _region_of_aws_host(host: str) -> str | None:
    match = _HOST.fullmatch(host)
    return (match[1] or US_EAST_1).lower() if match else None


def region_of(host: str, user_agent: str, default: str = US_EAST_1) -> str:
    """The region of a request to any host a server may be called by.

    AWS's own hosts and ``sdb.<region>.localhost`` name it; else ``region/<name>`` in the user agent does, which
    is how a boto3 client of a local endpoint can tell its region; else it is ``default``.
    """
    known = host if len(host) <= _LONGEST_HOST else ""
    return _told_region(known, user_agent if len(user_agent) <= _LONGEST_USER_AGENT else "") or default


@lru_cache(maxsize=1024)
def _told_region(host: str, user_agent: str) -> str | None:
    region = _region_of_aws_host(host)
    if region is not None:
        return region
    match = _LOCAL_HOST.fullmatch(host) or _USER_AGENT.search(user_agent)
    return match[1].lower() if match else None
