"""Validates and serializes a call's parameters in one pass while a mock is active.

botocore goes through the parameters twice, once to validate and once to serialize them, with methods looked up for each
value: a third of the time of a large write, and most of it when nothing is signed or sent.  SimpleDB's model needs few
of its rules.  Parameters that are not clearly valid by these are left to botocore, which has its own error messages.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

from basicdb_mock.intercept.registry import REGISTRY

Form: TypeAlias = "dict[str, Any]"
Write: TypeAlias = "Callable[[Any, str, Form], bool]"
"""Write a value below a name into a form; false when botocore is to be asked."""

_WRITE = "_basicdb_mock_write"
_SCALARS = {"string": str, "boolean": bool, "integer": int}
_BOUNDS = frozenset(("min", "max", "pattern", "document", "idempotencyToken", "union"))


def write_at_once(serialize: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``ParamValidationDecorator.serialize_to_request``."""

    @functools.wraps(serialize)
    def serialized(self: Any, parameters: Any, operation_model: Any) -> Any:
        if (
            REGISTRY.engaged
            and (type(self._param_validator), type(self._serializer)) == _botocores_own()
            and operation_model.service_model.service_name == "sdb"
        ):
            form: Form = {}
            if _writer_of(operation_model)(parameters, "", form):
                request = self._serializer.serialize_to_request({}, operation_model)
                request["body"].update(form)
                return request
        return serialize(self, parameters, operation_model)

    return serialized


@functools.cache
def _botocores_own() -> tuple[type, type]:
    from botocore.serialize import QuerySerializer
    from botocore.validate import ParamValidator

    return ParamValidator, QuerySerializer


def _writer_of(operation_model: Any) -> Write:
    write: Write | None = vars(operation_model).get(_WRITE)
    if write is None:
        shape = operation_model.input_shape
        write = _left_to_botocore if shape is None else _writer(shape)
        setattr(operation_model, _WRITE, write)
    return write


def _left_to_botocore(value: Any, name: str, form: Form) -> bool:
    return False


def _writer(shape: Any) -> Write:
    if _BOUNDS.intersection(shape.metadata):
        return _left_to_botocore
    if shape.type_name in _SCALARS:
        return _scalar(_SCALARS[shape.type_name])
    if shape.type_name == "structure":
        return _structure(shape)
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        return _flat_list(shape)
    return _left_to_botocore


def _scalar(kind: type) -> Write:
    def write(value: Any, name: str, form: Form) -> bool:
        if type(value) is not kind:
            return False
        form[name] = value if kind is not bool else "true" if value else "false"
        return True

    return write


def _structure(shape: Any) -> Write:
    members = {key: (member.serialization.get("name", key), _writer(member)) for key, member in shape.members.items()}
    required = frozenset(shape.required_members)

    def write(value: Any, name: str, form: Form) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        prefix = f"{name}." if name else ""
        for key, part in value.items():
            member = members.get(key)
            if member is None or not member[1](part, prefix + member[0], form):
                return False
        return True

    return write


def _flat_list(shape: Any) -> Write:
    write_entry, own_name = _writer(shape.member), shape.member.serialization.get("name")

    def write(value: Any, name: str, form: Form) -> bool:
        if type(value) is not list or not value:
            return False
        prefix = name
        if own_name:
            above, dot, _ = name.rpartition(".")
            prefix = above + dot + own_name
        return all(write_entry(entry, f"{prefix}.{number}", form) for number, entry in enumerate(value, 1))

    return write
