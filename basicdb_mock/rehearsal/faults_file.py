"""Faults as data, in the file of ``serve --faults``, the control API's JSON and the marker's ``faults``::

    faults:
      - operation: PutAttributes        # these four may have * and ?; each defaults to any
        domain: "orders-*"
        account: "123456789012"
        region: eu-west-1
        fail: ServiceUnavailable        # a code or a name of the catalogue
        after: true                     # after carrying out the call
        nth: [1, 3]                     # or every: 10
        probability: 0.5
        seed: 7
        times: 2
        since: 10                       # seconds after the fault was added
        until: 60
      - throttle: 25                    # calls per second to each domain; also burst: 100
      - drop: before                    # or after
      - truncate: 0.5                   # the fraction that is sent; clean: true ends as if the answer were complete
      - delay: uniform(0.05, 0.5)       # or a number of seconds; exponential(0.2), normal(0.2, 0.1), lognormal(0.1, 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from basicdb_mock import errors
from basicdb_mock.errors import Error, error_named
from basicdb_mock.rehearsal.effects import Delay, Drop, Effect, Fail, Throttle, Truncate
from basicdb_mock.rehearsal.faults import Fault, Standing
from basicdb_mock.rehearsal.lag import Lag
from basicdb_mock.rehearsal.spread import Spread
from basicdb_mock.settings import Setting, parse_settings, read_settings, setting_of

_EFFECTS = ("fail", "throttle", "drop", "truncate", "delay")
_PATTERNS = ("operation", "domain", "account", "region")
_NAMES = (
    *_PATTERNS, *_EFFECTS, "after", "burst", "clean", "nth", "every", "probability", "seed", "times", "since", "until",
)  # fmt: skip


def read_faults(path: str | Path) -> list[Fault]:
    """The faults of a YAML or JSON file.  Raises :class:`ValueError` naming file and line, and :class:`OSError`."""
    return faults_from(read_settings(path))


def parse_faults(text: str, file: str = "faults") -> list[Fault]:
    """The faults of a file's text.  Raises :class:`ValueError` naming ``file`` and line."""
    return faults_from(parse_settings(text, file))


def faults_of(values: Iterable[Fault | Mapping[str, object]], place: str = "faults") -> list[Fault]:
    """Faults, from faults or mappings as in the file.  Raises :class:`ValueError` naming the one that is wrong."""
    return [
        value if isinstance(value, Fault) else fault_from(setting_of(value, f"{place}[{number}]"))
        for number, value in enumerate(values)
    ]


def faults_from(settings: Setting) -> list[Fault]:
    """The faults of settings: a list of them, or a mapping with ``faults``."""
    if isinstance(settings.value, dict):
        parts = settings.mapping("a faults file", ("faults",))
        settings = parts.get("faults", Setting(None, settings.place))
    return [fault_from(entry) for entry in settings.items("faults")] if settings.value is not None else []


def fault_from(entry: Setting) -> Fault:
    """The fault of a setting.  Raises :class:`ValueError` with its place."""
    parts = entry.mapping("a fault", _NAMES)
    named = [name for name in _EFFECTS if name in parts]
    if len(named) != 1:
        raise entry.wrong(f"a fault needs one of {', '.join(_EFFECTS)}; this one has {' and '.join(named) or 'none'}")
    effect = _effect(named[0], parts)
    chosen: dict[str, Any] = {name: parts[name].digits(name) for name in _PATTERNS if name in parts}
    chosen |= {name: parts[name].number(name, least=0) for name in ("since", "until") if name in parts}
    chosen |= {name: parts[name].whole(name, least=1) for name in ("every", "times") if name in parts}
    if "probability" in parts:
        chosen["probability"] = parts["probability"].number("probability", 0, 1)
    if "seed" in parts:
        chosen["seed"] = parts["seed"].whole("seed")
    if "nth" in parts:
        nth = parts["nth"]
        numbers = nth.items("whole numbers") if isinstance(nth.value, list) else [nth]
        chosen["nth"] = tuple(number.whole("nth", least=1) for number in numbers)
    return entry.made(lambda: Fault(effect, **chosen))


def _effect(name: str, parts: Mapping[str, Setting]) -> Effect:
    setting = parts[name]
    for extra, owners in (("after", ("fail", "delay")), ("burst", ("throttle",)), ("clean", ("truncate",))):
        if extra in parts and name not in owners:
            raise parts[extra].wrong(f"{extra} can be used with {' and '.join(owners)}, not with {name}")
    after = parts["after"].boolean("after") if "after" in parts else False
    if name == "fail":
        return Fail(_error(setting), after=after)
    if name == "throttle":
        burst = parts["burst"].number("burst", least=1) if "burst" in parts else None
        rate = setting.number("throttle", least=0)
        return setting.made(lambda: Throttle(rate, burst))
    if name == "drop":
        if setting.value not in ("before", "after"):
            raise setting.wrong("drop takes before or after")
        return Drop(after=setting.value == "after")
    if name == "truncate":
        clean = parts["clean"].boolean("clean") if "clean" in parts else False
        keep = setting.number("truncate")
        return setting.made(lambda: Truncate(keep, clean))
    return Delay(spread_from(setting), after)


def _error(setting: Setting) -> Error:
    named = setting.text("fail")
    return setting.made(lambda: error_named(named))


def spread_from(setting: Setting) -> Spread:
    """Seconds: a number, or a text such as ``uniform(0.1, 0.5)``.  Raises :class:`ValueError` with its place."""
    return setting.made(lambda: Spread.of(setting.value))


def lag_from(setting: Setting) -> Lag:
    """A lag: seconds, or a mapping with ``seconds``, ``seed`` and ``tear_batches``.

    Raises :class:`ValueError` with its place.
    """
    if not isinstance(setting.value, dict):
        return Lag(spread_from(setting))
    parts = setting.mapping("a lag", ("seconds", "seed", "tear_batches"))
    if "seconds" not in parts:
        raise setting.wrong("a lag needs seconds")
    return Lag(
        spread_from(parts["seconds"]),
        parts["seed"].whole("seed") if "seed" in parts else None,
        parts["tear_batches"].boolean("tear_batches") if "tear_batches" in parts else False,
    )


def parse_lag(text: str, place: str = "--lag") -> Lag:
    """The lag of an option's text: ``2``, ``uniform(0, 2)``.  Raises :class:`ValueError` naming ``place``."""
    return lag_from(Setting(text, place))


def fault_as_plain(fault: Fault) -> dict[str, object]:
    """A fault as the file and the control API write it, without defaults."""
    plain: dict[str, object] = {name: getattr(fault, name) for name in _PATTERNS if getattr(fault, name) != "*"}
    match fault.effect:
        case Fail(error=error, after=after):
            plain |= {"fail": _name_of(error), "after": after}
        case Throttle(rate=rate, burst=burst):
            plain |= {"throttle": rate, "burst": burst}
        case Drop(after=after):
            plain["drop"] = "after" if after else "before"
        case Truncate(keep=keep, clean=clean):
            plain |= {"truncate": keep, "clean": clean}
        case Delay(seconds=seconds, after=after):
            plain |= {"delay": seconds.figures[0] if seconds.kind == "fixed" else str(seconds), "after": after}
    chosen = {
        "nth": list(fault.nth),
        "every": fault.every if fault.every > 1 else None,
        "probability": fault.probability if fault.probability < 1 else None,
        "seed": fault.seed,
        "times": fault.times,
        "since": fault.since or None,
        "until": fault.until,
    }
    return {name: value for name, value in (plain | chosen).items() if value not in (None, False, [])}


def standing_as_plain(standing: Standing) -> dict[str, object]:
    """A fault in force, with its number and what it has done so far."""
    return {
        "number": standing.number,
        **fault_as_plain(standing.fault),
        "met": standing.met,
        "struck": standing.struck,
    }


def lag_as_plain(lag: Lag | None) -> dict[str, object]:
    """A lag as the control API writes it; no lag has 0 seconds."""
    if lag is None:
        return {"seconds": 0, "seed": None, "tear_batches": False}
    fixed = lag.behind.kind == "fixed"
    return {
        "seconds": lag.behind.figures[0] if fixed else str(lag.behind),
        "seed": lag.seed,
        "tear_batches": lag.tear_batches,
    }


def _name_of(error: Error) -> str:
    """The shortest name by which :func:`error_named` finds this row."""
    if error_named(error.code) == error:
        return error.code
    return next(name for name, row in errors.CATALOGUE.items() if row is error)
