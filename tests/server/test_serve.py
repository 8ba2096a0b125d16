"""``basicdb-mock serve`` as a process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from basicdb_mock import __version__
from tests.server.serving import serve

AS_NUMBER_ONE = (
    shutil.which("unshare") is not None
    and subprocess.run(["unshare", "--user", "--map-root-user", "--pid", "--fork", "true"], check=False).returncode == 0
)


def ask(url: str, target: str, method: str = "GET") -> tuple[int, str]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def rest(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> list[str]:
    """What the server wrote until a signal ended it."""
    assert process.stdout is not None
    process.send_signal(number)
    lines = process.stdout.read().splitlines()
    process.wait(timeout=30)
    return lines


def action(name: str, **parameters: str) -> str:
    given = {"Action": name, "Version": "2009-04-15", "AWSAccessKeyId": "k", **parameters}
    return "/?" + "&".join(f"{key}={value}" for key, value in given.items())


def test_the_first_lines_say_how_to_reach_it() -> None:
    with serve() as (process, url):
        assert process.stdout is not None
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        told = [process.stdout.readline() for _ in range(4)]
    assert f"export AWS_ENDPOINT_URL_SIMPLEDB={url} " in told[0]
    assert f"aws sdb list-domains --endpoint-url {url}\n" in told[1]
    assert f"{url}/_basicdb/health" in told[2]
    assert told[3] == f"  the console       {url}/_basicdb/\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_logs_each_request_and_stops_in_good_order(number: signal.Signals, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with serve("--port-file", str(port_file)) as (process, url):
        assert ask(url, action("CreateDomain", DomainName="abc"))[0] == 200
        assert ask(url, action("DomainMetadata", DomainName="xyz"))[0] == 400
        assert ask(url, "/%0a", "PUT")[0] == 400
        assert port_file.read_text() == url.rpartition(":")[2] + "\n"
        lines = rest(process, number)[4:]
        assert process.returncode == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert re.fullmatch(r"CreateDomain abc 200 - \d+\.\d ms", lines[0])
    assert re.fullmatch(r"DomainMetadata xyz 400 NoSuchDomain \d+\.\d ms", lines[1])
    assert re.fullmatch(r"PUT - 400 UnsupportedHttpVerb \d+\.\d ms", lines[2])
    assert not port_file.exists()


def test_quiet_and_verbose() -> None:
    with serve("--quiet") as (process, url):
        ask(url, action("ListDomains"))
        assert len(rest(process)) == 4
    with serve("--verbose") as (process, url):
        ask(url, action("DomainMetadata", DomainName="a%0Ab"))
        line = rest(process)[4]
    assert line.startswith("DomainMetadata a\\x0ab 400 InvalidParameterValue")
    assert line.endswith(
        "ms Action='DomainMetadata' Version='2009-04-15' DomainName='a\\nb' "
        "Value (a\\x0ab) for parameter DomainName is invalid. "
    )


def test_limits_and_region_are_settings() -> None:
    with serve("--limits", "relaxed", "--limit", "domains=1", "--region", "eu-west-1") as (_, url):
        assert ask(url, action("CreateDomain", DomainName="abc"))[0] == 200
        assert "NumberDomainsExceeded" in ask(url, action("CreateDomain", DomainName="abd"))[1]


def test_data_outlive_the_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve("--data", str(data)) as (process, url):
        ask(url, action("CreateDomain", DomainName="abc"))
        process.kill()
        process.wait(timeout=30)
    with serve("--data", str(data)) as (_, url):
        assert "<DomainName>abc</DomainName>" in ask(url, action("ListDomains"))[1]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--limit", "domains"], 1, "--limit takes NAME=VALUE, not 'domains'"),
        (["--limit", "apples=1"], 1, "unknown limit 'apples'; choose from: domains,"),
        (["--limit", "domains=many"], 1, "limit 'domains' takes a number, not 'many'"),
        (["--limits", "none"], 1, "limits must be AWS, RELAXED or single quotas by name"),
        (["--storage", "cloud:"], 1, "unknown storage 'cloud'"),
        (["--credentials", "/nowhere/file"], 1, "/nowhere/file"),
        (["--port", "65536"], 2, "a port is a number from 0 to 65535, not '65536'"),
        (["--port", "http"], 2, "a port is a number from 0 to 65535, not 'http'"),
        (["--data", "a", "--storage", "memory:"], 2, "not allowed with"),
        (["--data", __file__], 1, f"{__file__} is a file: give --data a directory, or use --storage sqlite:FILE"),
        (["--port-file", "/nowhere/port"], 1, "No such file or directory: '/nowhere/port'"),
        (["--host", "nowhere.invalid"], 1, ": 'nowhere.invalid:0'"),
        (["--token", ""], 1, "the token must not be empty"),
        (["--allowed-host", "http://x/"], 1, "without scheme and port, not 'http://x/'"),
        (["--s3-endpoint", "here"], 1, "an S3 is reached at http://HOST:PORT, or is 'aws'; not 'here'"),
        (["--region", "mars"], 1, "a region has a name such as eu-west-1, not 'mars'"),
        (["--prt", "1"], 2, "unrecognized arguments"),
    ],
)
def test_wrong_options_are_told_without_a_traceback(options: list[str], status: int, message: str) -> None:
    command = [sys.executable, "-m", "basicdb_mock", "serve", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with serve() as (_, url):
        command = [sys.executable, "-m", "basicdb_mock", "serve", "--port", url.rpartition(":")[2]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("basicdb-mock serve: ")
    assert done.stderr.endswith(f"in use: '{url.removeprefix('http://')}'\n")


def test_the_port_of_one_that_was_killed_is_no_longer_told(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    port_file.write_text("1\n")
    command = [sys.executable, "-m", "basicdb_mock", "serve", "--storage", "cloud:", "--port-file", str(port_file)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 1
    assert not port_file.exists()


def test_the_command_tells_its_version_and_its_commands() -> None:
    run = [sys.executable, "-m", "basicdb_mock"]
    done = subprocess.run([*run, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == f"basicdb-mock {__version__}\n"
    done = subprocess.run([*run, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert "serve" in done.stdout
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    done = subprocess.run([*run, "dance"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'dance'" in done.stderr


@pytest.mark.skipif(not AS_NUMBER_ONE, reason="this system gives no namespace of process ids")
def test_it_stops_as_process_number_one() -> None:
    unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    command = [*unshare, sys.executable, "-m", "basicdb_mock", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("basicdb-mock listens")
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGTERM)
        assert process.wait(timeout=30) == 0
