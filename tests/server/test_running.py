"""RunningServer, create_app under another WSGI server, and the health answer."""

from __future__ import annotations

import io
from http.client import HTTPConnection
from typing import Any
from wsgiref.handlers import SimpleHandler

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.server import RunningServer, create_app


def test_a_client_of_a_running_server_has_its_region() -> None:
    with RunningServer() as server:
        server.client().create_domain(DomainName="here")
        server.client("eu-west-1").create_domain(DomainName="there")
        assert server.client().list_domains()["DomainNames"] == ["here"]
        assert server.client("eu-west-1").list_domains()["DomainNames"] == ["there"]
        assert [(tenant.region) for tenant in server.engine.storage.tenants()] == ["eu-west-1", "us-east-1"]


def test_health_is_answered_to_get_and_head() -> None:
    with RunningServer() as server:
        for method, body in (("GET", True), ("HEAD", False)):
            connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request(method, "/_basicdb/health")
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.headers["content-type"] == "application/json"
            assert bool(answer.read()) is body
            connection.close()


def test_it_listens_on_ipv6_too() -> None:
    with RunningServer(host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert server.client().list_domains()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("environ", "body"),
    [
        ({"REQUEST_METHOD": "GET", "QUERY_STRING": "Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=k"}, b""),
        (
            {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"},
            b"Action=ListDomains&Version=2009-04-15&AWSAccessKeyId=k",
        ),
    ],
)
def test_the_application_runs_under_any_wsgi_server(environ: dict[str, str], body: bytes) -> None:
    out = io.BytesIO()
    whole: dict[str, Any] = {"PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    whole |= {**environ, "CONTENT_LENGTH": str(len(body))}
    SimpleHandler(io.BytesIO(body), out, io.StringIO(), whole).run(create_app(Engine()))
    assert b"200 OK" in out.getvalue()
    assert b"<ListDomainsResponse" in out.getvalue()


def test_the_application_knows_its_engine() -> None:
    engine = Engine()
    assert create_app(engine).extensions["basicdb_mock"] is engine
