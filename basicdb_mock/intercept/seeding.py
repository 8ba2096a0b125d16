"""``basicdb_mock.seed``: data put in wherever a test has its SimpleDB."""

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
    """Add data: a mapping of domains, items and attributes, a file or directory, or several of them.

    ``into`` is a :class:`SimpleDB`, an engine, a server's control API or its URL; without it, the SimpleDB that is
    active now.  ``region`` and ``account`` are by default those of clients that are not told: of ``SimpleDB.client()``,
    and of the access key ``testing`` on a server.  It is not a call: the journal does not show it.

    Raises :class:`ValueError` telling file and line of what is wrong, and for what is over a limit; :class:`OSError`
    for files, and servers that cannot be reached; :class:`RuntimeError` when nothing is active; and what
    ``Control.seed`` raises.
    """
    if into is None:
        into = active_simpledb()
        if into is None:
            raise RuntimeError("no SimpleDB is active: use mock_simpledb or the fixture simpledb, or say into which")
    if isinstance(into, str):
        into = Control(into)
    if isinstance(into, Control):
        contents = read_seed(source, limits_from(into.limits()))
        into.seed(contents, account=account, region=region, in_order=names_in_order(contents))
        return
    if not hasattr(into, "seed") and not isinstance(into, Engine):
        raise ValueError(f"a seed goes into a SimpleDB, an Engine, a Control or the URL of a server, not into {into!r}")
    simpledb = SimpleDB.of(into) if isinstance(into, Engine) else into
    whose = {} if account is None else {"account": account}  # one of a shared server's has no other than its own
    simpledb.seed(source, region=region, **whose)
