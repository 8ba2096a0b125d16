"""Print a script for your shell that completes the commands and options of basicdb-mock.

  eval "$(basicdb-mock completion bash)"              in ~/.bashrc
  eval "$(basicdb-mock completion zsh)"               in ~/.zshrc, after compinit
  basicdb-mock completion fish | source               in ~/.config/fish/config.fish
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SHELLS = ("bash", "fish", "zsh")


class Option(NamedTuple):
    """An option of a command: its name, what it is for, the values it may have (``None``: any; ``()``: none at all)."""

    name: str
    told: str
    values: tuple[str, ...] | None
    is_path: bool


class Command(NamedTuple):
    """A command as a shell needs to know it: ``words`` are the values its first argument may have."""

    name: str
    told: str
    options: tuple[Option, ...]
    words: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(arguments: argparse.Namespace) -> int:
    scripts = {"bash": _bash, "fish": _fish, "zsh": _zsh}
    sys.stdout.write("\n".join(scripts[arguments.shell](commands())) + "\n")
    return 0


def commands() -> tuple[Command, ...]:
    """All commands, read from their parsers."""
    from basicdb_mock.server.cli import COMMANDS, parser_of

    return tuple(_command(name, what, parser_of(name)) for name, (_, what) in COMMANDS.items())


def _command(name: str, told: str, parser: argparse.ArgumentParser) -> Command:
    options: list[Option] = []
    words: Sequence[str] = ()
    for action in parser._actions:
        values = tuple(map(str, action.choices)) if action.choices is not None else () if action.nargs == 0 else None
        if not action.option_strings:
            words = words or values or ()
            continue
        explained = (action.help or "") % {**vars(action), "prog": parser.prog}
        is_path = action.type is Path
        options += [Option(written, explained, values, is_path) for written in action.option_strings]
    return Command(name, told, tuple(options), tuple(words))


def _bash(known: Sequence[Command]) -> Iterator[str]:
    names = " ".join(command.name for command in known)
    yield "_basicdb_mock() {"
    yield '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=""'
    yield f'    if [ "$COMP_CWORD" = 1 ]; then words="{names} --help --version"'
    yield '    else case "${COMP_WORDS[1]} $before" in'
    for command in known:
        for option in command.options:
            if option.values:
                yield f'        "{command.name} {option.name}") words="{" ".join(option.values)}" ;;'
            elif option.values is None:
                reply = 'COMPREPLY=($(compgen -f -- "$word"))' if option.is_path else "COMPREPLY=()"
                yield f'        "{command.name} {option.name}") {reply}; return ;;'
    for command in known:
        offered = " ".join([*command.words, *(option.name for option in command.options)])
        yield f'        "{command.name} "*) words="{offered}" ;;'
    yield "    esac; fi"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "}"
    yield "complete -o default -F _basicdb_mock basicdb-mock"


def _zsh(known: Sequence[Command]) -> Iterator[str]:
    yield "#compdef basicdb-mock"
    yield "_basicdb_mock() {"
    yield "    local -a offered"
    yield "    if (( CURRENT == 2 )); then"
    yield f"        offered=({' '.join(_quoted(f'{command.name}:{command.told}') for command in known)})"
    yield "        _describe command offered"
    yield "        offered=('--help:show the help' '--version:show the version')"
    yield "        _describe -o option offered"
    yield "        return"
    yield "    fi"
    yield '    case "$words[2]" in'
    for command in known:
        yield f"        {command.name})"
        yield f"            _arguments {' '.join(_zsh_arguments(command))} ;;"
    yield "    esac"
    yield "}"
    yield "compdef _basicdb_mock basicdb-mock"


def _zsh_arguments(command: Command) -> Iterator[str]:
    for option in command.options:
        told = option.told.replace("[", "(").replace("]", ")").replace(":", ";")
        if option.values == ():
            after = ""
        elif option.values:
            after = f":value:({' '.join(option.values)})"
        else:
            after = ":file:_files" if option.is_path else ":value:"
        yield _quoted(f"*{option.name}[{told}]{after}")
    yield _quoted("1:command:")
    if command.words:
        yield _quoted(f"2:word:({' '.join(command.words)})")
    yield _quoted("*:file:_files")


def _fish(known: Sequence[Command]) -> Iterator[str]:
    yield "complete -c basicdb-mock -n __fish_use_subcommand -l help -d 'show the help'"
    yield "complete -c basicdb-mock -n __fish_use_subcommand -l version -d 'show the version'"
    for command in known:
        yield f"complete -c basicdb-mock -n __fish_use_subcommand -f -a {command.name} -d {_fished(command.told)}"
        here = f"complete -c basicdb-mock -n '__fish_seen_subcommand_from {command.name}'"
        for word in command.words:
            yield f"{here} -f -a {word}"
        for option in command.options:
            kind = "-l" if option.name.startswith("--") else "-s"
            takes = "" if option.values == () else " -r -F" if option.is_path else " -x"
            offers = f" -a {_fished(' '.join(option.values))}" if option.values else ""
            yield f"{here} {kind} {option.name.lstrip('-')}{takes}{offers} -d {_fished(option.told)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fished(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
