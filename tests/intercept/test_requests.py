"""requests, alone and inside a user's own RequestsMock."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import Any

import pytest
import requests
import responses
from urllib3.util import Timeout

from basicdb_mock import mock_simpledb
from basicdb_mock.rehearsal import Drop, Fault

QUERY = {"Action": "ListDomains", "Version": "2009-04-15", "AWSAccessKeyId": "123456789012"}
URL = "https://sdb.eu-west-1.amazonaws.com/"


def test_a_post_is_answered() -> None:
    with mock_simpledb() as simpledb:
        answer = requests.post(URL, data={**QUERY, "Action": "CreateDomain", "DomainName": "users"}, timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml")
        assert simpledb.contents(region="eu-west-1") == {"users": {}}


def test_a_region_that_is_misspelt_cannot_be_reached() -> None:
    url = "https://sdb.us-east1.amazonaws.com/"
    with mock_simpledb(), pytest.raises(requests.exceptions.ConnectionError) as refused:
        requests.get(url, QUERY, timeout=5)
    assert str(refused.value).startswith(f"cannot resolve the host name in {url}")


def test_a_get_is_answered() -> None:
    with mock_simpledb():
        answer = requests.get(URL, params=QUERY, timeout=5)
    assert answer.text.startswith('<?xml version="1.0"?>\n<ListDomainsResponse')
    assert answer.reason == "OK"


def test_an_error_is_an_answer() -> None:
    with mock_simpledb():
        answer = requests.get(URL, params={**QUERY, "Action": "DomainMetadata", "DomainName": "users"}, timeout=5)
    assert answer.status_code == 400
    assert "<Code>NoSuchDomain</Code>" in answer.text


def test_inside_a_requestsmock_what_nobody_registered_is_answered() -> None:
    with responses.RequestsMock() as theirs, mock_simpledb():
        theirs.add(responses.GET, "https://example.com/", body="theirs")
        assert requests.get("https://example.com/", timeout=5).text == "theirs"
        assert "ListDomainsResponse" in requests.post(URL, data=QUERY, timeout=5).text


def test_around_a_requestsmock_too() -> None:
    with mock_simpledb() as simpledb, responses.RequestsMock() as theirs:
        theirs.add(responses.GET, "https://example.com/", body="theirs")
        assert requests.get("https://example.com/", timeout=5).text == "theirs"
        requests.post(URL, data=QUERY, timeout=5)
        requests.post(URL, data=QUERY, timeout=5)
        assert len(simpledb.calls) == 2
        assert len(theirs.calls) == 3


def test_what_a_user_registered_for_simpledb_is_the_user_s() -> None:
    with mock_simpledb() as simpledb, responses.RequestsMock() as theirs:
        theirs.add(responses.POST, URL, body="theirs", status=503)
        assert requests.post(URL, data=QUERY, timeout=5).status_code == 503
        assert len(simpledb.calls) == 0


def test_in_a_requestsmock_without_a_mock_responses_refuses_as_ever() -> None:
    with responses.RequestsMock(), pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
        requests.post(URL, data=QUERY, timeout=5)


def test_in_a_requestsmock_other_hosts_are_refused_as_ever() -> None:
    with mock_simpledb(), responses.RequestsMock(), pytest.raises(requests.ConnectionError, match=r"example\.com"):
        requests.get("https://example.com/", timeout=5)


def test_a_connection_that_a_rehearsal_ends_is_requests_error() -> None:
    with mock_simpledb() as simpledb:
        simpledb.faults.add(Fault(Drop()))
        with pytest.raises(requests.ConnectionError, match="the connection ended without an answer"):
            requests.post(URL, data=QUERY, timeout=5)


@pytest.mark.parametrize("timeout", [0.01, (5, 0.01), Timeout(connect=5, read=0.01)], ids=["one", "two", "urllib3's"])
@pytest.mark.parametrize("around", [nullcontext, responses.RequestsMock])
def test_an_answer_that_is_later_than_its_timeout_is_a_read_timeout(around: Any, timeout: Any) -> None:
    with mock_simpledb() as simpledb, around():
        simpledb.faults.delay("ListDomains", 3600)
        with pytest.raises(requests.ReadTimeout, match=f"no answer from {re.escape(URL)} within the timeout"):
            requests.post(URL, data=QUERY, timeout=timeout)


def test_a_body_that_comes_in_parts_is_read() -> None:
    with mock_simpledb():
        parts = iter([b"Action=ListDomains&Version=2009-04-15", b"&AWSAccessKeyId=A"])
        answer = requests.post(URL, data=parts, timeout=5)
    assert answer.status_code == 200
