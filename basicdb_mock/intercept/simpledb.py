"""A SimpleDB as an object: an engine, and clients that are wired to it alone."""

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
    """A SimpleDB of your own, without global state: only the clients it makes reach it.

    Any number of them live side by side, also in threads.  :func:`basicdb_mock.mock_simpledb` makes one that all code
    of the process reaches.

    ``storage`` is a URL such as ``memory:`` or ``sqlite:PATH``; ``limits`` is ``"AWS"``, ``"RELAXED"``, a
    :class:`~basicdb_mock.limits.Limits` or single quotas by name; ``region`` is where :meth:`client` goes when it is
    not told; ``lag`` is how many seconds reads without ConsistentRead are behind (a number, a text such as
    ``"uniform(0, 2)"``, or a :class:`~basicdb_mock.rehearsal.Lag`); ``exports`` is where exports write their files and
    how long they take (:class:`~basicdb_mock.exports.ExportSettings`); with ``direct`` calls are answered before they
    are signed and sent (:mod:`basicdb_mock.intercept.direct`).  Raises :class:`ValueError` for anything else.
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
        """A SimpleDB around an engine that is there already, such as that of a running server."""
        simpledb = cls.__new__(cls)
        simpledb.engine = engine
        simpledb.region = region or engine.region
        simpledb.direct = False
        return simpledb

    def __repr__(self) -> str:
        return f"<SimpleDB at {id(self):#x}, {len(self.calls)} calls>"

    # -- ways in -------------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer a request.  Never raises."""
        return self.engine.handle(request)

    def client(self, region: str | None = None, **settings: Any) -> SimpleDBClient:
        """A new boto3 client of this SimpleDB; ``settings`` go to boto3 as they are."""
        made: SimpleDBClient = clients.make_client(self, "sdb", region_named(region or self.region), settings)
        return made

    def session(self, region: str | None = None) -> boto3.session.Session:
        """A new boto3 session whose ``sdb`` and ``simpledbv2`` clients reach this SimpleDB; others go where they go."""
        return clients.make_session(self, region_named(region or self.region))

    # -- what a test sets and looks at -------------------------------------------------------------------------------

    @property
    def calls(self) -> Journal:
        """The last calls, oldest first; ``calls[-1]`` is the last, ``calls.of("Select")`` those of an operation."""
        return self.engine.journal

    @property
    def clock(self) -> AdjustableClock:
        """Its time: freeze it, tick it, shift it."""
        return self.engine.clock

    @property
    def faults(self) -> Faults:
        """The faults in force, and how to add one."""
        return self.engine.rehearsal

    @property
    def limits(self) -> Limits:
        """The quotas in force; set anew, they hold from the next request on."""
        return self.engine.limits

    @limits.setter
    def limits(self, limits: Limits | Mapping[str, object] | str | None) -> None:
        self.engine.limits = limits_from(dict(limits) if isinstance(limits, Mapping) else limits)

    @property
    def lag(self) -> Lag | None:
        """How far reads without ConsistentRead are behind; ``None``: they are not."""
        return self.engine.lag

    @lag.setter
    def lag(self, lag: Lag | float | str | None) -> None:
        self.engine.lag = lag if lag is None or isinstance(lag, Lag) else Lag.of(lag)

    @property
    def exports(self) -> Exports:
        """Its exports: ``exports.settings`` says where they go and how long they take."""
        return self.engine.exports

    # -- the data as a whole -------------------------------------------------------------------------------------------

    @property
    def account(self) -> str:
        """The account of clients that bring no credentials of their own."""
        return clients.ambient_account(self.engine.accounts)

    def seed(self, source: Source, *, region: str | None = None, account: str | None = None) -> None:
        """Add data: a mapping of domains, items and attributes, a file or directory, or several of them.

        Raises :class:`ValueError` telling file and line of what is wrong (see :mod:`basicdb_mock.seeding.sources`).
        """
        contents = seeding.read_seed(source, self.limits)
        seeding.seed(self.engine, contents, Tenant(account or self.account, region or self.region))

    def contents(self, *, region: str | None = None, account: str | None = None) -> dict[str, Any]:
        """All data of a region: domains, items, attributes; a single value bare, several as a sorted list.

        Raises :class:`ValueError` when several accounts have data there and ``account`` does not say which.
        """
        return seeding.plain(seeding.contents_of(self.engine.storage, self._tenant(region, account)))

    def items(
        self, domain: str, *, region: str | None = None, account: str | None = None
    ) -> dict[str, dict[str, str | list[str]]]:
        """The items of a domain, read consistently and without a call.

        Raises :class:`LookupError` when there is no such domain, :class:`ValueError` as :meth:`contents` does.
        """
        tenant = self._tenant(region, account, domain)
        try:
            return seeding.plain(seeding.contents_of(self.engine.storage, tenant, domain))[domain]
        except SimpleDBError:
            there = ", ".join(self.contents(region=region, account=tenant.account)) or "none"
            raise LookupError(f"no domain {domain!r} in {tenant.region}; there are: {there}") from None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return not seeding.differences(self.contents(), other)
        return self is other

    __hash__ = object.__hash__

    def dump(self, path: str | Path | None = None, *, region: str | None = None, account: str | None = None) -> str:
        """The data of a region in the seed format, sorted; written to ``path`` too, as JSON if it ends in ``.json``."""
        return seeding.dump(seeding.contents_of(self.engine.storage, self._tenant(region, account)), path)

    def snapshot(self) -> object:
        """The data and the exports as they are now, of all accounts and regions, for :meth:`restore`."""
        return self.engine.snapshot()

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot; any number of times."""
        self.engine.restore(snapshot)

    def reset(self) -> None:
        """Forget all data and calls; faults, lag and clock are again as they were at the start."""
        self.engine.reset()

    def close(self) -> None:
        """Let go of the storage's files and connections; its clients' calls raise :class:`RuntimeError` from now on."""
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
            raise ValueError(f"several accounts have data in {region}: {accounts}; say which by account=...")
        return there[0] if there else Tenant(self.account, region)
