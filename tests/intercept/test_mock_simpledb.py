"""``mock_simpledb`` around everything it can be around."""

from __future__ import annotations

import asyncio
import inspect
import unittest
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from basicdb_mock import SimpleDB, active_simpledb, mock_simpledb
from tests.intercept.conftest import domains, make_client


def test_a_context_manager_gives_the_simpledb_that_answers() -> None:
    with mock_simpledb() as simpledb:
        make_client().create_domain(DomainName="users")
        assert active_simpledb() is simpledb
        assert simpledb == {"users": {}}
    assert active_simpledb() is None


def test_it_may_be_started_and_stopped() -> None:
    mock = mock_simpledb()
    simpledb = mock.start()
    make_client().create_domain(DomainName="users")
    mock.stop()
    assert [call.operation for call in simpledb.calls] == ["CreateDomain"]


def test_a_stop_without_a_start_is_told() -> None:
    with pytest.raises(RuntimeError, match="this mock is not started"):
        mock_simpledb().stop()


def test_each_start_begins_empty() -> None:
    mock = mock_simpledb()
    with mock:
        make_client().create_domain(DomainName="users")
    with mock as simpledb:
        assert simpledb == {}


def test_a_simpledb_of_your_own_keeps_its_data() -> None:
    mine = SimpleDB()
    for name in ("one", "two"):
        with mock_simpledb(simpledb=mine):
            make_client().create_domain(DomainName=name)
    assert mine == {"one": {}, "two": {}}


def test_an_inner_mock_sees_its_own_data_and_the_outer_one_is_found_again() -> None:
    client = make_client()
    with mock_simpledb():
        client.create_domain(DomainName="outer")
        with mock_simpledb():
            assert domains(client) == []
            client.create_domain(DomainName="inner")
        assert domains(client) == ["outer"]


def test_a_mock_entered_twice_is_two() -> None:
    mock, client = mock_simpledb(), make_client()
    with mock:
        client.create_domain(DomainName="outer")
        with mock:
            assert domains(client) == []
        assert domains(client) == ["outer"]


def test_mocks_may_end_in_any_order() -> None:
    client = make_client()
    first, second = mock_simpledb(), mock_simpledb()
    first.start()
    second.start()
    client.create_domain(DomainName="second")
    first.stop()
    assert domains(client) == ["second"]
    second.stop()


def test_a_function_keeps_its_name_its_signature_and_its_result() -> None:
    @mock_simpledb
    def created(name: str, *, region: str = "us-east-1") -> list[str]:
        """Told."""
        client = make_client(region)
        client.create_domain(DomainName=name)
        return domains(client)

    assert created("users", region="eu-west-1") == ["users"]
    assert (created.__name__, created.__doc__) == ("created", "Told.")
    assert str(inspect.signature(created)) == "(name: 'str', *, region: 'str' = 'us-east-1') -> 'list[str]'"


def test_each_call_of_a_function_begins_empty() -> None:
    @mock_simpledb()
    def before_and_after() -> tuple[list[str], list[str]]:
        client = make_client()
        before = domains(client)
        client.create_domain(DomainName="users")
        return before, domains(client)

    assert [before_and_after(), before_and_after()] == [([], ["users"])] * 2


def test_an_exception_ends_the_mock_too() -> None:
    @mock_simpledb
    def failing() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        failing()
    assert active_simpledb() is None


def test_a_coroutine_is_mocked_while_it_runs() -> None:
    @mock_simpledb
    async def listed() -> list[str]:
        make_client().create_domain(DomainName="users")
        await asyncio.sleep(0)
        return domains(make_client())

    assert inspect.iscoroutinefunction(listed)
    coroutine = listed()
    assert active_simpledb() is None
    assert asyncio.run(coroutine) == ["users"]


def test_a_generator_is_mocked_from_its_first_step_to_its_end() -> None:
    @mock_simpledb
    def steps() -> Generator[list[str], str, str]:
        name = yield domains(make_client())
        make_client().create_domain(DomainName=name)
        yield domains(make_client())
        return "done"

    assert inspect.isgeneratorfunction(steps)
    running = steps()
    assert active_simpledb() is None
    assert next(running) == []
    assert active_simpledb() is not None
    assert running.send("users") == ["users"]
    with pytest.raises(StopIteration, match="done"):
        next(running)


def test_a_generator_that_is_closed_ends_its_mock() -> None:
    @mock_simpledb
    def endless() -> Generator[None, None, None]:
        while True:
            yield

    running = endless()
    next(running)
    running.close()
    assert active_simpledb() is None


def test_an_async_generator_takes_what_is_sent_and_thrown() -> None:
    @mock_simpledb
    async def steps() -> AsyncGenerator[object, str]:
        name = yield domains(make_client())
        make_client().create_domain(DomainName=name)
        try:
            yield domains(make_client())
        except LookupError as problem:
            yield f"caught {problem}"

    async def drive() -> list[object]:
        running = steps()
        told = [await anext(running), await running.asend("users"), await running.athrow(LookupError("this"))]
        with pytest.raises(StopAsyncIteration):
            await anext(running)
        return [*told, active_simpledb()]

    assert inspect.isasyncgenfunction(steps)
    assert asyncio.run(drive()) == [[], ["users"], "caught this", None]


def test_an_async_generator_that_is_closed_ends_its_mock() -> None:
    ended = []

    @mock_simpledb
    async def endless() -> AsyncGenerator[None, None]:
        try:
            while True:
                yield
        finally:
            ended.append(active_simpledb() is not None)

    async def drive() -> None:
        running = endless()
        await anext(running)
        await running.aclose()

    asyncio.run(drive())
    assert ended == [True]
    assert active_simpledb() is None


def test_a_static_method_stays_one() -> None:
    class Holder:
        @mock_simpledb
        @staticmethod
        def listed() -> list[str]:
            return domains(make_client())

    assert Holder.listed() == []


def test_what_cannot_be_decorated_is_refused() -> None:
    with pytest.raises(TypeError, match="mock_simpledb decorates functions and classes, not 'RELAXED'"):
        mock_simpledb("RELAXED")  # type: ignore[call-overload]


@pytest.mark.parametrize(("settings", "problem"), [
    ({"limits": {"domain": 3}}, "unknown limit 'domain'"),
    ({"limits": "STRICT"}, "limits must be AWS, RELAXED or single quotas by name"),
    ({"limits": 3}, "limits must be AWS, RELAXED or single quotas by name, not 3"),
    ({"region": "us-east1"}, "a region has a name such as eu-west-1, not 'us-east1'"),
    ({"region": 5}, "a region has a name such as eu-west-1, not 5"),
    ({"lag": -1}, "seconds must be between 0 and 3600"),
    ({"storage": "tape:1"}, "unknown storage 'tape'"),
    ({"storage": "memory"}, "a storage is named by a URL"),
    ({"storage": None}, "a storage is named by a URL such as memory: or sqlite:PATH, not None"),
    ({"simpledb": SimpleDB(), "storage": "sqlite:elsewhere"},
     "simpledb=... cannot be combined with storage, limits, lag"),
    ({"simpledb": SimpleDB(), "direct": True}, "simpledb=... cannot be combined with storage, limits, lag"),
])
def test_settings_that_are_none_are_refused_at_the_start(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        mock_simpledb(**settings).start()
    assert active_simpledb() is None


def run_case(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_unittest_class_shares_setup_and_not_tests() -> None:
    @mock_simpledb
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            make_client().create_domain(DomainName="of-the-class")

        def setUp(self) -> None:
            make_client().create_domain(DomainName="of-the-test")

        def test_one(self) -> None:
            assert domains(make_client()) == ["of-the-class", "of-the-test"]
            make_client().create_domain(DomainName="one")

        def test_two(self) -> None:
            assert domains(make_client()) == ["of-the-class", "of-the-test"]
            make_client().create_domain(DomainName="two")

        def tearDown(self) -> None:
            assert len(domains(make_client())) == 3

    result = run_case(Case)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert active_simpledb() is None


def test_a_derived_unittest_class_may_set_up_more() -> None:
    @mock_simpledb
    class Base(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            make_client().create_domain(DomainName="of-the-base")

    class Derived(Base):
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            make_client().create_domain(DomainName="of-the-derived")

        def test_one(self) -> None:
            assert domains(make_client()) == ["of-the-base", "of-the-derived"]
            make_client().create_domain(DomainName="of-a-test")

        test_two = test_one

    result = run_case(Derived)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])


def test_a_unittest_class_of_coroutines_is_mocked() -> None:
    @mock_simpledb()
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            make_client().create_domain(DomainName="users")

        async def test_it(self) -> None:
            assert domains(make_client()) == ["users"]

    result = run_case(Case)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_a_unittest_class_whose_set_up_fails_ends_its_mock() -> None:
    @mock_simpledb
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise OSError("no")

        def test_it(self) -> None:
            raise AssertionError("it must not run")

    assert len(run_case(Case).errors) == 1
    assert active_simpledb() is None


def test_a_single_unittest_test_without_its_class_is_mocked_too() -> None:
    @mock_simpledb
    class Case(unittest.TestCase):
        def test_it(self) -> None:
            assert domains(make_client()) == []

    result = unittest.TestResult()
    Case("test_it").run(result)
    assert (result.errors, result.failures) == ([], [])


@mock_simpledb
class TestPlainClass:
    """A class as pytest collects it."""

    def setup_method(self, method: Any) -> None:
        make_client().create_domain(DomainName=f"for-{method.__name__}")

    def teardown_method(self) -> None:
        assert len(domains(make_client())) == 1

    def test_one(self) -> None:
        assert domains(make_client()) == ["for-test_one"]

    def test_two(self) -> None:
        assert domains(make_client()) == ["for-test_two"]

    def a_helper(self) -> None:
        """Not a test: not mocked by itself."""


@mock_simpledb(region="eu-west-1")
class TestPlainClassWithoutSetUp:
    def test_it_is_mocked(self) -> None:
        simpledb = active_simpledb()
        assert simpledb is not None
        assert simpledb.region == "eu-west-1"

    async def _not_a_test(self) -> None: ...


def test_a_class_whose_set_up_method_fails_ends_its_mock() -> None:
    @mock_simpledb
    class Case:
        def setup_method(self) -> None:
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        Case().setup_method(None)  # type: ignore[call-arg]
    assert active_simpledb() is None


def test_a_coroutine_of_a_class_is_mocked() -> None:
    @mock_simpledb
    class Case:
        async def test_it(self) -> list[str]:
            make_client().create_domain(DomainName="users")
            return domains(make_client())

    assert asyncio.run(Case().test_it()) == ["users"]


def test_every_kind_of_test_in_a_class_is_mocked_once() -> None:
    class Base:
        def test_inherited(self) -> Any:
            return active_simpledb()

    @mock_simpledb
    class Case(Base):
        @staticmethod
        def test_static() -> Any:
            return active_simpledb()

        @classmethod
        def test_of_the_class(cls) -> Any:
            assert cls is Case
            return active_simpledb()

        class TestWithin:
            def test_it(self) -> Any:
                return active_simpledb()

        def helper(self) -> Any:
            return active_simpledb()

    tests = [Case().test_inherited, Case.test_static, Case.test_of_the_class, Case.TestWithin().test_it]
    found = [test() for test in tests]
    assert len(set(found)) == 4
    assert None not in found
    assert (Case().helper(), Base().test_inherited()) == (None, None)


def test_a_static_test_sees_what_set_up_method_left() -> None:
    @mock_simpledb
    class Case:
        def setup_method(self) -> None:
            make_client().create_domain(DomainName="users")

        @staticmethod
        def test_it() -> list[str]:
            return domains(make_client())

    case: Any = Case()
    case.setup_method(None)
    try:
        assert case.test_it() == ["users"]
    finally:
        case.teardown_method(None)
