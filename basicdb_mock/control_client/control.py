"""Every question and order of the control API as a method."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from basicdb_mock.control_client.calls import Exchange, RecordedCall, exchange_of
from basicdb_mock.control_client.connection import Connection, ControlError

_SEED_KINDS = {
    ".yaml": "application/yaml", ".yml": "application/yaml", ".json": "application/json", ".csv": "text/csv",
}  # fmt: skip
_BYTES = ("request", "response")


class Control:
    """The control API of the server at ``url``; ``token`` is what it printed if it asks for one.

    ``timeout`` is in seconds.  Each method raises :class:`ControlError` when the server refuses, and :class:`OSError`
    when it cannot be reached.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout: float = 60.0) -> None:
        self._server = Connection(url, token, timeout)

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._server.url

    def __repr__(self) -> str:
        return f"Control({self.url!r})"

    # -- the server ----------------------------------------------------------------------------------------------------

    def ready(self) -> bool:
        """Whether the server answers and its storage too."""
        try:
            self._server.ask("GET", "/health/ready")
        except (ControlError, OSError):
            return False
        return True

    def config(self) -> dict[str, Any]:
        """Version, storage, limits, lag and clock."""
        return self._server.ask("GET", "/config")

    def nodes(self) -> list[dict[str, Any]]:
        """The nodes of the cluster; none where the storage is none."""
        return list(self._server.ask("GET", "/nodes")["nodes"])

    # -- the data ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget data and calls; faults, lag and clock are again as they were when the server started."""
        self._server.ask("POST", "/reset")

    def seed(
        self,
        domains: Mapping[str, object],
        *,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
        in_order: Sequence[str] = (),
    ) -> None:
        """Add data in the seed format to an account, or to that of an access key (``testing``).

        In the domains named by ``in_order`` items are created in the order they are in.
        """
        body = {
            "domains": domains, "account": account, "access_key": access_key, "region": region,
            "in_order": list(in_order) or None,
        }  # fmt: skip
        self._server.ask("POST", "/seed", {name: value for name, value in body.items() if value is not None})

    def dump(
        self, *, account: str | None = None, region: str | None = None, domain: str | None = None
    ) -> list[dict[str, Any]]:
        """All data: for each account and region a mapping with ``account``, ``region`` and ``domains``."""
        answer = self._server.ask("GET", "/dump", account=account, region=region, domain=domain)
        return list(answer["tenants"])

    def seed_file(
        self,
        path: str | Path,
        *,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
    ) -> None:
        """Add the data of a seed file of this machine, in YAML, JSON or CSV.

        Raises :class:`ValueError` for a file that ends in none of these.
        """
        path = Path(path)
        kind = _SEED_KINDS.get(path.suffix)
        if kind is None:
            raise ValueError(f"{path}: a seed file ends in one of {', '.join(_SEED_KINDS)}")
        query = {"name": path.name, "account": account, "access_key": access_key, "region": region}
        self._server.ask("POST", "/seed/file", path.read_bytes(), kind, **query)

    def download_seed(
        self,
        *,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
        domain: str | None = None,
    ) -> str:
        """The data of one account and region, or one domain of it, as a seed in YAML."""
        return self._server.text("/seed", account=account, access_key=access_key, region=region, domain=domain)

    def results(
        self,
        expression: str,
        *,
        form: str = "json",
        after: str | None = None,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
    ) -> str:
        """One page of a Select, which is no call, as ``json``, ``csv`` or ``xml``.  ``after`` is a NextToken."""
        whose = {"account": account, "access_key": access_key, "region": region}
        return self._server.text("/results", expression=expression, after=after, **{"as": form}, **whose)

    def explain(
        self,
        expression: str,
        *,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
    ) -> dict[str, Any]:
        """How a Select is found: predicates, indexes, items examined; it is no call."""
        return self._server.ask(
            "GET", "/explain", expression=expression, account=account, access_key=access_key, region=region
        )

    def snapshots(self) -> list[str]:
        """The names of all snapshots."""
        names: list[str] = self._server.ask("GET", "/snapshots")["snapshots"]
        return names

    def snapshot(self, name: str) -> None:
        """Keep the data as they are now."""
        self._server.ask("PUT", f"/snapshots/{quote(name, safe='')}")

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self._server.ask("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def compare_snapshots(self, before: str, after: str = "now") -> dict[str, Any]:
        """What came, went and changed between two snapshots, ``now`` being the present.

        ``added``, ``changed`` and ``gone`` count items; ``differences`` are the first thousand of them.
        """
        return self._server.ask("GET", "/snapshots/compare", before=before, after=after)

    def forget_snapshot(self, name: str) -> None:
        self._server.ask("DELETE", f"/snapshots/{quote(name, safe='')}")

    # -- exports -------------------------------------------------------------------------------------------------------

    def exports(
        self,
        *,
        account: str | None = None,
        region: str | None = None,
        domain: str | None = None,
        status: str | None = None,
    ) -> list[dict[str, Any]]:
        """The exports of everybody, or of one account, region, domain or status; newest first."""
        answer = self._server.ask("GET", "/exports", account=account, region=region, domain=domain, status=status)
        return list(answer["exports"])

    def export(self, export_id: str) -> dict[str, Any]:
        """One export, with its files where they go to a directory."""
        return self._server.ask("GET", f"/exports/{quote(export_id, safe='')}")

    def export_file(self, export_id: str, key: str) -> str:
        """A file that an export wrote to a directory, by its key in the bucket."""
        return self._server.text(f"/exports/{quote(export_id, safe='')}/files/{quote(key)}")

    def start_export(self, domain: str, bucket: str, **order: str) -> dict[str, Any]:
        """Start an export as StartDomainExport does; returns it.

        ``order`` may have ``prefix``, ``encryption``, ``key_id``, ``bucket_owner``, ``client_token``, and whose it is:
        ``account`` or ``access_key``, ``region``.
        """
        return self._server.ask("POST", "/exports", {"domain": domain, "bucket": bucket, **order})

    # -- the rehearsal -------------------------------------------------------------------------------------------------

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with the calls they ``met`` and ``struck``."""
        standing: list[dict[str, Any]] = self._server.ask("GET", "/faults")["faults"]
        return standing

    def add_fault(self, **fault: object) -> int:
        """Put a fault in force, written as in a faults file; returns its number."""
        number: int = self._server.ask("POST", "/faults", fault)["number"]
        return number

    def fail(self, operation: str, error: str, **rule: object) -> int:
        """Answer an operation with an error; returns the fault's number."""
        return self.add_fault(operation=operation, fail=error, **rule)

    def throttle(self, rate: float, operation: str = "*", **rule: object) -> int:
        """Let so many calls a second through to each domain; returns the fault's number."""
        return self.add_fault(operation=operation, throttle=rate, **rule)

    def drop(self, operation: str = "*", *, after: bool = False, **rule: object) -> int:
        """End the connection before an operation is done, or after; returns the fault's number."""
        return self.add_fault(operation=operation, drop="after" if after else "before", **rule)

    def truncate(self, operation: str = "*", *, keep: float = 0.5, **rule: object) -> int:
        """Send the beginning of the answer; returns the fault's number."""
        return self.add_fault(operation=operation, truncate=keep, **rule)

    def delay(self, operation: str, seconds: float | str, **rule: object) -> int:
        """Wait before an operation is done; returns the fault's number."""
        return self.add_fault(operation=operation, delay=seconds, **rule)

    def replace_faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Put these faults in force and no others."""
        self._server.ask("PUT", "/faults", {"faults": list(faults)})

    def remove_fault(self, number: int) -> None:
        self._server.ask("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        self._server.ask("DELETE", "/faults")

    def lag(self) -> dict[str, Any]:
        """How far reads without ConsistentRead are behind: ``seconds``, ``seed``, ``tear_batches``."""
        return self._server.ask("GET", "/lag")

    def set_lag(self, seconds: float | str, *, seed: int | None = None, tear_batches: bool = False) -> None:
        """Have such reads be behind; 0 has them be so no longer."""
        self._server.ask("PUT", "/lag", {"seconds": seconds, "seed": seed, "tear_batches": tear_batches})

    def now(self) -> float:
        """What time it is there, in epoch seconds."""
        return float(self._server.ask("GET", "/clock")["now"])

    def freeze(self, at: float | None = None) -> float:
        """Stop the clock, now or at ``at`` epoch seconds; returns where it stands."""
        return self._clock(freeze=True if at is None else at)

    def tick(self, seconds: float) -> float:
        """Go forward; returns the new time."""
        return self._clock(tick=seconds)

    def offset(self, seconds: float) -> float:
        """Run so far ahead of the machine's clock; returns the new time."""
        return self._clock(offset=seconds)

    def reset_clock(self) -> float:
        """Run with the machine's clock again; returns the time."""
        return self._clock(reset=True)

    def limits(self) -> dict[str, Any]:
        """The quotas in force."""
        return self._server.ask("GET", "/limits")

    def set_limits(self, base: str | None = None, **limits: float | str) -> dict[str, Any]:
        """Set single quotas; with ``base`` (``AWS``, ``RELAXED``) the others become that one's.  Returns all."""
        return self._server.ask("PATCH", "/limits", {**({"base": base} if base else {}), **limits})

    # -- who called ----------------------------------------------------------------------------------------------------

    def calls(
        self,
        operation: str | None = None,
        *,
        domain: str | None = None,
        account: str | None = None,
        region: str | None = None,
        code: str | None = None,
        status: int | None = None,
        after: int = 0,
        limit: int = 1000,
        wait: int = 0,
    ) -> list[RecordedCall]:
        """The calls that were made, oldest first; waits up to ``wait`` seconds for one numbered after ``after``."""
        page = self._server.ask(
            "GET", "/calls", operation=operation, domain=domain, account=account, region=region, code=code,
            status=status, after=after, limit=limit, wait=wait,
        )  # fmt: skip
        return [RecordedCall(**call) for call in page["calls"]]

    def exchange(self, number: int) -> Exchange:
        """The request and the response of a call, byte for byte."""
        return exchange_of(self._server.ask("GET", f"/calls/{number}"))

    def call(
        self,
        action: str,
        parameters: Mapping[str, str] | None = None,
        *,
        account: str | None = None,
        access_key: str | None = None,
        region: str | None = None,
    ) -> tuple[RecordedCall, Exchange]:
        """Make a call in the name of an account, or of an access key (``testing``), whether it succeeds or not."""
        whose = {"account": account, "access_key": access_key, "region": region}
        body = {"action": action, "parameters": dict(parameters or {}), **whose}
        call = self._server.ask("POST", "/calls", {name: value for name, value in body.items() if value is not None})
        exchange = exchange_of(call)
        return RecordedCall(**{name: value for name, value in call.items() if name not in _BYTES}), exchange

    def follow(self, after: int = 0, *, seconds: int | None = None) -> Generator[RecordedCall, None, None]:
        """The calls numbered after ``after`` as they come, for so many seconds or for ever."""
        for call in self._server.events("/events", after=after, seconds=seconds):
            yield RecordedCall(**call)

    def transcript(self, *numbers: int, operation: str | None = None, domain: str | None = None) -> str:
        """Calls, all or those of some numbers, as a transcript in YAML."""
        return self._server.text("/transcript", number=numbers, operation=operation, domain=domain)

    def clear_calls(self) -> None:
        self._server.ask("DELETE", "/calls")

    def accounts(self) -> dict[str, Any]:
        """Whether anybody is let in (``open``), and the ``credentials``, without secrets, if not."""
        return self._server.ask("GET", "/accounts")

    def set_accounts(self, credentials: Sequence[Mapping[str, object]]) -> None:
        """Verify signatures from now on, with these credentials."""
        self._server.ask("PUT", "/accounts", {"credentials": list(credentials)})

    def open_accounts(self) -> None:
        """Let any key in again."""
        self._server.ask("DELETE", "/accounts")

    # -- shared --------------------------------------------------------------------------------------------------------

    def _clock(self, **setting: float | bool) -> float:
        return float(self._server.ask("POST", "/clock", setting)["now"])
