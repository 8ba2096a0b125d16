"""GetAttributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from basicdb_mock.model import Item
from basicdb_mock.operations import costs
from basicdb_mock.operations.account import Account
from basicdb_mock.operations.parameters import Parameters
from basicdb_mock.results import Attributes


@dataclass(frozen=True, slots=True)
class GetAttributes:
    """All or some attributes of an item; none if the item does not exist.  Source: DG/SDB_API_GetAttributes."""

    ERROR_COST: ClassVar[int] = costs.READ

    domain: str
    item: str
    names: tuple[str, ...]
    consistent: bool

    @classmethod
    def read(cls, parameters: Parameters) -> GetAttributes:
        return cls(
            parameters.domain_name(), parameters.item_name(), parameters.attribute_names(), parameters.consistent_read()
        )

    def run(self, account: Account) -> Attributes:
        item = account.domain(self.domain, consistent=self.consistent).get(self.item) or {}
        if self.names:
            item = {name: values for name, values in item.items() if name in self.names}
        return Attributes(costs.get(len(item)), in_byte_order(item))


def in_byte_order(item: Item) -> Item:
    """The item with the values of each attribute sorted by their bytes, as GetAttributes returns them (observed)."""
    return {
        name: values if isinstance(values, str) else tuple(sorted(values)) for name, values in item.items()
    }
