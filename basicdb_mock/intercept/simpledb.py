"""A SimpleDB as an object: an engine, and clients connected to it alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basicdb_mock import seeding
from basicdb_mock.accounts import Accounts
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.engine import Engine
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports import Exports, ExportSettings
from basicdb_mock.intercept import clients
from basicdb_mock.intercept.seams import listen
from basicdb_mock.journal import Journal
from basicdb_mock.limits import Limits, limits_from
from basicdb_mock.model import Tenant
from basicdb_mock.regions import US_EAST_1, region_named
from basicdb_mock.rehearsal import Faults, Lag
from basicdb_mock.seeding import Source
from basicdb_mock.storage import Storage
from basicdb_mock.wire.message import Request, Response

if TYPE_CHECKING:
    import boto3.session
    from mypy_boto3_sdb import SimpleDBClient

listen()


class SimpleDB:
    """An in-process SimpleDB without global state: only the clients that it creates reach it.

    Any number of them can exist side by side, in any threads.  To answer every client in the process instead, use
    :func:`basicdb_mock.mock_simpledb`.

    - ``storage``: where the data are kept, a URL such as ``memory:`` or ``sqlite:PATH``.
    - ``limits``: the quotas, as ``"AWS"``, ``"RELAXED"``, a :class:`~basicdb_mock.limits.Limits` or a mapping of
      single quotas by name.
    - ``region``: the default region of :meth:`client` and the other methods.
    - ``lag``: how many seconds reads without ConsistentRead are behind, as a number, a text such as
      ``"uniform(0, 2)"`` or a :class:`~basicdb_mock.rehearsal.Lag`.
    - ``clock``: an :class:`~basicdb_mock.clock.AdjustableClock` to share; by default it has its own.
    - ``accounts``: the access keys to accept; by default any.
    - ``exports``: where exports write their files and how long they take, an
      :class:`~basicdb_mock.exports.ExportSettings`.
    - ``direct``: answer calls before they are signed and sent, which is faster
      (see :mod:`basicdb_mock.intercept.direct`).

    Raises :class:`ValueError` for a value that is not one of these.
    """

    closed = False

    def __init__(
        self,
        storage: Storage | str = "memory:",
        *,
        limits: Limits | Mapping[str, object] | str | None = None,
        region: str = US_EAST_1,
        lag: Lag | float | str | None = None,
        clock: AdjustableClock | None = None,
        accounts: Accounts | None = None,
        exports: ExportSettings | None = None,
        direct: bool = False,
    ) -> None:
        self.engine = Engine(
            storage,
            limits=limits_from(dict(limits) if isinstance(limits, Mapping) else limits),
            clock=clock,
            accounts=accounts,
            region=region,
            lag=lag if lag is None or isinstance(lag, Lag) else Lag.of(lag),
            exports=exports,
        )
        self.region = region
        self.direct = direct

    @classmethod
    def of(cls, engine: Engine, region: str | None = None) -> SimpleDB:
        """Return a SimpleDB around an existing engine, such as that of a running server."""
        simpledb = cls.__new__(cls)
        simpledb.engine = engine
        simpledb.region = region or engine.region
        simpledb.direct = False
        return simpledb

    def __repr__(self) -> str:
        return f"<SimpleDB at {id(self):#x}, {len(self.calls)} calls>"

    # -- ways in -------------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer an HTTP request to SimpleDB.  Never raises: errors are SimpleDB's own answers."""
        return self.engine.handle(request)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """Return a new boto3 client of this SimpleDB; ``settings`` are passed to boto3 unchanged.

        Raises :class:`ValueError` if ``region`` is not a valid region name.
        """
        made: SimpleDBClient = clients.make_client(self, "sdb", region_named(region or self.region), settings)
        return made

    def session(self, region: str | None = None) -> boto3.session.Session:
        """Return a new boto3 session whose ``sdb`` and ``simpledbv2`` clients reach this SimpleDB.

        Its clients of other services are not affected.
        """
        return clients.make_session(self, region_named(region or self.region))

    # -- what a test sets and looks at -------------------------------------------------------------------------------

    @property
    def calls(self) -> Journal:
        """The journal of the last calls, oldest first: ``calls[-1]`` is the latest, ``calls.of("Select")`` filters."""
        return self.engine.journal

    @property
    def clock(self) -> AdjustableClock:
        """Its clock, which you can freeze, tick and shift."""
        return self.engine.clock

    @property
    def faults(self) -> Faults:
        """Its faults: ``faults.fail(...)``, ``faults.throttle(...)`` and so on add one."""
        return self.engine.rehearsal

    @property
    def limits(self) -> Limits:
        """The quotas in force.  Assign to change them from the next request on."""
        return self.engine.limits

    @limits.setter
    def limits(self, limits: Limits | Mapping[str, object] | str | None) -> None:
        self.engine.limits = limits_from(dict(limits) if isinstance(limits, Mapping) else limits)

    @property
    def lag(self) -> Lag | None:
        """How stale reads without ConsistentRead are, ``None`` if they are not.  Assign to change it."""
        return self.engine.lag

    @lag.setter
    def lag(self, lag: Lag | float | str | None) -> None:
        self.engine.lag = lag if lag is None or isinstance(lag, Lag) else Lag.of(lag)

    @property
    def exports(self) -> Exports:
        """Its exports; ``exports.settings`` is where they are written and how long they take."""
        return self.engine.exports

    # -- the data as a whole -------------------------------------------------------------------------------------------

    @property
    def account(self) -> str:
        """The account number of clients that have no credentials of their own."""
        return clients.ambient_account(self.engine.accounts)

    def seed(self, source: Source, *, region: str | None = None, account: str | None = None) -> None:
        """Add data: a mapping of domains to items to attributes, a file or directory, or several of these.

        ``region`` and ``account`` default to those of :meth:`client`.  Raises :class:`ValueError` with file and line of
        what is wrong (see :mod:`basicdb_mock.seeding.sources`).
        """
        contents = seeding.read_seed(source, self.limits)
        seeding.seed(self.engine, contents, Tenant(account or self.account, region or self.region))

    def contents(self, *, region: str | None = None, account: str | None = None) -> dict[str, Any]:
        """Return all data of a region, as a mapping of domains to items to attributes.

        A single value is a string, several values are a sorted list.  Raises :class:`ValueError` if several accounts
        have data in the region and ``account`` does not choose one.
        """
        return seeding.plain(seeding.contents_of(self.engine.storage, self._tenant(region, account)))

    def items(
        self, domain: str, *, region: str | None = None, account: str | None = None
    ) -> dict[str, dict[str, str | list[str]]]:
        """Return the items of a domain, read consistently and without making a call.

        Raises :class:`LookupError` if there is no such domain, and :class:`ValueError` as :meth:`contents` does.
        """
        tenant = self._tenant(region, account, domain)
        try:
            return seeding.plain(seeding.contents_of(self.engine.storage, tenant, domain))[domain]
        except SimpleDBError:
            there = ", ".join(self.contents(region=region, account=tenant.account)) or "none"
            raise LookupError(f"no domain {domain!r} in {tenant.region}; its domains are: {there}") from None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return not seeding.differences(self.contents(), other)
        return self is other

    __hash__ = object.__hash__

    def dump(self, path: str | Path | None = None, *, region: str | None = None, account: str | None = None) -> str:
        """Return the data of a region in the seed format, sorted; also writes them to ``path`` if given.

        They are YAML, or JSON if ``path`` ends in ``.json``.  Raises as :meth:`contents` does.
        """
        return seeding.dump(seeding.contents_of(self.engine.storage, self._tenant(region, account)), path)

    def snapshot(self) -> object:
        """Return the present data and exports of all accounts and regions, for :meth:`restore`."""
        return self.engine.snapshot()

    def restore(self, snapshot: object) -> None:
        """Return to a snapshot.  It can be restored any number of times."""
        self.engine.restore(snapshot)

    def reset(self) -> None:
        """Delete all data and calls, and return faults, lag and clock to how they were at the start."""
        self.engine.reset()

    def close(self) -> None:
        """Release the storage's files and connections.  Later calls of its clients raise :class:`RuntimeError`."""
        self.closed = True
        self.engine.close()

    def _tenant(self, region: str | None, account: str | None, domain: str | None = None) -> Tenant:
        region = region or self.region
        if account is not None:
            return Tenant(account, region)
        storage = self.engine.storage
        there = [tenant for tenant in storage.tenants() if tenant.region == region]
        if domain is not None:
            there = [tenant for tenant in there if domain in seeding.domains_of(storage, tenant)]
        if len(there) > 1:
            accounts = ", ".join(tenant.account for tenant in there)
            raise ValueError(f"several accounts have data in {region}: {accounts}; choose one with account=...")
        return there[0] if there else Tenant(self.account, region)
