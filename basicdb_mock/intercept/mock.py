"""``mock_simpledb``: a SimpleDB that every client in the process reaches while a test runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast, overload

from basicdb_mock.exports import ExportSettings
from basicdb_mock.intercept.decorating import decorated
from basicdb_mock.intercept.registry import REGISTRY
from basicdb_mock.intercept.simpledb import SimpleDB
from basicdb_mock.intercept.surroundings import missing_credentials
from basicdb_mock.limits import Limits
from basicdb_mock.regions import US_EAST_1, region_named
from basicdb_mock.rehearsal import Lag
from basicdb_mock.storage import Storage

if TYPE_CHECKING:
    from types import TracebackType

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)


class Mock:
    """Answers calls to Amazon SimpleDB while it is started: a context manager and a decorator.

    :func:`mock_simpledb` creates it.  Each start begins with a new, empty SimpleDB, unless the mock was given one.
    Starts can be nested.
    """

    def __init__(self, make: Callable[[], SimpleDB], environment: Mapping[str, str], *, owned: bool = True) -> None:
        self._make = make
        self._environment = dict(environment)
        self._owned = owned
        self._lock = threading.Lock()
        self._started: list[SimpleDB] = []

    def start(self) -> SimpleDB:
        """Answer calls from now on, and return the SimpleDB that answers them."""
        simpledb = self._make()
        try:
            REGISTRY.activate(simpledb, {**missing_credentials(), **self._environment})
        except BaseException:
            self._let_go(simpledb)
            raise
        with self._lock:
            self._started.append(simpledb)
        return simpledb

    def stop(self) -> None:
        """Undo the latest start.  Raises :class:`RuntimeError` if the mock is not started."""
        with self._lock:
            if not self._started:
                raise RuntimeError("this mock is not started")
            simpledb = self._started.pop()
        REGISTRY.deactivate(simpledb)
        self._let_go(simpledb)

    def _let_go(self, simpledb: SimpleDB) -> None:
        if self._owned:
            simpledb.close()

    def __enter__(self) -> SimpleDB:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @overload
    def __call__(self, target: C, /) -> C: ...
    @overload
    def __call__(self, target: Callable[P, R], /) -> Callable[P, R]: ...
    def __call__(self, target: Any, /) -> Any:
        """Decorate a function, coroutine, generator or test class: each call, or each test, gets its own SimpleDB."""
        return decorated(target, self)


@overload
def mock_simpledb(target: C, /) -> C: ...
@overload
def mock_simpledb(target: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def mock_simpledb(
    target: None = None,
    /,
    *,
    storage: Storage | str = "memory:",
    limits: Limits | Mapping[str, object] | str | None = None,
    region: str | None = None,
    lag: Lag | float | str | None = None,
    exports: ExportSettings | None = None,
    direct: bool = False,
    simpledb: SimpleDB | None = None,
) -> Mock: ...
def mock_simpledb(
    target: Any = None,
    /,
    *,
    storage: Storage | str = "memory:",
    limits: Limits | Mapping[str, object] | str | None = None,
    region: str | None = None,
    lag: Lag | float | str | None = None,
    exports: ExportSettings | None = None,
    direct: bool = False,
    simpledb: SimpleDB | None = None,
) -> Any:
    """Replace Amazon SimpleDB in this process.

    Use it as ``@mock_simpledb``, as ``with mock_simpledb() as simpledb:``, or with ``.start()`` and ``.stop()``.

    While it is active, every call of botocore, aiobotocore and requests to an Amazon SimpleDB host is answered, also of
    clients created before.  Fake credentials are set in the environment only if you have configured none.

    The keywords are those of :class:`SimpleDB`; ``region`` is also set as AWS_DEFAULT_REGION.  Each start gets a new,
    empty SimpleDB; ``simpledb`` is an existing one to use instead, with its data and settings.

    Raises :class:`ValueError` for a bad setting, and for ``simpledb`` together with settings that it has already.
    """
    environment = {} if region is None else {"AWS_DEFAULT_REGION": region_named(region)}
    if simpledb is not None:
        if (storage, limits, lag, exports, direct) != ("memory:", None, None, None, False):
            raise ValueError(
                "simpledb=... cannot be combined with storage, limits, lag, exports or direct: "
                "set them where you create the SimpleDB")
        given = simpledb
        mock = Mock(lambda: given, environment, owned=False)
    else:

        def make() -> SimpleDB:
            return SimpleDB(
                storage, limits=limits, region=region or US_EAST_1, lag=lag, exports=exports, direct=direct)

        mock = Mock(make, environment, owned=isinstance(storage, str))
    return mock if target is None else mock(cast("Callable[..., Any]", target))


def active_simpledb() -> SimpleDB | None:
    """Return the SimpleDB that answers calls now, or ``None`` if no mock is active."""
    active = REGISTRY.active()
    return cast("SimpleDB", active[-1]) if active else None
