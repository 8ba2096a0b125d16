"""``basicdb_mock.seed``: adds data to whatever SimpleDB a test uses."""

from __future__ import annotations

from basicdb_mock.control_client import Control
from basicdb_mock.engine import Engine
from basicdb_mock.intercept.mock import active_simpledb
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.limits import limits_from
from basicdb_mock.seeding import Source, names_in_order, read_seed


def seed(
    source: Source,
    into: SimpleDB | Engine | Control | str | None = None,
    *,
    region: str | None = None,
    account: str | None = None,
) -> None:
    """Add data: a mapping of domains to items to attributes, a file or directory, or several of these.

    ``into`` is a :class:`SimpleDB`, an :class:`Engine`, a :class:`Control` or the URL of a server (default: the
    SimpleDB that is active now).  ``region`` and ``account`` default to those of ``SimpleDB.client()``; on a server, to
    its region and the account of the access key ``testing``.  Seeding is not a call and does not appear in the journal.

    Raises :class:`ValueError` with file and line of what is wrong or exceeds a limit; :class:`OSError` if a file cannot
    be read or the server cannot be reached; :class:`RuntimeError` if ``into`` is missing and no SimpleDB is active; and
    what ``Control.seed`` raises.
    """
    if into is None:
        into = active_simpledb()
        if into is None:
            raise RuntimeError("no SimpleDB is active: use mock_simpledb or the fixture simpledb, or pass into=...")
    if isinstance(into, str):
        into = Control(into)
    if isinstance(into, Control):
        contents = read_seed(source, limits_from(into.limits()))
        into.seed(contents, account=account, region=region, in_order=names_in_order(contents))
        return
    if not hasattr(into, "seed") and not isinstance(into, Engine):
        raise ValueError(f"into takes a SimpleDB, an Engine, a Control or the URL of a server, not {into!r}")
    simpledb = SimpleDB.of(into) if isinstance(into, Engine) else into
    whose = {} if account is None else {"account": account}  # the SimpleDB of a shared server takes no account
    simpledb.seed(source, region=region, **whose)
