"""``basicdb-mock completion``: what each shell is told, and bash as it completes."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from basicdb_mock.server.cli import COMMANDS, main, parser_of
from basicdb_mock.server.commands.completion import SHELLS, commands


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in ("basicdb-mock", *words))
    asked = f'{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words)}; _basicdb_mock; printf "%s\\n" "${{COMPREPLY[@]}}"'
    told = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    return told.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_told(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = script(shell, capsys)
    prefix = "-l " if shell == "fish" else "--"
    for name in COMMANDS:
        assert name in told
        for action in parser_of(name)._actions:
            for option in action.option_strings:
                if option.startswith("--"):
                    assert prefix + option.removeprefix("--") in told, (name, option)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = script(shell, capsys)
    installed = shutil.which(shell)
    if installed is None:  # then at least its quotes are paired: bash reads them alike, but for fish's escapes
        installed, told = "bash", told.replace("\\'", "'\\''") if shell == "fish" else told
    subprocess.run([installed, "-n"], input=told, text=True, check=True)


@pytest.mark.parametrize(("words", "offered"), [
    (["ser"], ["serve"]),
    (["--v"], ["--version"]),
    (["serve", "--po"], ["--port", "--port-file"]),
    (["cluster", ""], [
        "up", "status", "down", "-h", "--help", "--nodes", "--replicas", "--directory", "--json"]),
    (["completion", "z"], ["zsh"]),
    (["serve", "--port", ""], []),
    (["verify", "--trust", "b"], ["bytes", "behaviour"]),
    (["nothing", ""], []),
])
def test_bash_completes(words: list[str], offered: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(script("bash", capsys), *words) == offered


def test_paths_are_completed_as_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(script("bash", capsys), "serve", "--data", "/et") == ["/etc"]


def test_every_option_says_what_it_is_for() -> None:
    silent = [(command.name, option.name) for command in commands() for option in command.options if not option.told]
    assert silent == []


def test_another_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "csh"])
    assert ended.value.code == 2
    assert "invalid choice: 'csh'" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_what_a_command_does_and_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith(f"usage: basicdb-mock {name} ")
    assert "``" not in told


def test_the_main_help_tells_commands_examples_exit_statuses_and_environment(
    capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for heading in ("examples:", "exit status:", "environment:", *COMMANDS):
        assert heading in told
