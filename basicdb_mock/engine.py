"""The engine: a request goes in, and whatever it was, a SimpleDB response comes out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from time import perf_counter
from types import MappingProxyType
from typing import TypeVar

from basicdb_mock import errors
from basicdb_mock.accounts import EVERYTHING, Accounts, Caller
from basicdb_mock.clock import AdjustableClock
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.exports import Exports, ExportSettings
from basicdb_mock.exports.operations import OPERATIONS as EXPORT_OPERATIONS
from basicdb_mock.exports.parameters import ExportParameters
from basicdb_mock.identity import Identity
from basicdb_mock.journal import Call, Journal
from basicdb_mock.limits import AWS, Limits
from basicdb_mock.model import Tenant
from basicdb_mock.operations import ACTIONS, VERSIONS, Account, Action, Parameters, Result
from basicdb_mock.operations.select import Select
from basicdb_mock.regions import US_EAST_1, region_named, region_of
from basicdb_mock.rehearsal.faults import Faults, Verdict
from basicdb_mock.rehearsal.lag import Lag, LaggingStorage
from basicdb_mock.rehearsal.outcome import Attempt, DroppedError, dropped
from basicdb_mock.storage import Storage, StorageError, open_storage
from basicdb_mock.storage.invocation import served_headers
from basicdb_mock.wire import rest_json
from basicdb_mock.wire.address import address_of
from basicdb_mock.wire.message import Request, Response
from basicdb_mock.wire.query_protocol import read_parameters
from basicdb_mock.wire.xml import render, render_error

_log = logging.getLogger(__name__)
_NOBODY = Caller("", "")
R = TypeVar("R")


class Engine:
    """A SimpleDB: storage, limits, clock and accounts behind :meth:`handle`.

    ``storage`` is a storage or the URL of one (:func:`basicdb_mock.storage.open_storage`).  ``region`` is the region
    of requests whose host names none.  ``rehearsal`` holds the faults in force.  ``lag`` is how far reads without
    ConsistentRead are behind.  ``exports`` says where exports write their files and how long they take.

    Raises :class:`ValueError` for an invalid region or storage URL, and whatever opening the storage raises.
    """

    def __init__(
        self,
        storage: Storage | str = "memory:",
        *,
        limits: Limits = AWS,
        clock: AdjustableClock | None = None,
        identity: Identity | None = None,
        accounts: Accounts | None = None,
        journal: Journal | None = None,
        region: str = US_EAST_1,
        rehearsal: Faults | None = None,
        lag: Lag | None = None,
        exports: ExportSettings | None = None,
    ) -> None:
        self.region = region_named(region)
        self.storage = open_storage(storage)
        self.limits = limits
        self.clock = clock or AdjustableClock()
        self.identity = identity or Identity()
        self.accounts = accounts or Accounts()
        self.journal = Journal() if journal is None else journal  # an empty journal is falsy
        self.observers: list[Callable[[Call], None]] = []
        """Functions that are called with each call once it has been answered."""
        self.rehearsal = rehearsal or Faults(self.clock)
        self._first_lag = lag
        self.lag = lag
        self.exports = Exports(exports or ExportSettings(), self.identity)

    @property
    def truth(self) -> Storage:
        """The storage itself, without the wrapper that rehearses stale reads."""
        return self.storage.storage if isinstance(self.storage, LaggingStorage) else self.storage

    @property
    def lag(self) -> Lag | None:
        """How far reads without ConsistentRead are behind, ``None`` if they are not.  Setting it forgets the past."""
        return self.storage.lag if isinstance(self.storage, LaggingStorage) else None

    @lag.setter
    def lag(self, lag: Lag | None) -> None:
        self.storage = self.truth if lag is None else LaggingStorage(self.truth, self.clock, lag)

    def handle(self, request: Request, *, caller: Caller | None = None) -> Response:
        """Answer a request.  Never raises.

        ``caller`` is the caller if it is already known, as in the console; by default the request identifies it.
        """
        served = served_headers.set(request.headers)
        try:
            return Exchange(self, request, caller).answer()
        finally:
            served_headers.reset(served)

    def reset(self) -> None:
        """Forget all data and calls, and reset faults, lag and clock to what they were at the start."""
        self.lag = self._first_lag
        self.exports.clear()
        self.storage.clear()
        self.journal.clear()
        self.clock.reset()
        self.rehearsal.reset()

    def snapshot(self, tenant: Tenant | None = None) -> object:
        """The present data and exports of one tenant, or of all, for :meth:`restore`."""
        return self.storage.snapshot(tenant)

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot, as often as you like.  Exports that are being written start over."""
        self.exports.stop()
        self.storage.restore(snapshot)

    def close(self) -> None:
        """Stop writing exports, and release the storage's files and connections."""
        self.exports.close()
        self.storage.close()


class Exchange:
    """One request on its way through."""

    caller = _NOBODY
    region = US_EAST_1
    exporting = False
    given: Mapping[str, str] = MappingProxyType({})
    kept: Mapping[str, str] | None = given
    """The parameters that the journal keeps; ``None`` if it can read them from the request again."""
    name = ""
    domain: str | None = None
    cost: int | None = None
    verdict: Verdict | None = None

    def __init__(self, engine: Engine, request: Request, known: Caller | None) -> None:
        self.engine = engine
        self.known = known
        self.request = request
        self.started = perf_counter()
        self.at = engine.clock.now()
        self.request_id = engine.identity.request_id()

    def _told_region(self, host: str) -> str:
        """The region of a request whose URL has no AWS host, as when it is sent to a server."""
        headers = self.request.headers
        return region_of(host or headers.get("host") or "", headers.get("user-agent") or "", self.engine.region)

    def answer(self) -> Response:
        error: SimpleDBError | None = None
        try:
            host, path, _, region = address_of(self.request.url)
            self.region = region or self._told_region(host)
            self.exporting = path is not None and path.startswith(rest_json.PREFIX)
            body = self._run_export() if self.exporting else self._run()
        except SimpleDBError as refused:
            error = refused
        except StorageError as failure:
            _log.error("%s: the storage failed: %s", self.name, failure)
            error = errors.SERVICE_UNAVAILABLE() if failure.unavailable else errors.INTERNAL_ERROR()
        except DroppedError as end:
            response: Response = dropped(done=False, late=end.late)
            self._record(response, None)
            return response
        except Exception:  # noqa: BLE001  # every request gets SimpleDB's answer, whatever happens
            _log.exception("%s: an error in basicdb-mock itself", self.name or "a request")
            error = errors.INTERNAL_ERROR()
        status = 200
        if error is not None:
            status = error.status
            body = rest_json.render_error(error) if self.exporting else render_error(error, self.request_id, self.cost)
        headers = _headers(error is None, int(self.at))
        if self.exporting:
            headers = {**rest_json.headers(self.request_id, error), "Date": headers["Date"]}
        response = Response(status, headers, body)
        if self.verdict is not None:
            response = self.verdict.answer(response)
        self._record(response, error)
        return response

    def _run(self) -> bytes:
        """Run an operation of the Query protocol; returns the response's body."""
        self.given = read_parameters(self.request, self.engine.limits)
        self.kept = None
        result = self._perform()
        return render(self.name, self.given["Version"], result, self.request_id)

    def _perform(self) -> Result:
        """Run the operation that the parameters name; returns its result."""
        engine, given = self.engine, self.given
        self.caller = self.known or engine.accounts.identify(self.request, given, self.at)
        self.name = name = given.get("Action") or ""
        version = given.get("Version") or ""
        action = ACTIONS.get(version, _NO_ACTIONS).get(name)
        if action is None:
            raise self._no_action()
        self.cost = action.ERROR_COST
        operation = action.read(Parameters(given, version, engine.limits))
        domain = operation.statement.domain if isinstance(operation, Select) else given.get("DomainName")
        result = self._do(domain, operation.run)
        self.cost = result.box_usage
        return result

    def _run_export(self) -> bytes:
        """Run an operation of the export API; returns the response's body."""
        engine = self.engine
        name = rest_json.read_operation(self.request, engine.limits)
        members = rest_json.read_members(self.request.body)
        self.given = {f"{member[:1].upper()}{member[1:]}": str(value) for member, value in members.items()}
        self.kept = self.given
        self.caller = self.known or engine.accounts.identify_v4(self.request, self.at)
        if name not in EXPORT_OPERATIONS:
            raise errors.INVALID_URI(uri=rest_json.path_of(self.request))
        self.name = name
        operation = EXPORT_OPERATIONS[name].read(ExportParameters(members))
        return rest_json.render(self._do(operation.domain, lambda account: operation.run(account, engine.exports)))

    def _do(self, domain: str | None, run: Callable[[Account], R]) -> R:
        """Check the caller's permissions, apply faults, and run."""
        engine, caller = self.engine, self.caller
        self.domain = domain
        if caller.permissions is not EVERYTHING:
            engine.accounts.authorize(caller, self.name, self.region, domain)
        if engine.rehearsal.active:
            attempt = Attempt(self.name, caller.account, self.region, domain, self.at)
            self.verdict = engine.rehearsal.before(attempt, self.request.patience)
        tenant = _tenant(caller.account, self.region)
        result = run(Account(tenant, engine.storage, engine.limits, engine.clock, engine.exports))
        if self.verdict is not None:
            failure = self.verdict.failure()
            if failure is not None:
                raise failure
        return result

    def _no_action(self) -> SimpleDBError:
        """The error for an action that does not exist."""
        name, version = self.name, self.given.get("Version")
        if not name:
            return errors.MISSING_ACTION()
        if version in VERSIONS or not any(name in actions for actions in ACTIONS.values()):
            return errors.INVALID_ACTION(action=name)
        if version is None:
            return errors.MISSING_PARAMETER(parameter="Version")
        return errors.NO_SUCH_VERSION(version=version)

    def _record(self, response: Response, error: SimpleDBError | None) -> None:
        engine, request = self.engine, self.request
        journal = engine.journal
        call = Call(
            next(journal.numbers),
            self.at,
            perf_counter() - self.started,
            self.caller.account,
            self.region,
            self.name,
            self.domain or self.given.get("DomainName"),
            self.kept,
            response.status,
            None if error is None else error.code,
            None if error is None else error.message,
            self.cost,
            request,
            response,
            len(request.body) + len(request.url) + len(response.body),
        )
        journal.add(call)
        for observer in engine.observers:
            observer(call)


_NO_ACTIONS: Mapping[str, Action] = MappingProxyType({})
_tenant = lru_cache(maxsize=1024)(Tenant)


@lru_cache(maxsize=64)
def _headers(success: bool, second: int) -> Mapping[str, str]:
    """The headers of all responses within one second.  Errors have no Content-Type (observed)."""
    typed = {"Content-Type": "text/xml"} if success else {}
    return {**typed, "Server": "Amazon SimpleDB", "Date": formatdate(second, usegmt=True)}
