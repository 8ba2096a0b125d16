"""``basicdb-mock seed``, ``dump``, ``explain`` and ``check``: what is told of a place that is not what was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from basicdb_mock.server.cli import main
from basicdb_mock.server.running import RunningServer

LOOKING = [["dump"], ["explain", "select * from users"]]


@pytest.fixture
def users(tmp_path: Path) -> str:
    """A seed."""
    file = tmp_path / "users.yaml"
    file.write_text("users: {alice: {age: 030}}\n")
    return str(file)


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 1) -> str:
    """The line of standard error with which a command fails."""
    capsys.readouterr()
    assert main(words) == status
    return capsys.readouterr().err


def test_a_directory_that_seed_made_is_one_for_serve(tmp_path: Path, users: str) -> None:
    data = tmp_path / "new" / "data"
    assert main(["seed", "--data", str(data), users]) == 0
    assert (data / "basicdb.sqlite3").is_file()


@pytest.mark.parametrize("command", LOOKING, ids=lambda command: command[0])
@pytest.mark.parametrize("place", ["--data {}", "--storage sqlite:{}", "--storage files:{}?durability=off"])
def test_looking_makes_no_store(
    command: list[str], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    option, where = place.split()
    misspelt, empty = tmp_path / "misspelt", tmp_path / "empty"
    empty.mkdir()
    reasons = {misspelt: "there is no such file or directory", empty: "there is no store of basicdb-mock in it"}
    for path, why in reasons.items():
        message = told(capsys, *command, option, where.format(path))
        assert message == f"basicdb-mock {command[0]}: {path}: {why}\n"
    assert not misspelt.exists()
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("scheme", ["sqlite", "files"])
def test_a_directory_of_either_kind_is_dumped_by_its_name(
    scheme: str, tmp_path: Path, users: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    assert main(["seed", "--storage", f"{scheme}:{store}", users]) == 0
    capsys.readouterr()
    assert main(["dump", "--data", str(store)]) == 0
    assert capsys.readouterr().out == 'users:\n  alice:\n    age: "030"\n'


def test_a_domain_that_is_not_there_is_no_empty_dump(
    tmp_path: Path, users: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    main(["seed", "--data", data, users])
    with RunningServer() as server:
        main(["seed", "--endpoint", server.url, users])
        for place in (["--data", data], ["--endpoint", server.url]):
            message = told(capsys, "dump", *place, "--domain", "usres")
            assert message == "NoSuchDomain: The specified domain does not exist.\n"


def test_who_has_nothing_is_told_on_standard_error(
    tmp_path: Path, users: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    main(["seed", "--data", data, users])
    message = told(capsys, "dump", "--data", data, "--account", "111111111111", "--region", "eu-west-1", status=0)
    assert message == "basicdb-mock dump: account 111111111111 has no domains in eu-west-1\n"


def test_a_region_is_named_as_regions_are(users: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "--storage", "memory:", "--region", "mars", users]) == 1
    assert capsys.readouterr().err == "basicdb-mock seed: a region has a name such as eu-west-1, not 'mars'\n"


def test_an_account_is_12_digits(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dump", "--storage", "memory:", "--account", "12"])
    assert ended.value.code == 2
    assert "argument --account: an account number has 12 digits, not '12'" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with RunningServer() as server:
        url = server.url
    assert re.fullmatch(
        rf"basicdb-mock dump: \[Errno \d+\] Connection refused: '{url}'\n", told(capsys, "dump", "--endpoint", url))
    secure = url.replace("http:", "https:")
    with RunningServer(port=int(url.rpartition(":")[2])):
        message = told(capsys, "dump", "--endpoint", secure)
    assert message.startswith(f"basicdb-mock dump: {secure}: ")
    assert "WRONG_VERSION_NUMBER" in message
