"""What the control API gives as files and streams, and calls it makes, through its client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from basicdb_mock.accounts import account_of
from basicdb_mock.control_client import Control, ControlError
from basicdb_mock.server import RunningServer
from basicdb_mock.transcripts.reading import parse

DATA = {"users": {"alice": {"color": ["blue", "red"], "age": "30"}, "odd\x01": {"v": "\x02"}}, "carts": {}}
COLORED = "select color from users where color is not null"


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, str]:
    with pytest.raises(ControlError) as caught:
        call(*arguments, **named)
    return caught.value.status, caught.value.code, caught.value.message


class TestSeeds:
    def test_what_is_downloaded_is_seeded_again(self, control: Control, tmp_path: Path) -> None:
        control.seed(DATA)
        path = tmp_path / "all.yaml"
        path.write_text(control.download_seed(), encoding="utf-8")
        assert yaml.safe_load(control.download_seed(domain="carts")) == {"carts": {}}
        control.reset()

        control.seed_file(path)

        (tenant,) = control.dump()
        assert (tenant["account"], tenant["domains"]) == (account_of("testing"), DATA)

    def test_a_csv_is_a_domain_of_its_name(self, control: Control, tmp_path: Path) -> None:
        path = tmp_path / "cars.csv"
        path.write_text("itemName(),color,color\nbeetle,green,blue\n", encoding="utf-8")

        control.seed_file(path, account="123456789012", region="eu-west-1")

        assert control.dump() == [{
            "account": "123456789012", "region": "eu-west-1",
            "domains": {"cars": {"beetle": {"color": ["blue", "green"]}}},
        }]  # fmt: skip

    def test_a_file_that_is_no_seed_is_refused_with_the_line(self, control: Control, tmp_path: Path) -> None:
        path = tmp_path / "users.yaml"
        path.write_text("users:\n  alice: red\n", encoding="utf-8")
        problem = "users.yaml, line 2: item 'alice' must be a mapping of attributes"
        assert refused(control.seed_file, path) == (400, "BadRequest", problem)
        with pytest.raises(ValueError, match=r"a seed file must end in one of \.yaml, \.yml, \.json, \.csv"):
            control.seed_file(tmp_path / "users.txt")

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
    )
    def test_a_form_of_another_page_cannot_seed(self, server: RunningServer, kind: str) -> None:
        request = Request(f"{server.url}/_basicdb/seed/file", b"users: {}", {"Content-Type": kind})
        with pytest.raises(HTTPError) as caught:
            urlopen(request)
        with caught.value:
            assert caught.value.code == 415

    def test_a_domain_that_is_not_there_is_told(self, control: Control) -> None:
        answer = (409, "NoSuchDomain", "The specified domain does not exist.")
        assert refused(control.download_seed, domain="nowhere") == answer


class TestSelects:
    def test_results_come_as_json_csv_and_xml_and_are_no_calls(self, control: Control) -> None:
        control.seed(DATA)

        told = json.loads(control.results(COLORED))
        assert told["columns"] == ["color"]
        assert told["rows"][0]["name"] == {"text": "alice", "encoded": False}
        assert control.results(COLORED, form="csv") == 'itemName(),color\r\nalice,"blue\nred"\r\n'
        assert control.results(COLORED, form="xml").startswith('<?xml version="1.0"?>\n<SelectResponse')
        assert control.calls() == []

    def test_the_next_page_follows_by_its_token(self, control: Control) -> None:
        control.seed(DATA)
        first = json.loads(control.results("select * from users limit 1"))
        second = json.loads(control.results("select * from users limit 1", after=first["next_token"]))
        assert [page["rows"][0]["name"]["text"] for page in (first, second)] == ["alice", "odd\x01"]

    def test_what_is_wrong_with_a_select_is_told_as_simpledb_tells_it(self, control: Control) -> None:
        wrong = (400, "InvalidQueryExpression", "The specified query expression syntax is not valid.")
        assert refused(control.results, "select") == wrong
        assert "<Code>InvalidQueryExpression</Code>" in control.results("select", form="xml")
        assert refused(control.explain, "select") == wrong
        assert refused(control.results, COLORED, form="pdf")[2] == "the parameter as takes csv, json or xml, not 'pdf'"
        assert refused(control.explain, COLORED)[:2] == (400, "NoSuchDomain")

    def test_how_a_select_is_found_is_told(self, control: Control) -> None:
        control.seed(DATA)
        told = control.explain(COLORED, access_key="testing")
        assert (told["predicates"], told["found"], told["items"]) == (["color is not null"], 1, 2)


class TestCalls:
    def test_a_call_is_made_in_the_name_of_an_account(self, server: RunningServer, control: Control) -> None:
        call, exchange = control.call("CreateDomain", {"DomainName": "users"}, account="123456789012")

        assert (call.operation, call.account, call.status) == ("CreateDomain", "123456789012", 200)
        assert exchange.request_body == b"Action=CreateDomain&DomainName=users&Version=2009-04-15"
        assert b"<CreateDomainResponse" in exchange.response_body
        assert [each["domains"] for each in control.dump(account="123456789012")] == [{"users": {}}]
        assert control.calls() == [call]

    def test_a_call_that_fails_tells_the_error(self, control: Control) -> None:
        control.fail("ListDomains", "ServiceUnavailable", times=1)
        assert [control.call("ListDomains")[0].code for _ in range(2)] == ["ServiceUnavailable", None]
        assert control.call("Dance")[0].code == "InvalidAction"

    def test_an_export_is_started_by_a_call(self, control: Control) -> None:
        control.seed(DATA)
        call, exchange = control.call("StartDomainExport", {"domainName": "users", "s3Bucket": "a-pail"})
        assert call.status == 200
        assert json.loads(exchange.response_body)["exportArn"].startswith("arn:aws:sdb:us-east-1:")

    def test_a_call_needs_an_action_and_texts(self, server: RunningServer) -> None:
        for body, problem in (
            ({}, "body: a call needs the key action, such as ListDomains"),
            ({"action": "Select", "parameters": []}, "body.parameters: parameters must be a mapping"),
            ({"action": "Select", "parameters": {"MaxNumberOfItems": 3}}, "MaxNumberOfItems takes a string, not 3"),
        ):
            request = Request(
                f"{server.url}/_basicdb/calls", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with pytest.raises(HTTPError) as caught:
                urlopen(request)
            with caught.value:
                assert caught.value.code == 400
                assert problem in json.load(caught.value)["error"]["message"]


class TestTheJournal:
    def test_calls_are_saved_as_a_transcript(self, control: Control) -> None:
        numbers = [control.call(action)[0].number for action in ("ListDomains", "CreateDomain", "ListDomains")]

        def actions(text: str) -> list[str | None]:
            return [exchange.call.action for exchange in parse(yaml.safe_load(text)).exchanges]

        assert actions(control.transcript()) == ["ListDomains", "CreateDomain", "ListDomains"]
        assert actions(control.transcript(*numbers[:2])) == ["ListDomains", "CreateDomain"]
        assert actions(control.transcript(operation="CreateDomain")) == ["CreateDomain"]
        assert refused(control.transcript, domain="none")[:2] == (404, "NotFound")

    def test_calls_are_followed_as_they_come(self, control: Control) -> None:
        first, _ = control.call("ListDomains")
        stream = control.follow()
        assert next(stream) == first
        second, _ = control.call("CreateDomain", {"DomainName": "users"})
        assert next(stream) == second
        stream.close()
        assert list(control.follow(first.number, seconds=0)) == [second]

    def test_a_stream_goes_on_after_the_event_that_was_last(self, server: RunningServer, control: Control) -> None:
        first, second = (control.call(action)[0] for action in ("ListDomains", "Select"))
        request = Request(f"{server.url}/_basicdb/events?seconds=0", headers={"Last-Event-ID": str(first.number)})
        with urlopen(request) as answer:
            ids = [line for line in answer.read().decode().splitlines() if line.startswith("id: ")]
        assert ids == [f"id: {second.number}"]

    def test_a_storage_that_is_no_cluster_has_no_nodes(self, control: Control) -> None:
        assert control.nodes() == []


@pytest.mark.parametrize("path", ["/results?as=xml&expression=select", "/config", "/events?seconds=0"])
def test_a_browser_runs_nothing_of_an_answer(server: RunningServer, path: str) -> None:
    with urlopen(f"{server.url}/_basicdb{path}") as answer:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
