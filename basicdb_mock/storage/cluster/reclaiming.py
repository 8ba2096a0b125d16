"""Reclaiming the memory of deleted domains, in the background and a little at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import sleep

from basicdb_mock.model import Tenant
from basicdb_mock.storage.cluster.partition import Driver, Reference
from basicdb_mock.storage.contract import StorageError

_log = logging.getLogger(__name__)
_PAUSE = 0.002
"""Seconds between two steps, in which a node can serve others."""


def drop_partitions(driver: Driver, reference: Reference) -> None:
    """Drop every partition of a domain, also for those that still have a reference to it."""
    for number in range(reference.partitions):
        driver.partition(reference.id, number).drop()


def reclaim(driver: Driver, tenant: Tenant, stopped: Callable[[], bool]) -> None:
    """Reclaim all condemned domains of a tenant, including those that other processes left behind."""
    registry = driver.registry(tenant)
    for reference in registry.condemned():
        drop_partitions(driver, reference)
        for number in range(reference.partitions):
            while driver.partition(reference.id, number).reclaim():
                if stopped():
                    return
                sleep(_PAUSE)
        registry.forget(reference)


class Reclaimer:
    """A thread that runs while there is something to reclaim."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._lock = threading.Lock()
        self._waiting: set[Tenant] = set()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def wake(self, tenant: Tenant) -> None:
        """Note that a tenant has condemned domains."""
        with self._lock:
            if self._stopped.is_set():
                return
            self._waiting.add(tenant)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="basicdb-mock reclaiming", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._stopped.is_set():
                    self._thread = None
                    return
                tenant = self._waiting.pop()
            try:
                reclaim(self._driver, tenant, self._stopped.is_set)
            except StorageError as failure:  # what is left stays condemned: the next time finds it
                _log.warning("deleted domains of %s are not reclaimed yet: %s", tenant.account, failure)

    def finish(self) -> None:
        """Wait until nothing is left to reclaim."""
        while (thread := self._thread) is not None:
            thread.join()

    def stop(self) -> None:
        self._stopped.set()
        thread = self._thread
        if thread is not None:
            thread.join()
