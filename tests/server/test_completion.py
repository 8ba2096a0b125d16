"""``basicdb-mock completion``: what each shell is told, and each shell as it completes."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from basicdb_mock.server.cli import COMMANDS, main, parser_of
from basicdb_mock.server.commands.completion import SHELLS, commands
from tests.needs import missing


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


def test_paths_are_completed_as_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    assert completed(script("bash", capsys), "serve", "--data", f"{tmp_path}/st") == [f"{tmp_path}/store"]


@pytest.mark.parametrize(("typed", "offered"), [
    ("ser", ["serve"]),
    ("--", ["--help", "--version"]),
    ("serve --po", ["--port", "--port-file"]),
    ("cluster ", ["down", "status", "up"]),
    ("completion z", ["zsh"]),
    ("serve --port ", []),
    ("verify --trust b", ["behaviour", "bytes"]),
    ("serve --data /us", ["/usr/"]),
])
def test_fish_completes(
    typed: str, offered: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if shutil.which("fish") is None:
        missing("fish is not installed")
    (tmp_path / "completion.fish").write_text(script("fish", capsys), encoding="utf-8")
    told = subprocess.run(
        ["fish", "--no-config", "-c", f"source completion.fish; complete -C 'basicdb-mock {typed}'"],
        cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert told.stderr == ""
    assert [line.split("\t")[0] for line in told.stdout.splitlines()] == offered


SHOWING = """
unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit; compinit -u -D; source completion.zsh
show() { print; print -r -- "<$BUFFER>"; exit }; zle -N show; bindkey '^X' show; print re''ady
"""
"""What makes zsh load the completion, and show the line typed so far, in brackets, when Control-X is pressed."""


@pytest.mark.parametrize(("typed", "line"), [
    ("ser", "serve "),
    ("--v", "--version"),
    ("serve --port-", "serve --port-file "),
    ("cluster d", "cluster down "),
    ("completion z", "completion zsh "),
    ("verify --trust by", "verify --trust bytes "),
    ("serve --data /us", "serve --data /usr/"),
])
def test_zsh_completes(typed: str, line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As at a terminal: zsh completes nowhere else."""
    if shutil.which("zsh") is None:
        missing("zsh is not installed")
    (tmp_path / "completion.zsh").write_text(script("zsh", capsys), encoding="utf-8")
    ours, its = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=tmp_path, stdin=its, stdout=its, stderr=its, start_new_session=True,
        env={**os.environ, "HOME": str(tmp_path), "TERM": "dumb", "PS1": "", "COLUMNS": "200"})
    os.close(its)

    def read_to(mark: str) -> str:
        seen = ""
        while not re.search(mark, seen):
            assert select.select([ours], [], [], 60)[0], f"nothing more comes of zsh: {seen}"
            seen += os.read(ours, 65536).decode()
        return seen

    try:
        os.write(ours, SHOWING.encode())
        read_to("ready\r")
        os.write(ours, f"basicdb-mock {typed}\t\x18".encode())
        shown = re.findall("<(.*)>\r", read_to("<.*>\r"))
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
    assert shown[-1].rstrip() == f"basicdb-mock {line}".rstrip()


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
