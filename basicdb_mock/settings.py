"""Values that a user wrote in a YAML or JSON file or in a request, each with its place.

Code that reads a setting asks for the type it needs; an error names the place, for example
``faults.yaml, line 3: times takes a whole number of at least 1, not 'often'``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_DEEPEST = 20
_MOST = 200_000


class SettingError(ValueError):
    """What is wrong with a setting, and where it is."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and its place.

    ``value`` is ``None``, a bool, int, float or str, a list of settings, or a dict from str to settings.  ``written``
    is the text of a scalar in a file, since ``value`` loses the leading zeros of a number.
    """

    value: Any
    place: str
    written: str | None = None

    def wrong(self, problem: str) -> SettingError:
        """The error that says ``problem``, with the place of this setting."""
        return SettingError(f"{self.place}: {problem}")

    def made(self, make: Callable[[], _T]) -> _T:
        """Return ``make()``; if it raises :class:`ValueError`, raise one with the place of this setting."""
        try:
            return make()
        except SettingError:
            raise
        except ValueError as problem:
            raise self.wrong(str(problem)) from None

    def mapping(self, what: str, names: Collection[str]) -> dict[str, Setting]:
        """A mapping whose keys are among ``names``, without nulls.  ``what`` names it in errors."""
        if not isinstance(self.value, dict):
            # The value is not shown: it may be a secret in the wrong place.
            raise self.wrong(f"{what} must be a mapping; its keys are: {', '.join(names)}" if names
                             else f"{what} must be an empty mapping")
        for name, part in self.value.items():
            if name not in names:
                raise part.wrong(f"{what} has no key {name!r}; choose from: {', '.join(names)}" if names
                                 else f"{what} must be empty, but has {name!r}")
        return {name: part for name, part in self.value.items() if part.value is not None}

    def items(self, what: str) -> list[Setting]:
        """A list; ``what`` names its entries in errors."""
        if not isinstance(self.value, list):
            raise self.wrong(f"expected a list of {what}")
        return list(self.value)

    def text(self, name: str, *, may_be_empty: bool = False) -> str:
        """A string."""
        if not isinstance(self.value, str) or not (self.value or may_be_empty):
            raise self.wrong(f"{name} takes a string, not {self._shown()}")
        return self.value

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """One of some strings."""
        if not isinstance(self.value, str) or self.value not in choices:
            raise self.wrong(f"{name} takes one of {', '.join(choices)}, not {self._shown()}")
        return self.value

    def digits(self, name: str) -> str:
        """A string that may look like a number, such as an account."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.written if self.written is not None else str(self.value)
        return self.text(name)

    def texts(self, name: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """A string, or a list of them."""
        parts = self.value if isinstance(self.value, list) else [self]
        return tuple(part.text(name, may_be_empty=may_be_empty) for part in parts)

    def boolean(self, name: str) -> bool:
        """``True`` or ``False``."""
        if not isinstance(self.value, bool):
            raise self.wrong(f"{name} takes true or false, not {self._shown()}")
        return self.value

    def whole(self, name: str, least: int = 0) -> int:
        """A whole number of at least ``least``."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.wrong(f"{name} takes a whole number of at least {least}, not {self._shown()}")
        return self.value

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number between ``least`` and ``most``."""
        if isinstance(self.value, (int, float)) and not isinstance(self.value, bool):
            try:
                number = float(self.value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number) and least <= number <= most:
                return number
        between = f" of at least {least:g}" if most == math.inf else f" between {least:g} and {most:g}"
        raise self.wrong(f"{name} takes a number{between if least > -math.inf else ''}, not {self._shown()}")

    def plain(self) -> Any:
        """The plain values, without places."""
        if isinstance(self.value, dict):
            return {name: part.plain() for name, part in self.value.items()}
        if isinstance(self.value, list):
            return [part.plain() for part in self.value]
        return self.value

    def _shown(self) -> str:
        if isinstance(self.value, (dict, list)):
            return "a mapping" if isinstance(self.value, dict) else "a list"
        shown = repr(self.value)
        return shown if len(shown) <= 80 else f"{shown[:77]}..."


def setting_of(value: object, place: str) -> Setting:
    """A setting made of plain values, such as those of JSON; errors name places such as ``faults[2].times``.

    Raises :class:`ValueError` for other types and for values nested too deep.
    """
    return _plain(value, place, 0)


def read_settings(path: str | Path) -> Setting:
    """The settings of a YAML or JSON file.

    Raises :class:`ValueError` with file and line if it is neither, and :class:`OSError` if it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise SettingError(f"{path}: not UTF-8: {problem.reason} at byte {problem.start}") from None
    return parse_settings(text, str(path))


def parse_settings(text: str, file: str) -> Setting:
    """The settings of the text of a YAML or JSON file named ``file``.  Raises as :func:`read_settings` does."""
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return Setting(None, f"{file}, line 1")
        return _Composed(file, yaml.constructor.SafeConstructor()).setting(node, 0)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingError(f"{file}{line}: {problem.problem or problem.context}") from None
    except yaml.reader.ReaderError as problem:
        raise SettingError(f"{file}: {problem.reason} at character {problem.position}") from None
    except RecursionError:
        raise SettingError(f"{file}: nested too deep") from None


class _Composed:
    """Makes settings from composed YAML, whose nodes know their lines."""

    def __init__(self, file: str, constructor: Any) -> None:
        self._file = file
        self._left = _MOST
        self._scalars: dict[str, Callable[[Any], object]] = {
            "tag:yaml.org,2002:null": constructor.construct_yaml_null,
            "tag:yaml.org,2002:bool": constructor.construct_yaml_bool,
            "tag:yaml.org,2002:int": constructor.construct_yaml_int,
            "tag:yaml.org,2002:float": constructor.construct_yaml_float,
        }

    def setting(self, node: Any, depth: int) -> Setting:
        place = f"{self._file}, line {node.start_mark.line + 1}"
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:  # which also stops a file of aliases to aliases
            raise SettingError(f"{place}: nested too deep, or too large")
        if node.id == "sequence":
            return Setting([self.setting(part, depth + 1) for part in node.value], place)
        if node.id == "mapping":
            parts: dict[str, Setting] = {}
            for key, part in node.value:
                if key.id != "scalar":
                    raise SettingError(f"{place}: a key must be a string")
                if key.value in parts:
                    raise SettingError(f"{self._file}, line {key.start_mark.line + 1}: {key.value!r} is given twice")
                parts[key.value] = self.setting(part, depth + 1)
            return Setting(parts, place)
        try:
            construct = self._scalars.get(node.tag)
            return Setting(construct(node) if construct else node.value, place, node.value)
        except (ValueError, KeyError):
            raise SettingError(f"{place}: not a valid {node.tag.rpartition(':')[2]}") from None


def _plain(value: object, place: str, depth: int) -> Setting:
    if depth > _DEEPEST:
        raise SettingError(f"{place}: nested too deep")
    if isinstance(value, dict):
        parts = {}
        for name, part in value.items():
            if not isinstance(name, str):
                raise SettingError(f"{place}: a key must be a string, not {name!r}")
            parts[name] = _plain(part, f"{place}.{name}" if place else name, depth + 1)
        return Setting(parts, place)
    if isinstance(value, (list, tuple)):
        return Setting([_plain(part, f"{place}[{number}]", depth + 1) for number, part in enumerate(value)], place)
    if value is None or isinstance(value, (bool, int, float, str)):
        return Setting(value, place)
    raise SettingError(f"{place}: expected a plain value, not {type(value).__name__}")
