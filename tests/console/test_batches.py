"""Several items put and deleted as one call, from lines and from the grid."""

from __future__ import annotations

import json
import re

import pytest

from tests.console.conftest import EVIL, PLACE, SHOP, TENANT, Visitor


def put(visitor: Visitor, rows: str, **extra: str) -> str:
    return visitor.act("BatchPutAttributes", extra={"rows": rows, **extra}, DomainName="shop")


def attributes(visitor: Visitor, item: str) -> dict[str, list[str]]:
    told = visitor.json("/item", **SHOP, item=item)["attributes"]
    return {attribute["name"]: attribute["values"] for attribute in told}


def test_lines_of_csv_are_one_call(visitor: Visitor) -> None:
    page = put(visitor, 'itemName(),color,color,size\r\nfig,red,green,3\r\nquince,"a, b",,\r\n')
    assert (
        "Action=BatchPutAttributes&DomainName=shop&Item.1.ItemName=fig&Item.1.Attribute.1.Name=color"
        "&Item.1.Attribute.1.Value=red&Item.1.Attribute.2.Name=color&Item.1.Attribute.2.Value=green"
        "&Item.1.Attribute.3.Name=size&Item.1.Attribute.3.Value=3&Item.2.ItemName=quince"
    ) in page
    assert attributes(visitor, "fig") == {"color": ["green", "red"], "size": ["3"]}
    assert attributes(visitor, "quince") == {"color": ["a, b"]}
    assert visitor.json("/requests")["total"] == 1


def test_a_cell_may_have_several_lines(visitor: Visitor) -> None:
    put(visitor, 'itemName(),note\r\nfig,"one\r\ntwo"\r\n')
    assert attributes(visitor, "fig") == {"note": ["one\ntwo"]}


def test_lines_of_json_are_one_call(visitor: Visitor) -> None:
    rows = [{"itemName()": "fig", "color": ["red", "green"]}, {"itemName()": EVIL, "v\x02": "\x01", "empty": ""}]
    put(visitor, "\n".join(map(json.dumps, rows)) + "\n\n")
    assert attributes(visitor, "fig") == {"color": ["green", "red"]}
    assert {"v\x02": ["\x01"], "empty": [""]}.items() <= attributes(visitor, EVIL).items()


def test_values_are_added_or_replaced(visitor: Visitor) -> None:
    put(visitor, "itemName(),price\nplum,9")
    assert attributes(visitor, "plum")["price"] == ["2", "9"]
    assert "Item.1.Attribute.1.Replace=true" in put(visitor, "itemName(),price\nplum,7", replace="true")
    assert attributes(visitor, "plum")["price"] == ["7"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("", "give at least one item"),
        ("itemName(),color", "give at least one item"),
        ("name,color\nfig,red", "line 1: the first column must be itemName()"),
        ("itemName(),color\nfig,red,green", "line 2: 3 cells, but there are 2 columns"),
        ('itemName(),color\nfig,"red', "line 2: unexpected end of data"),
        ('{"itemName()": "fig", "n": 3}', "line 1: a value must be a string or a list of strings"),
        ('{"itemName()": "fig", "n": "3"}\n{"n": "3"}', "line 2: write an item as"),
        ('{"itemName()": "fig",', "line 1: not JSON: "),
    ],
)
def test_lines_that_are_no_items_change_nothing_and_are_told(visitor: Visitor, rows: str, problem: str) -> None:
    answer = visitor.post("/act", action="BatchPutAttributes", rows=rows, **PLACE, **{"p.DomainName": "shop"})
    assert answer.status_code == 400
    assert problem in answer.text
    assert "return to your input" in answer.text
    assert visitor.json("/requests")["total"] == 0


def test_too_many_items_get_simpledbs_own_error(visitor: Visitor) -> None:
    rows = "itemName(),a\n" + "".join(f"i{number},1\n" for number in range(26))
    assert "NumberSubmittedItemsExceeded" in put(visitor, rows)
    assert attributes(visitor, "i0") == {}


def test_picked_items_are_deleted_as_one_call(visitor: Visitor) -> None:
    page = visitor.get("/domain", **SHOP)
    assert len(re.findall(r'form="batch" name="j.Item.\d+.ItemName"', page)) == 4
    picked = {"j.Item.1.ItemName": json.dumps(EVIL), "j.Item.4.ItemName": json.dumps("odd\x01")}
    page = visitor.act("BatchDeleteAttributes", extra=picked, DomainName="shop")
    assert "Action=BatchDeleteAttributes&DomainName=shop&Item.1.ItemName=%3Cscript%3E" in page
    assert "&Item.2.ItemName=odd%01&Version=" in page
    assert [row["name"]["text"] for row in visitor.json("/domain", **SHOP)["rows"]] == ["apple", "plum"]


def test_picking_none_deletes_nothing(visitor: Visitor) -> None:
    assert ">400 MissingParameter</span> No items specified" in visitor.act("BatchDeleteAttributes", DomainName="shop")
    assert visitor.engine.storage.domain(TENANT, "shop").statistics().item_count == 4
