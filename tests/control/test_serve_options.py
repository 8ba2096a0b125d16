"""``basicdb-mock serve`` with faults, lag, credentials and a token: as a process, through the control client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from basicdb_mock import Control
from basicdb_mock.control_client import ControlError
from basicdb_mock.exports import read_export
from tests.server.serving import serve


def test_what_the_options_say_is_in_force_and_again_after_a_reset(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("- {operation: PutAttributes, fail: ServiceUnavailable, times: 2}\n")
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text("- {access_key: AKIDEXAMPLE, secret_key: SESAME}\n")
    options = ["--faults", str(faults), "--lag", "uniform(0, 2)", "--credentials", str(credentials)]

    with serve(*options) as (_, url):
        control = Control(url)
        for _ in range(2):
            (fault,) = control.faults()
            assert (fault["operation"], fault["fail"], fault["times"]) == ("PutAttributes", "ServiceUnavailable", 2)
            assert control.lag()["seconds"] == "uniform(0, 2)"
            assert [each["access_key"] for each in control.accounts()["credentials"]] == ["AKIDEXAMPLE"]
            control.clear_faults()
            control.set_lag(0)
            control.reset()


def test_exports_outlive_the_server_with_its_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve("--data", str(data)) as (_, url):
        Control(url).seed({"books": {"0385333498": {"Title": "The Sirens of Titan"}}})
        export = Control(url).start_export("books", "a-bucket", client_token="once")
        assert Control(url).export(export["id"])["status"] == "SUCCEEDED"  # it is awaited
    with serve("--data", str(data)) as (_, url):
        (found,) = Control(url).exports()
        assert (found["id"], found["status"], found["items"]) == (export["id"], "SUCCEEDED", 1)
        assert Control(url).start_export("books", "a-bucket", client_token="once") == found
    assert dict(read_export(data / "exports")) == {"0385333498": {"Title": "The Sirens of Titan"}}


def test_off_the_loopback_a_token_is_made_up_and_printed_once() -> None:
    with serve("--host", "0.0.0.0") as (process, url):
        assert process.stdout is not None
        line = next(line for line in process.stdout if "token=" in line)
        control = Control(url, line.strip().partition("token=")[2])
        assert control.config()["storage"] == "MemoryStorage"
        with pytest.raises(ControlError, match="401"):
            Control(url).config()


def test_a_token_that_is_given_is_not_printed() -> None:
    with serve("--token", "sesame-open", "--quiet") as (process, url):
        Control(url, "sesame-open").reset()
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert "sesame-open" not in out + err


@pytest.mark.parametrize(("option", "text", "problem"), [
    ("--faults", "- drop: before\n- fail: Oops", "line 2: unknown error 'Oops'"),
    ("--credentials", "- access_key: k", "line 1: a credential needs secret_key"),
])
def test_a_mistake_in_a_file_is_told_with_file_and_line(tmp_path: Path, option: str, text: str, problem: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    command = [sys.executable, "-m", "basicdb_mock", "serve", "--port", "0", option, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"basicdb-mock serve: {path}, {problem}")
