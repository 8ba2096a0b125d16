"""Each flow of the console in a browser, from the page it begins on to what it changes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from basicdb_mock.exports import ExportSettings
from basicdb_mock.server import RunningServer
from basicdb_mock.transcripts.reading import parse
from tests.console.browser.conftest import EVIL, PLACE, SHOP, TENANT, Visit


def item_of(server: RunningServer, name: str, domain: str = "shop") -> dict[str, Any]:
    item = server.engine.storage.domain(TENANT, domain).get(name) or {}
    return {attribute: [values] if isinstance(values, str) else sorted(values) for attribute, values in item.items()}


def domains_of(server: RunningServer) -> list[str]:
    return list(server.engine.storage.list_domains(TENANT, "", 100))


# -- domains and items -------------------------------------------------------------------------------------------------


def test_a_domain_is_created_and_deleted(visit: Visit, server: RunningServer) -> None:
    page = visit.go()
    page.get_by_label("Name", exact=True).fill("fresh")
    page.get_by_role("button", name="Create").click()
    visit.see(".sent summary", "CreateDomain: 200")
    visit.see(".wire pre", "Action=CreateDomain&DomainName=fresh&Version=2009-04-15")
    assert domains_of(server) == ["empty", "fresh", "shop"]

    page.get_by_role("button", name="Delete domain fresh").click()
    visit.see(".sent summary", "DeleteDomain: 200")
    assert domains_of(server) == ["empty", "shop"]


def test_a_refused_domain_shows_why(visit: Visit) -> None:
    page = visit.go()
    page.get_by_label("Name", exact=True).fill("x")
    page.get_by_role("button", name="Create").click()
    visit.see(".sent summary", "400 InvalidParameterValue Value (x) for parameter DomainName is invalid.")


def test_items_are_filtered_sorted_and_opened(visit: Visit) -> None:
    page = visit.go()
    page.get_by_role("link", name="shop").click()
    page.get_by_role("textbox", name="where").fill("price > '1'")
    page.get_by_role("button", name="Show").click()
    visit.see(".expression", "select * from shop where price > '1' limit 50")
    page.get_by_role("link", name="price").click()
    visit.see("th[aria-sort=ascending]", "price")
    page.get_by_role("link", name="price").click()
    visit.see("th[aria-sort=descending]", "price")
    assert page.locator("tbody th").all_inner_texts() == ["pear", "apple", "plum"]
    assert "where=price" in page.url
    assert page.locator("tbody tr", has_text="apple").locator(".chip").all_inner_texts() == [
        "green", "red", "3", "Altes Land",
    ]  # fmt: skip
    page.get_by_role("link", name="plum").click()
    visit.see("h1", "plum")


def test_attributes_are_put_with_as_many_rows_as_it_takes(visit: Visit, server: RunningServer) -> None:
    page = visit.go(SHOP)
    page.get_by_text("Put attributes").click()
    page.get_by_label("Item name").fill("quince")
    page.get_by_role("button", name="Another attribute").click()
    for number in range(1, 5):
        row = page.get_by_role("group", name=f"Attribute {number}")
        row.get_by_label("Name").fill(f"a{number}")
        row.get_by_label("Value").fill(f"one\ntwo {number}")
    page.get_by_role("button", name="Put").click()
    visit.see(".sent summary", "PutAttributes: 200")
    assert item_of(server, "quince") == {f"a{number}": [f"one\ntwo {number}"] for number in range(1, 5)}


def test_attributes_are_put_on_a_condition(visit: Visit, server: RunningServer) -> None:
    page = visit.go(f"item?{PLACE}&domain=shop&item=plum")

    def put(expected: str) -> None:
        form = page.locator("form.put")
        form.get_by_label("Name").first.fill("price")
        form.get_by_label("Value", exact=True).first.fill("9")
        form.get_by_label("replace").first.check()
        form.get_by_text("Only on a condition").click()
        form.get_by_label("Attribute", exact=True).fill("price")
        form.get_by_label("Expected value").fill(expected)
        form.get_by_role("button", name="Put").click()

    put("7")
    visit.see(".sent summary", "409 ConditionalCheckFailed")
    visit.see(".sent summary", "Attribute (price) value is (2) but was expected (7)")
    assert item_of(server, "plum")["price"] == ["2"]
    put("2")
    visit.see(".sent summary", "PutAttributes: 200")
    assert item_of(server, "plum")["price"] == ["9"]


def test_a_value_is_replaced_in_its_place(visit: Visit, server: RunningServer) -> None:
    page = visit.go(f"item?{PLACE}&domain=shop&item=plum")
    row = page.locator("tr", has_text="color")
    row.get_by_text("Replace").first.click()
    row.get_by_label("New value of color").fill("violet")
    row.get_by_label("only if it is unchanged").check()
    row.get_by_role("button", name="Replace").click()
    visit.see(".sent summary", "PutAttributes: 200")
    visit.see(
        ".wire pre",
        "DomainName=shop&ItemName=plum&Attribute.1.Name=color&Attribute.1.Value=violet&Attribute.1.Replace=true"
        "&Expected.Name=color&Expected.Value=blue",
    )
    assert item_of(server, "plum")["color"] == ["violet"]


def test_values_and_attributes_and_items_are_deleted(visit: Visit, server: RunningServer) -> None:
    page = visit.go(f"item?{PLACE}&domain=shop&item=apple")
    page.get_by_role("button", name="Delete value red of color").click()
    visit.see(".sent summary", "DeleteAttributes: 200")
    assert item_of(server, "apple")["color"] == ["green"]
    page.get_by_label("Attribute name").fill("color")
    page.get_by_role("button", name="Delete attributes").click()
    visit.see(".sent summary", "DeleteAttributes: 200")
    assert sorted(item_of(server, "apple")) == ["origin", "price"]
    page.get_by_role("button", name="Delete item").click()
    visit.see("h1", "shop")
    assert item_of(server, "apple") == {}


def test_a_page_follows_by_the_real_token(visit: Visit, server: RunningServer) -> None:
    client = server.client(aws_access_key_id="pages")
    client.create_domain(DomainName="many")
    for start in range(0, 75, 25):
        client.batch_put_attributes(
            DomainName="many",
            Items=[
                {"Name": f"i{number:02d}", "Attributes": [{"Name": "a", "Value": "1"}]}
                for number in range(start, start + 25)
            ],
        )
    page = visit.go()
    page.get_by_role("link", name="many").click()
    visit.see("tbody th", "i00")
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Next page").click()
    visit.see("tbody th", "i50")
    assert page.locator("tbody tr").count() == 25


FITS = "document.documentElement.scrollWidth <= innerWidth"
"""That nothing stands out on the right, which is so once the page's style is there."""

ODD = [EVIL, "odd\x01", "line\r\nbreak\x02", "quote'\"`<&>/?#%", "n" * 1024, "\U0001f600 \xe9"]


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_names_of_every_kind_are_opened_and_changed(visit: Visit, server: RunningServer, name: str) -> None:
    server.client(aws_access_key_id="odd").create_domain(DomainName="odd")
    account = server.engine.accounts.account_of("odd")
    region = {"account": account, "region": TENANT.region}
    with_names = {"ItemName": name, "Attribute.1.Name": name, "Attribute.1.Value": name}
    page = visit.go()
    csrf = page.locator("input[name=csrf]").first.input_value()
    form = {f"j.{key}": json.dumps(value) for key, value in with_names.items()}
    page.request.post(
        f"{visit.url}act", form={"csrf": csrf, "action": "PutAttributes", "p.DomainName": "odd", **region, **form}
    )
    page = visit.go(f"domain?account={account}&region={TENANT.region}&domain=odd")
    page.wait_for_function(FITS)
    page.locator("tbody th a").click()
    page.wait_for_function(FITS)
    page.locator("button[aria-label^='Delete value']").click()
    visit.see(".sent summary", "DeleteAttributes: 200")
    visit.see("main", "There is no such item")
    assert page.title() != "broken into"


# -- Select ------------------------------------------------------------------------------------------------------------


def test_a_select_is_written_run_and_explained(visit: Visit) -> None:
    page = visit.go("select")
    page.get_by_label("Expression").fill("select color, price from shop where price > '1' order by price")
    assert page.locator(".paint .k").all_inner_texts() == ["select", "from", "where", "order", "by"]
    assert page.locator(".paint .l").all_inner_texts() == ["'1'"]
    page.keyboard.press("Control+Enter")
    visit.see("#results", "3 items")
    assert page.locator("tbody th").all_inner_texts() == ["plum", "apple", "pear"]
    visit.see("section[aria-labelledby=explain]", "price > '1'")
    visit.see("section[aria-labelledby=explain]", "of 5 items")
    page.get_by_text("AWS CLI").click()
    visit.see("details[open] >> nth=1", "aws sdb select --endpoint-url")
    page.get_by_role("link", name="the request as it was sent").click()
    visit.see(".wire pre", "SelectExpression=select+color%2C+price")


def test_results_are_taken_away(visit: Visit) -> None:
    page = visit.go(f"select?{PLACE}&expression=" + quote("select price from shop where price = '2'"))
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert Path(download.value.path()).read_bytes() == b"itemName(),price\r\nplum,2\r\n"
    address = page.get_by_role("link", name="JSON", exact=True).get_attribute("href")
    assert page.request.get(visit.url + address.removeprefix("/_basicdb/")).json()["rows"][0]["name"]["text"] == "plum"


def test_an_error_is_underlined_where_it_is(visit: Visit) -> None:
    page = visit.go("select")
    page.get_by_label("Expression").fill("select * from shop wher color = 'red'")
    page.get_by_role("button", name="Run").click()
    visit.see(".problem", "InvalidQueryExpression: The specified query expression syntax is not valid.")
    assert "".join(page.locator(".paint .wrong").all_inner_texts()) == "wher color = 'red'"
    page.get_by_label("Expression").press_sequentially(" ")
    assert page.locator(".paint .wrong").count() == 0


def test_what_was_selected_before_is_in_the_history(visit: Visit) -> None:
    for expression in ("select * from shop", "select count(*) from shop"):
        page = visit.go(f"select?{PLACE}&expression={quote(expression)}")
    history = page.get_by_label("History")
    assert history.locator("option").all_inner_texts() == ["…", "select count(*) from shop", "select * from shop"]
    history.select_option("select * from shop")
    assert page.get_by_label("Expression").input_value() == "select * from shop"


# -- requests ----------------------------------------------------------------------------------------------------------


def test_the_journal_is_followed_and_paused(visit: Visit, server: RunningServer) -> None:
    client = server.client(aws_access_key_id="follow")
    page = visit.go("requests")
    visit.see("#following", "New requests appear as they are made.")
    client.create_domain(DomainName="followed")
    visit.see("#calls tbody tr", "CreateDomain")
    visit.see(".charts figcaption", "Requests: 1")
    page.get_by_role("button", name="Pause").click()
    visit.see("#following", "Paused.")
    client.list_domains()
    assert page.locator("#calls tbody tr").count() == 1
    page.get_by_role("button", name="Follow").click()
    visit.see("#calls tbody tr", "ListDomains")
    assert page.locator("#calls tbody tr").count() == 2


def test_requests_are_filtered_and_opened_and_saved(visit: Visit, server: RunningServer) -> None:
    client = server.client(aws_access_key_id="journal")
    for name in ("first", "x", "second"):
        with suppress(client.exceptions.InvalidParameterValue):
            client.create_domain(DomainName=name)
    client.list_domains()
    page = visit.go("requests")
    page.get_by_label("Operation").fill("CreateDomain")
    page.get_by_label("Status").fill("400")
    page.get_by_role("button", name="Filter").click()
    visit.see("#calls tbody", "400 InvalidParameterValue")
    assert page.locator("#calls tbody tr").count() == 1
    client.list_domains()  # is not shown: it does not pass the filter
    with page.expect_download() as download:
        page.get_by_role("link", name="Save these as a transcript").click()
    transcript = parse(yaml.safe_load(Path(download.value.path()).read_text(encoding="utf-8")))
    assert [exchange.call.action for exchange in transcript.exchanges] == ["CreateDomain"]
    page.locator("#calls tbody a").click()
    visit.see("section[aria-labelledby=parameters]", "DomainName")
    visit.see(".wire", "Value (x) for parameter DomainName is invalid.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as transcript").click()
    assert "CreateDomain" in Path(download.value.path()).read_text(encoding="utf-8")


# -- rehearsal ---------------------------------------------------------------------------------------------------------


def test_a_fault_is_put_in_force_met_and_removed(visit: Visit, server: RunningServer) -> None:
    page = visit.go("rehearsal")
    page.get_by_label("Operation").select_option("ListDomains")
    page.get_by_label("Times").fill("1")
    page.get_by_role("button", name="Add fault").click()
    visit.see(".said", "added.")
    visit.see(".banner", "1 fault in force")
    client = server.client(aws_access_key_id="fault")
    client.list_domains()  # botocore has tried again
    page.reload()
    assert page.locator("section[aria-labelledby=faults] tbody td.number").all_inner_texts() == ["2", "1"]
    page.get_by_role("button", name="Remove fault").click()
    visit.see("section[aria-labelledby=faults]", "None in force.")
    assert page.locator(".banner").count() == 0


def test_latency_and_a_faults_file(visit: Visit, server: RunningServer) -> None:
    page = visit.go("rehearsal")
    page.get_by_label("Effect").select_option("delay")
    page.get_by_label("Seconds, rate or fraction").fill("uniform(0, 0.01)")
    page.get_by_role("button", name="Add fault", exact=True).click()
    visit.see("section[aria-labelledby=faults] tbody", "uniform(0")
    page.get_by_text("As a faults file").click()
    page.get_by_label("Faults, YAML or JSON").fill("- {operation: Select, fail: InternalError, every: 3}")
    page.get_by_role("button", name="Add faults").click()
    visit.see("section[aria-labelledby=faults] tbody tr >> nth=1", "every: 3")
    assert len(server.engine.rehearsal.standing()) == 2


def test_lag_clock_and_limits_are_set(visit: Visit, server: RunningServer) -> None:
    page = visit.go("rehearsal")
    page.get_by_label("Lag").fill("2")
    page.get_by_role("button", name="Set", exact=True).click()
    visit.see("section[aria-labelledby=lag]", "stale by 2")
    clock = page.locator("section[aria-labelledby=clock]")
    clock.get_by_role("textbox", name="Seconds").fill("1700000000")
    clock.get_by_role("button").click()
    visit.see(".banner", "the clock is frozen")
    visit.see("section[aria-labelledby=clock]", "14 Nov 2023")
    page.locator("select[name=limit]").select_option("domains")
    page.get_by_label("Limit's value").fill("1")
    page.get_by_role("button", name="Set the limits").click()
    visit.see(".said", "The limits are set.")
    assert (server.engine.limits.domains, server.engine.clock.now()) == (1, 1_700_000_000)
    page = visit.go(f"item?{PLACE}&domain=shop&item=plum")
    page.get_by_role("button", name="Delete value blue of color").click()
    visit.see("section[aria-labelledby=stale]", "blue")


def test_what_cannot_be_set_is_told(visit: Visit) -> None:
    page = visit.go("rehearsal")
    page.get_by_label("Lag").fill("many")
    page.get_by_role("button", name="Set", exact=True).click()
    visit.see("[role=alert]", "lag: seconds must be a number or a text such as uniform(0.1, 0.5), not 'many'")


def test_snapshots_are_saved_compared_restored_and_forgotten(visit: Visit, server: RunningServer) -> None:
    page = visit.go("rehearsal")
    page.get_by_label("Name", exact=True).fill("before")
    page.get_by_role("button", name="Save").click()
    visit.see(".said", "Snapshot before saved.")
    visit.go(f"item?{PLACE}&domain=shop&item=plum")
    page.get_by_role("button", name="Delete item").click()
    visit.see(".sent summary", "DeleteAttributes: 200")
    visit.go("rehearsal")
    page.get_by_role("button", name="Compare").click()
    visit.see("#differences tbody", "gone")
    visit.see("section[aria-labelledby=snapshots]", "From before to now: 0 added, 0 changed, 1 gone.")
    page.get_by_role("button", name="Restore before").click()
    visit.see(".said", "Snapshot before restored.")
    assert item_of(server, "plum")["color"] == ["blue"]
    page.get_by_role("button", name="Forget before").click()
    visit.see(".said", "Snapshot before deleted.")


def test_a_seed_is_uploaded_and_downloaded(visit: Visit, tmp_path: Path) -> None:
    seed = tmp_path / "cars.yaml"
    seed.write_text("cars:\n  beetle: {color: green}\n", encoding="utf-8")
    page = visit.go("rehearsal")
    page.get_by_label("File").set_input_files(seed)
    page.get_by_role("textbox", name="Account", exact=True).fill(TENANT.account)
    page.get_by_role("textbox", name="Region", exact=True).fill(TENANT.region)
    page.get_by_role("button", name="Seed").click()
    visit.see(".said", "1 item seeded into 1 domain.")
    visit.go(f"domain?{PLACE}&domain=cars")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a seed").click()
    assert yaml.safe_load(Path(download.value.path()).read_text()) == {"cars": {"beetle": {"color": "green"}}}


def test_everything_is_reset(visit: Visit, server: RunningServer) -> None:
    page = visit.go("rehearsal")
    page.get_by_role("button", name="Reset everything").click()
    visit.see(".said", "as at the start")
    assert list(server.engine.storage.tenants()) == []


# -- getting about -----------------------------------------------------------------------------------------------------


def test_keys_lead_to_pages_and_the_first_field(visit: Visit) -> None:
    page = visit.go()
    for key, title in (("s", "Select"), ("r", "Requests"), ("h", "Rehearsal"), ("d", "Domains")):
        page.keyboard.press(key)
        visit.see("h1", title)
        page.wait_for_load_state()  # the heading is there before the script that hears keys
    page.keyboard.press("/")
    page.keyboard.type("/srd")
    assert page.get_by_label("Name", exact=True).input_value() == "/srd"


def test_the_first_tab_skips_to_the_content(visit: Visit) -> None:
    page = visit.go()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_reading_needs_no_javascript(scriptless: Visit, server: RunningServer) -> None:
    server.client(aws_access_key_id="plain").list_domains()
    page = scriptless.go()
    page.get_by_role("link", name="shop").click()
    page.get_by_role("link", name="apple").click()
    scriptless.see("tbody", "Altes Land")
    page.get_by_role("link", name="Select").click()
    page.get_by_label("Expression").fill("select * from shop wher price = '2'")
    page.get_by_role("button", name="Run").click()
    scriptless.see(".place mark", "wher price =")
    page.get_by_label("Expression").fill("select * from shop where price = '2'")
    page.get_by_role("button", name="Run").click()
    scriptless.see("#results", "1 item")
    page.get_by_role("link", name="Requests").click()
    scriptless.see("#calls tbody", "ListDomains")
    assert page.get_by_role("button", name="Follow").count() == 0
    page.get_by_role("link", name="Rehearsal").click()
    scriptless.see("h1", "Rehearsal")


# -- batches and exports -----------------------------------------------------------------------------------------------


def test_several_items_are_put_as_lines(visit: Visit, server: RunningServer) -> None:
    page = visit.go(SHOP)
    page.get_by_text("Put several items").click()
    page.get_by_label("Items, as CSV or JSON lines").fill("itemName(),color,color\nfig,green,violet\nquince,yellow,\n")
    page.get_by_role("button", name="Put them").click()
    visit.see(".sent summary", "BatchPutAttributes: 200")
    visit.see(".wire pre", "Item.1.ItemName=fig&Item.1.Attribute.1.Name=color&Item.1.Attribute.1.Value=green")
    assert item_of(server, "fig") == {"color": ["green", "violet"]}
    assert item_of(server, "quince") == {"color": ["yellow"]}


def test_lines_that_are_no_items_are_told_and_kept(visit: Visit) -> None:
    page = visit.go(SHOP)
    page.get_by_text("Put several items").click()
    page.get_by_label("Items, as CSV or JSON lines").fill("color\nred")
    with page.expect_console_message(lambda said: "400" in said.text):  # the browser logs each answer of 400
        page.get_by_role("button", name="Put them").click()
    visit.see("[role=alert]", "line 1: the first column must be itemName()")
    visit.wrongs.clear()
    page.go_back()
    assert page.get_by_label("Items, as CSV or JSON lines").input_value() == "color\nred"


def test_picked_items_are_deleted_together(visit: Visit, server: RunningServer) -> None:
    page = visit.go(SHOP)
    button = page.get_by_role("button", name="Delete the selected items")
    assert button.is_disabled()
    for name in ("apple", "pear"):
        page.get_by_label(f"Select {name}", exact=True).check()
    visit.see("#picked", "2 of 5, as one BatchDeleteAttributes")
    button.click()
    visit.see(".sent summary", "BatchDeleteAttributes: 200")
    visit.see(".wire pre", "Item.1.ItemName=apple&Item.2.ItemName=pear&Version=2009-04-15")
    assert page.locator("tbody tr").count() == 3
    page.get_by_label("Select all items of this page").check()
    visit.see("#picked", "3 of 3")
    button.click()
    visit.see(".empty-state", "No items.")
    assert server.engine.storage.domain(TENANT, "shop").statistics().item_count == 0


def test_an_export_is_started_from_its_domain_and_opened(visit: Visit) -> None:
    page = visit.go(SHOP)
    page.get_by_role("link", name="Export it").click()
    page.get_by_role("textbox", name="Bucket").fill("my-exports")
    page.get_by_role("textbox", name="Prefix").fill("nightly")
    page.get_by_role("button", name="Start an export").click()
    visit.see(".sent summary", "StartDomainExport: 200")
    visit.see(".wire pre", '"s3Bucket": "my-exports"')
    exports = page.locator("section[aria-labelledby=exports]")
    visit.see("section[aria-labelledby=exports] tbody tr", "SUCCEEDED")
    exports.get_by_text("in my-exports").click()
    exports.get_by_role("link", name="dataFile").click()
    visit.see("body", '"itemName":"apple"')


def test_an_export_under_way_is_shown_until_it_has_ended(visit: Visit, server: RunningServer) -> None:
    exports, clock = server.engine.exports, server.engine.clock
    usual = exports.settings
    clock.freeze(1_700_000_000)
    exports.settings = ExportSettings(delay=60)
    try:
        page = visit.go(f"rehearsal?{PLACE}&domain=shop")
        page.get_by_role("textbox", name="Bucket").fill("my-exports")
        page.get_by_role("button", name="Start an export").click()
        visit.see("section[aria-labelledby=exports] tbody tr", "PENDING")
        clock.tick(40)
        visit.see("section[aria-labelledby=exports] tbody tr", "IN_PROGRESS")
        clock.tick(40)
        visit.see("section[aria-labelledby=exports] tbody tr", "SUCCEEDED")
    finally:
        exports.settings = usual


def test_n_leads_to_the_next_page(visit: Visit) -> None:
    page = visit.go(f"select?{PLACE}&expression=" + quote("select * from shop limit 2"))
    first = page.locator("tbody th").all_inner_texts()
    with page.expect_navigation():
        page.keyboard.press("n")
    assert "after=" in page.url
    assert page.locator("tbody th").count() == 2
    assert page.locator("tbody th").all_inner_texts() != first


def test_a_snippet_is_copied(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.go(f"select?{PLACE}&expression=" + quote("select * from shop limit 2"))
    page.get_by_role("button", name="Copy").first.click()
    visit.see("button.copy", "Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("import boto3")
