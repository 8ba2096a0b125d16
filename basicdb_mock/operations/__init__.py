"""The operations of the service, one module each, and which API version has which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from basicdb_mock.operations.account import Account
from basicdb_mock.operations.batch_delete_attributes import BatchDeleteAttributes
from basicdb_mock.operations.batch_put_attributes import BatchPutAttributes
from basicdb_mock.operations.create_domain import CreateDomain
from basicdb_mock.operations.delete_attributes import DeleteAttributes
from basicdb_mock.operations.delete_domain import DeleteDomain
from basicdb_mock.operations.domain_metadata import DomainMetadata
from basicdb_mock.operations.get_attributes import GetAttributes
from basicdb_mock.operations.list_domains import ListDomains
from basicdb_mock.operations.parameters import V2007, V2009, VERSIONS, Parameters
from basicdb_mock.operations.put_attributes import PutAttributes
from basicdb_mock.operations.query import Query
from basicdb_mock.operations.query_with_attributes import QueryWithAttributes
from basicdb_mock.operations.select import Select
from basicdb_mock.results import Result

__all__ = ["ACTIONS", "VERSIONS", "Account", "Operation", "Parameters", "Result"]


class Operation(Protocol):
    """An operation with its parameters read."""

    ERROR_COST: ClassVar[int]
    """The BoxUsage of its errors, in units of 1e-10 machine hours."""

    def run(self, account: Account) -> Result:
        """Run the operation.  Raises SimpleDBError."""


class Action(Protocol):
    """An operation before its parameters are read: its class."""

    ERROR_COST: int

    def read(self, parameters: Parameters) -> Operation:
        """Read and check the parameters, in AWS's order.  Raises SimpleDBError."""


_BOTH: dict[str, Action] = {
    "BatchDeleteAttributes": BatchDeleteAttributes,
    "BatchPutAttributes": BatchPutAttributes,
    "CreateDomain": CreateDomain,
    "DeleteAttributes": DeleteAttributes,
    "DeleteDomain": DeleteDomain,
    "DomainMetadata": DomainMetadata,
    "GetAttributes": GetAttributes,
    "ListDomains": ListDomains,
    "PutAttributes": PutAttributes,
    "Select": Select,
}
_ONLY_2007: dict[str, Action] = {"Query": Query, "QueryWithAttributes": QueryWithAttributes}
ACTIONS: Mapping[str, Mapping[str, Action]] = {V2009: _BOTH, V2007: _BOTH | _ONLY_2007}
"""The operations of each version, by name."""
