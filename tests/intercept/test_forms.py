"""A call inside a mock has the form that botocore writes, and is refused in botocore's words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import given
from hypothesis import strategies as st

from basicdb_mock import mock_simpledb
from basicdb_mock.intercept.forms import write_at_once
from tests.intercept.conftest import make_client

CLIENT = make_client()
MODEL = CLIENT._service_model
OPERATIONS = sorted(MODEL.operation_names)


class Text(str):
    """Text of a kind that a user may have."""

    __slots__ = ()


WRONG: st.SearchStrategy[object] = st.sampled_from([None, 7, True, "text", b"x", Text("own"), [], {}, (), ("x",), 1.5])


def right(shape: Any) -> st.SearchStrategy[Any]:
    match shape.type_name:
        case "structure":
            members = {key: perhaps_wrong(member) for key, member in shape.members.items()}
            needed = {key: members.pop(key) for key in shape.required_members}
            return st.fixed_dictionaries(needed, optional=members)
        case "list":
            return st.lists(perhaps_wrong(shape.member), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers()
    return st.text(max_size=5)


def perhaps_wrong(shape: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda chance: right(shape) if chance else WRONG)


def outcome(serialize: Any, parameters: Any, operation: str) -> Any:
    """The request as it is made, items in order, or what is said against it."""
    try:
        request = serialize(CLIENT._serializer, parameters, MODEL.operation_model(operation))
    except ParamValidationError as refused:
        return str(refused)
    return {**request, "body": list(request["body"].items())}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_is_botocore_s_own(operation: str) -> None:
    botocores = type(CLIENT._serializer).serialize_to_request
    ours = write_at_once(botocores)

    @given(right(MODEL.operation_model(operation).input_shape), st.booleans())
    def compare(parameters: dict[str, Any], unknown: bool) -> None:
        if unknown:
            parameters = {**parameters, "Unknown": "x"}
        assert outcome(ours, parameters, operation) == outcome(botocores, parameters, operation)

    with mock_simpledb():
        compare()


@pytest.mark.parametrize("direct", [False, True])
def test_what_is_plainly_right_is_written_without_botocore_s_validator(
    monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    client = make_client()
    with mock_simpledb(direct=direct) as simpledb:
        client.create_domain(DomainName="users")
        monkeypatch.setattr(type(client._serializer._param_validator), "validate", None)
        client.put_attributes(
            DomainName="users", ItemName="alice", Attributes=[{"Name": "age", "Value": "30", "Replace": True}])
        client.batch_put_attributes(DomainName="users", Items=[
            {"Name": "bob", "Attributes": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]}])
        assert client.get_attributes(DomainName="users", ItemName="alice", ConsistentRead=True)["Attributes"] == [
            {"Name": "age", "Value": "30"}]
        assert simpledb.contents() == {"users": {"alice": {"age": "30"}, "bob": {"a": ["1", "2"]}}}


def test_a_client_with_a_validator_of_its_own_is_asked_for_nothing_less() -> None:
    asked: list[object] = []

    class Own(type(CLIENT._serializer._param_validator)):  # type: ignore[misc]  # known by its object alone
        def validate(self, *arguments: Any) -> Any:
            asked.append(arguments[0])
            return super().validate(*arguments)

    client = make_client()
    client._serializer._param_validator = Own()
    with mock_simpledb():
        client.create_domain(DomainName="users")
    assert asked == [{"DomainName": "users"}]
