"""Measuring contenders against each other: in turns, in random order, so that a noisy neighbour disturbs all alike."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import mean, median
from time import perf_counter, process_time


@dataclass(frozen=True)
class Figure:
    """One row of the table: what it took, beside what it is measured against, and what was promised."""

    section: str
    name: str
    value: float
    unit: str
    size: int | None = None
    """Items in the domain, attributes in the call: what the section grows by."""
    peer: str = ""
    ratio: float | None = None
    """Ours over the peer's, each in its quickest round."""
    goal: str = ""
    met: bool | None = None


def against_peer(
    section: str, name: str, ours: float, peer: str, ratio: float, *, at_most: float | None = None
) -> Figure:
    """A figure in seconds whose promise is a ratio."""
    goal, met = ("", None) if at_most is None else (f"<= {at_most:g} x", ratio <= at_most)
    return Figure(section, name, ours, "s", None, peer, ratio, goal, met)


def against_goal(
    section: str, name: str, seconds: float, at_most: float, *, size: int | None = None
) -> Figure:
    """A figure in seconds whose promise is a time."""
    return Figure(section, name, seconds, "s", size, goal=f"<= {at_most * 1000:g} ms", met=seconds <= at_most)


def best(call: Callable[[], object], rounds: int = 5) -> float:
    """CPU seconds of the quickest of some calls."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        call()
        times.append(process_time() - begun)
    return min(times)


def typical(call: Callable[[], object], rounds: int = 9) -> float:
    """CPU seconds of the median of some calls."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        call()
        times.append(process_time() - begun)
    return median(times)


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Work as a contender: gives the CPU seconds of doing it once."""

    def contender() -> float:
        begun = process_time()
        work()
        return process_time() - begun

    return contender


def in_turns(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The seconds that one waits for each of some calls, which take turns one by one: the mean of its quickest tenth.

    What a server does cannot be counted in this process's CPU time, and a wait holds whatever else the machine does;
    the quickest calls hold least of it.
    """
    waits: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            begun = perf_counter()
            calls[name]()
            waits[name].append(perf_counter() - begun)
    return {name: mean(sorted(times)[: max(1, rounds // 10)]) for name, times in waits.items()}


class Contest:
    """Contenders that do the same work, and how long each took in each round."""

    def __init__(self, contenders: Mapping[str, Callable[[], float]], *, rounds: int) -> None:
        """Each contender does its work and gives the seconds that count."""
        self._times: dict[str, list[float]] = {name: [] for name in contenders}
        for contender in contenders.values():
            contender()
        order = list(contenders)
        for _ in range(rounds):
            random.shuffle(order)
            for name in order:
                gc.collect()
                self._times[name].append(contenders[name]())

    def seconds(self, name: str) -> float:
        """A contender's quickest round: what is in it of the neighbours is least."""
        return min(self._times[name])

    def ratio(self, name: str, peer: str) -> float:
        return self.seconds(name) / self.seconds(peer)
