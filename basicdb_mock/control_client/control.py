"""Every request of the control API as a method."""

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
    """A client of the control API of the server at ``url``.

    ``token`` is the token that the server printed at its start, if it requires one.  ``timeout``, in seconds, is how
    long each request may take.  Raises :class:`ValueError` if ``url`` is not an HTTP URL.

    Every method is one request.  It raises :class:`ControlError` if the server rejects it and :class:`OSError` if the
    server cannot be reached.

    Where a method takes ``account``, ``access_key`` and ``region``, they choose whose data it works on: an account by
    its number, or that of an access key (default: ``testing``), in a region (default: the server's).
    """

    def __init__(self, url: str, token: str | None = None, *, timeout: float = 60.0) -> None:
        self._server = Connection(url, token, timeout)

    @property
    def url(self) -> str:
        """The server's URL."""
        return self._server.url

    def __repr__(self) -> str:
        return f"Control({self.url!r})"

    # -- the server ----------------------------------------------------------------------------------------------------

    def ready(self) -> bool:
        """Whether the server and its storage answer.  Returns ``False`` instead of raising."""
        try:
            self._server.ask("GET", "/health/ready")
        except (ControlError, OSError):
            return False
        return True

    def config(self) -> dict[str, Any]:
        """Return the server's version, storage, limits, lag and clock."""
        return self._server.ask("GET", "/config")

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes of the cluster; an empty list if the storage is not a cluster."""
        return list(self._server.ask("GET", "/nodes")["nodes"])

    # -- the data ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Delete all data and calls, and return faults, lag and clock to how they were when the server started."""
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
        """Add data in the seed format: a mapping of domains to items to attributes.

        In the domains named in ``in_order``, items are created in the order given.
        """
        body = {
            "domains": domains, "account": account, "access_key": access_key, "region": region,
            "in_order": list(in_order) or None,
        }  # fmt: skip
        self._server.ask("POST", "/seed", {name: value for name, value in body.items() if value is not None})

    def dump(
        self, *, account: str | None = None, region: str | None = None, domain: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all data: for each account and region a mapping with ``account``, ``region`` and ``domains``.

        The arguments restrict it to one account, region or domain.
        """
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
        """Upload a seed file from this machine (``.yaml``, ``.yml``, ``.json`` or ``.csv``) and add its data.

        Raises :class:`ValueError` for any other extension.
        """
        path = Path(path)
        kind = _SEED_KINDS.get(path.suffix)
        if kind is None:
            raise ValueError(f"{path}: the name of a seed file must end in one of {', '.join(_SEED_KINDS)}")
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
        """Return the data of one account and region, or of one domain, as a seed file in YAML."""
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
        """Run a Select without recording it as a call, and return one page as ``json``, ``csv`` or ``xml``.

        ``form`` chooses the format; ``after`` is the NextToken of the page before.
        """
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
        """Explain how a Select is executed: predicates, indexes, items examined.  It is not recorded as a call."""
        return self._server.ask(
            "GET", "/explain", expression=expression, account=account, access_key=access_key, region=region
        )

    def snapshots(self) -> list[str]:
        """Return the names of all snapshots."""
        names: list[str] = self._server.ask("GET", "/snapshots")["snapshots"]
        return names

    def snapshot(self, name: str) -> None:
        """Keep the present data under ``name``, replacing an earlier snapshot of that name."""
        self._server.ask("PUT", f"/snapshots/{quote(name, safe='')}")

    def restore(self, name: str) -> None:
        """Return to the data of a snapshot.  The snapshot remains available."""
        self._server.ask("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def compare_snapshots(self, before: str, after: str = "now") -> dict[str, Any]:
        """Compare two snapshots; ``now`` stands for the present data.

        In the result, ``added``, ``changed`` and ``gone`` count items, and ``differences`` lists the first thousand.
        """
        return self._server.ask("GET", "/snapshots/compare", before=before, after=after)

    def forget_snapshot(self, name: str) -> None:
        """Delete a snapshot.  The present data do not change."""
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
        """Return the exports, newest first: all of them, or those of one account, region, domain or status."""
        answer = self._server.ask("GET", "/exports", account=account, region=region, domain=domain, status=status)
        return list(answer["exports"])

    def export(self, export_id: str) -> dict[str, Any]:
        """Return one export, with a list of its files if exports are written to a directory."""
        return self._server.ask("GET", f"/exports/{quote(export_id, safe='')}")

    def export_file(self, export_id: str, key: str) -> str:
        """Return the text of a file that an export wrote to a directory; ``key`` is its key in the bucket."""
        return self._server.text(f"/exports/{quote(export_id, safe='')}/files/{quote(key)}")

    def start_export(self, domain: str, bucket: str, **order: str) -> dict[str, Any]:
        """Start an export of a domain to a bucket, as StartDomainExport does, and return it.

        ``order`` takes the optional ``prefix``, ``encryption``, ``key_id``, ``bucket_owner`` and ``client_token``, and
        ``account``, ``access_key`` and ``region``.
        """
        return self._server.ask("POST", "/exports", {"domain": domain, "bucket": bucket, **order})

    # -- the rehearsal -------------------------------------------------------------------------------------------------

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults in force; ``met`` and ``struck`` count the calls that each matched and affected."""
        standing: list[dict[str, Any]] = self._server.ask("GET", "/faults")["faults"]
        return standing

    def add_fault(self, **fault: object) -> int:
        """Add a fault, given as in a faults file, and return its number."""
        number: int = self._server.ask("POST", "/faults", fault)["number"]
        return number

    def fail(self, operation: str, error: str, **rule: object) -> int:
        """Answer calls of ``operation`` with the error whose code is ``error``.  Returns the fault's number.

        Here and in the methods below, ``rule`` takes the other keys of a faults file, such as ``times``, ``domain`` and
        ``probability``.
        """
        return self.add_fault(operation=operation, fail=error, **rule)

    def throttle(self, rate: float, operation: str = "*", **rule: object) -> int:
        """Let ``rate`` calls per second through to each domain and throttle the rest.  Returns the fault's number."""
        return self.add_fault(operation=operation, throttle=rate, **rule)

    def drop(self, operation: str = "*", *, after: bool = False, **rule: object) -> int:
        """Close the connection before the call is carried out, or ``after`` it.  Returns the fault's number."""
        return self.add_fault(operation=operation, drop="after" if after else "before", **rule)

    def truncate(self, operation: str = "*", *, keep: float = 0.5, **rule: object) -> int:
        """Send only the first part of the answer; ``keep`` is the fraction.  Returns the fault's number."""
        return self.add_fault(operation=operation, truncate=keep, **rule)

    def delay(self, operation: str, seconds: float | str, **rule: object) -> int:
        """Wait before the call is carried out: seconds, or a text such as ``uniform(0, 2)``.  Returns the number."""
        return self.add_fault(operation=operation, delay=seconds, **rule)

    def replace_faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Replace all faults with these, each given as in a faults file."""
        self._server.ask("PUT", "/faults", {"faults": list(faults)})

    def remove_fault(self, number: int) -> None:
        """Remove a fault by its number.  Raises :class:`ControlError` with status 404 if there is none."""
        self._server.ask("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._server.ask("DELETE", "/faults")

    def lag(self) -> dict[str, Any]:
        """Return how stale reads without ConsistentRead are: ``seconds``, ``seed`` and ``tear_batches``."""
        return self._server.ask("GET", "/lag")

    def set_lag(self, seconds: float | str, *, seed: int | None = None, tear_batches: bool = False) -> None:
        """Make reads without ConsistentRead stale by ``seconds``, a number or a text such as ``uniform(0, 2)``.

        0 makes them up to date again.  ``seed`` makes random lags reproducible; with ``tear_batches``, the items of a
        batch become visible one after the other.
        """
        self._server.ask("PUT", "/lag", {"seconds": seconds, "seed": seed, "tear_batches": tear_batches})

    def now(self) -> float:
        """Return the time of the server's clock, in seconds since the epoch."""
        return float(self._server.ask("GET", "/clock")["now"])

    def freeze(self, at: float | None = None) -> float:
        """Stop the server's clock at ``at`` (seconds since the epoch; default: its current time) and return that."""
        return self._clock(freeze=True if at is None else at)

    def tick(self, seconds: float) -> float:
        """Move the server's clock forward by ``seconds`` and return the new time."""
        return self._clock(tick=seconds)

    def offset(self, seconds: float) -> float:
        """Run the server's clock ``seconds`` ahead of its machine's (behind if negative); returns the new time."""
        return self._clock(offset=seconds)

    def reset_clock(self) -> float:
        """Let the server's clock follow its machine's again and return the time."""
        return self._clock(reset=True)

    def limits(self) -> dict[str, Any]:
        """Return the quotas in force."""
        return self._server.ask("GET", "/limits")

    def set_limits(self, base: str | None = None, **limits: float | str) -> dict[str, Any]:
        """Change single quotas by name and return all of them.

        With ``base`` (``AWS`` or ``RELAXED``) the others are set to those of ``base``; without it they stay.
        """
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
        """Return the calls in the server's journal, oldest first.

        ``operation``, ``domain``, ``account``, ``region``, error ``code`` and HTTP ``status`` select calls; only those
        with a number above ``after`` are returned, at most ``limit``.  If there is none yet, the server waits up to
        ``wait`` seconds for one.
        """
        page = self._server.ask(
            "GET", "/calls", operation=operation, domain=domain, account=account, region=region, code=code,
            status=status, after=after, limit=limit, wait=wait,
        )  # fmt: skip
        return [RecordedCall(**call) for call in page["calls"]]

    def exchange(self, number: int) -> Exchange:
        """Return the HTTP request and response of a call by its number, byte for byte."""
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
        """Make a SimpleDB call on the server and return it with its HTTP request and response.

        ``action`` is the operation, ``parameters`` those of the Query protocol.  An error of SimpleDB is not raised: it
        is the call's ``status`` and ``code``.
        """
        whose = {"account": account, "access_key": access_key, "region": region}
        body = {"action": action, "parameters": dict(parameters or {}), **whose}
        call = self._server.ask("POST", "/calls", {name: value for name, value in body.items() if value is not None})
        exchange = exchange_of(call)
        return RecordedCall(**{name: value for name, value in call.items() if name not in _BYTES}), exchange

    def follow(self, after: int = 0, *, seconds: int | None = None) -> Generator[RecordedCall, None, None]:
        """Yield the calls with a number above ``after`` as they are made, for ``seconds`` or without end."""
        for call in self._server.events("/events", after=after, seconds=seconds):
            yield RecordedCall(**call)

    def transcript(self, *numbers: int, operation: str | None = None, domain: str | None = None) -> str:
        """Return calls as a transcript in YAML: all, or those of these numbers, one operation or one domain."""
        return self._server.text("/transcript", number=numbers, operation=operation, domain=domain)

    def clear_calls(self) -> None:
        """Delete all calls from the server's journal."""
        self._server.ask("DELETE", "/calls")

    def accounts(self) -> dict[str, Any]:
        """Return whether the server accepts any access key (``open``) and, if not, its ``credentials``.

        Secret keys are never returned.
        """
        return self._server.ask("GET", "/accounts")

    def set_accounts(self, credentials: Sequence[Mapping[str, object]]) -> None:
        """Accept only these credentials from now on and verify signatures; each is given as in a credentials file."""
        self._server.ask("PUT", "/accounts", {"credentials": list(credentials)})

    def open_accounts(self) -> None:
        """Accept any access key again, without verifying signatures."""
        self._server.ask("DELETE", "/accounts")

    # -- shared --------------------------------------------------------------------------------------------------------

    def _clock(self, **setting: float | bool) -> float:
        return float(self._server.ask("POST", "/clock", setting)["now"])
