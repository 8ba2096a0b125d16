"""How a mock decorates functions, coroutines, generators and test classes."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from basicdb_mock.intercept.simpledb import SimpleDB


class Startable(AbstractContextManager["SimpleDB"], Protocol):
    """The part of a mock that decorating needs."""

    def start(self) -> SimpleDB: ...
    def stop(self) -> None: ...


def decorated(target: Any, mock: Startable) -> Any:
    """``target`` with a mock around every call of it, or of every test in it.  Raises :class:`TypeError`."""
    if isinstance(target, type):
        return _unittest_class(target, mock) if issubclass(target, unittest.TestCase) else _class(target, mock)
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorated(target.__func__, mock))
    if not callable(target):
        raise TypeError(
            f"mock_simpledb decorates functions and classes, not {target!r}; pass settings as keyword arguments")
    for is_kind, around in _KINDS:
        if is_kind(target):
            return functools.wraps(target)(around(target, mock))
    return functools.wraps(target)(_function(target, mock))


def _function(function: Callable[..., Any], mock: Startable) -> Callable[..., Any]:
    def mocked(*arguments: Any, **named: Any) -> Any:
        with mock:
            return function(*arguments, **named)

    return mocked


def _coroutine(function: Callable[..., Any], mock: Startable) -> Callable[..., Any]:
    async def mocked(*arguments: Any, **named: Any) -> Any:
        with mock:
            return await function(*arguments, **named)

    return mocked


def _generator(function: Callable[..., Any], mock: Startable) -> Callable[..., Any]:
    def mocked(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:
        with mock:
            return (yield from function(*arguments, **named))

    return mocked


def _async_generator(function: Callable[..., Any], mock: Startable) -> Callable[..., Any]:
    async def mocked(*arguments: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with mock:
            inner = function(*arguments, **named)
            try:
                value = await anext(inner)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:  # noqa: PERF203  # each step may throw
                        raise
                    except BaseException as problem:  # noqa: BLE001  # thrown into us: pass it to the inner generator
                        value = await inner.athrow(problem)
                    else:
                        value = await inner.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await inner.aclose()

    return mocked


_KINDS = (
    (inspect.isasyncgenfunction, _async_generator),
    (inspect.iscoroutinefunction, _coroutine),
    (inspect.isgeneratorfunction, _generator),
)


def _unittest_class(case: type[unittest.TestCase], mock: Startable) -> type[unittest.TestCase]:
    """One mock from before ``setUpClass`` to after ``tearDownClass``; each test starts from what setUpClass left."""
    set_up_class: Any = case.__dict__.get("setUpClass")
    run = case.run
    started: dict[type, SimpleDB] = {}
    left: dict[type, object] = {}  # by class, also derived ones: the snapshot taken after setUpClass

    def set_up(cls: type[unittest.TestCase]) -> None:
        started[cls] = mock.start()
        cls.addClassCleanup(stop, cls)
        if set_up_class is not None:
            set_up_class.__get__(None, cls)()
        else:
            super(case, cls).setUpClass()  # type: ignore[misc]

    def stop(cls: type[unittest.TestCase]) -> None:
        started.pop(cls, None)
        left.pop(cls, None)
        mock.stop()

    @functools.wraps(run)
    def run_mocked(self: unittest.TestCase, result: unittest.TestResult | None = None) -> Any:
        if type(self) not in started:
            with mock:
                return run(self, result)
        simpledb = started[type(self)]
        if type(self) not in left:
            left[type(self)] = simpledb.snapshot()
        snapshot = left[type(self)]
        simpledb.reset()
        simpledb.restore(snapshot)
        return run(self, result)

    case.setUpClass = classmethod(set_up)  # type: ignore[assignment]
    case.run = run_mocked  # type: ignore[method-assign]
    return case


def _class(case: type, mock: Startable) -> type:
    """A new mock for each test, also inherited ones, with ``setup_method`` and ``teardown_method`` inside it."""
    running: set[int] = set()

    def inside(method: Callable[..., Any]) -> Callable[..., Any]:
        alone = decorated(method, mock)

        @functools.wraps(method)
        def test(*arguments: Any, **named: Any) -> Any:
            return (method if running else alone)(*arguments, **named)

        if inspect.iscoroutinefunction(method):

            @functools.wraps(method)
            async def async_test(*arguments: Any, **named: Any) -> Any:
                return await (method if running else alone)(*arguments, **named)

            return async_test
        return test

    for name in dir(case):
        found = inspect.getattr_static(case, name)
        if name.startswith("test") and inspect.isfunction(found):
            setattr(case, name, inside(found))
        elif name.startswith("test") and isinstance(found, (staticmethod, classmethod)):
            setattr(case, name, type(found)(inside(found.__func__)))
        elif name.startswith("Test") and isinstance(found, type):
            setattr(case, name, decorated(found, mock))
    if getattr(case, "setup_method", None) or getattr(case, "teardown_method", None):
        _wrap_xunit(case, mock, running)
    return case


def _wrap_xunit(case: Any, mock: Startable, running: set[int]) -> None:
    set_up = getattr(case, "setup_method", None)
    tear_down = getattr(case, "teardown_method", None)

    def call(method: Any, self: Any, test: Any) -> None:
        if method is not None:
            method(self, test) if len(inspect.signature(method).parameters) > 1 else method(self)

    def setup_method(self: Any, method: Any) -> None:
        mock.start()
        running.add(id(self))
        try:
            call(set_up, self, method)
        except BaseException:  # pytest does not call teardown_method then
            running.discard(id(self))
            mock.stop()
            raise

    def teardown_method(self: Any, method: Any) -> None:
        try:
            call(tear_down, self, method)
        finally:
            running.discard(id(self))
            mock.stop()

    case.setup_method, case.teardown_method = setup_method, teardown_method
