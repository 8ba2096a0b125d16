"""boto 2, which lives on where code of its time does; in processes of its own, since it leaves an old finder behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="boto 2 ends with Python 3.11")

PRELUDE = """
import boto.sdb
from boto.exception import SDBResponseError
from basicdb_mock import mock_simpledb
from basicdb_mock.rehearsal import Drop, Fault

def connect(region="us-east-1"):
    return boto.sdb.connect_to_region(region, aws_access_key_id="AKTESTING", aws_secret_access_key="secret")
"""

SCRIPTS = {
    "a connection is answered in every region": """
for region in ("us-east-1", "eu-west-1"):
    with mock_simpledb() as simpledb:
        domain = connect(region).create_domain("users")
        domain.put_attributes("alice", {"color": ["red", "blue"], "age": "30"})
        assert domain.get_attributes("alice") == {"color": ["blue", "red"], "age": "30"}
        assert [item.name for item in domain.select("select * from users where age = '30'")] == ["alice"]
        assert simpledb.items("users", region=region) == {"alice": {"age": "30", "color": ["blue", "red"]}}
""",
    "a connection of before the mock keeps nothing of it": """
connection = connect()
for name in ("one", "two"):
    with mock_simpledb() as simpledb:
        connection.create_domain(name)
        assert simpledb == {name: {}}
assert connection._pool.size() == 0
""",
    "an error is an exception of boto's": """
with mock_simpledb():
    try:
        connect().domain_metadata("users")
    except SDBResponseError as problem:
        told = problem
assert (told.status, told.error_code) == (400, "NoSuchDomain")
""",
    "a connection that ends is tried again": """
with mock_simpledb() as simpledb:
    simpledb.faults.add(Fault(Drop(), times=1))
    connect().create_domain("users")
    assert simpledb == {"users": {}}
""",
    "an answer that is later than the timeout is an error of the socket": """
connection = connect()
connection.http_connection_kwargs["timeout"] = 0.01
connection.num_retries = 0
with mock_simpledb() as simpledb:
    simpledb.faults.delay("*", 3600)
    try:
        connection.create_domain("users")
    except TimeoutError as problem:
        told = str(problem)
    assert simpledb == {"users": {}}
assert told == "timed out"
""",
    "a region that is misspelt cannot be reached": """
import socket
connection = connect()
connection.host = "sdb.us-east1.amazonaws.com"
connection.num_retries = 0
with mock_simpledb():
    try:
        connection.get_all_domains()
    except socket.gaierror as problem:
        told = problem
assert told.errno == socket.EAI_NONAME
""",
    "another host is left alone": """
with mock_simpledb():
    connection = connect().get_http_connection("localhost", 1, True)
    assert type(connection).__module__ != "basicdb_mock.intercept.boto2"
""",
    "what is imported after it is found": """
import requests
with mock_simpledb():
    assert requests.get("https://sdb.amazonaws.com/").status_code == 401
""",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_in_boto_2(script: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PRELUDE + script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
