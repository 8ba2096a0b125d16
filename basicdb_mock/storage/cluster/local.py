"""A local cluster of the installed ``redis-server`` or ``valkey-server``, for trying out and for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError

from basicdb_mock.storage.cluster.nodes import Node, Reply
from basicdb_mock.storage.cluster.settings import Settings

SERVERS = ("valkey-server", "redis-server")
SLOTS = 16384
_CONFIGURATION = """\
port {port}
cluster-port {bus}
bind 127.0.0.1
protected-mode no
dir "{directory}"
pidfile "{directory}/pid"
logfile "{directory}/log"
daemonize yes
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout {node_timeout}
cluster-replica-validity-factor 0
cluster-require-full-coverage no
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
repl-diskless-sync-delay 0
repl-ping-replica-period 1
"""


class ClusterError(Exception):
    """A local cluster cannot be started or does not exist."""


def server_program() -> str:
    """The path of the installed server.  Raises :class:`ClusterError`."""
    for name in SERVERS:
        found = shutil.which(name)
        if found:
            return found
    raise ClusterError("neither valkey-server nor redis-server is installed (Debian: apt install redis-server)")


@dataclass(frozen=True, slots=True)
class LocalNode:
    """One process of a local cluster."""

    directory: Path
    port: int

    @property
    def process(self) -> int | None:
        """Its process id, ``None`` if it is not running."""
        try:
            process = int((self.directory / "pid").read_text())
            os.kill(process, 0)
        except (OSError, ValueError):
            return None
        return process if _is_server(process) else None

    def ask(self, *command: str | int) -> Reply:
        """The reply to a command.  Raises redis-py's errors of a connection; an error reply raises too."""
        node = Node(("127.0.0.1", self.port), Settings((("127.0.0.1", self.port),), timeout=2.0))
        try:
            (reply,) = node.exchange([command])
        finally:
            node.close()
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def start(self) -> None:
        program = server_program()
        command = [program, str(self.directory / "node.conf")]
        started = subprocess.run(command, capture_output=True, text=True, check=False)
        if started.returncode:
            raise ClusterError(f"{program} does not start: {started.stdout}{started.stderr}")

    def signal(self, number: int) -> None:
        """Send it a signal: SIGKILL, or SIGSTOP and SIGCONT."""
        process = self.process
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def role(self) -> str:
        """``primary`` or ``replica``."""
        return "primary" if self.ask("ROLE")[0] == b"master" else "replica"

    def id(self) -> str:
        return str(self.ask("CLUSTER", "MYID").decode())


def _is_server(process: int) -> bool:
    """Whether a process is one of ours, and not a later one with the same id."""
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no /proc: trust the process id
    return any(name.encode() in command for name in SERVERS)


class LocalCluster:
    """Primaries and their replicas, each a process with its own directory below ``directory``."""

    def __init__(
        self, directory: Path, node_timeout: float = 2.0, appendonly: bool = True, more: Sequence[str] = ()
    ) -> None:
        """``more`` are lines of configuration; ``{third}`` and ``{fourth}`` are two more free ports of the node,
        ``{number}`` is its number.
        """
        self.directory = directory
        self._more = more
        self._node_timeout = node_timeout
        self._appendonly = appendonly

    @property
    def nodes(self) -> list[LocalNode]:
        """All nodes started here, in the order of their directories."""
        found: list[LocalNode] = []
        for configuration in sorted(self.directory.glob("node-*/node.conf")):
            port = int(configuration.read_text().split()[1])
            found.append(LocalNode(configuration.parent, port))
        return found

    @property
    def url(self) -> str:
        """The URL for ``--storage``."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def up(self, primaries: int = 3, replicas: int = 1) -> None:
        """Start ``primaries`` nodes with ``replicas`` replicas each and wait until they serve.  Raises ClusterError."""
        if self.nodes:
            raise ClusterError(f"there is a cluster in {self.directory} already: take it down first")
        try:
            nodes = [self.add_process() for _ in range(primaries * (1 + replicas))]
            self._join(nodes, primaries)
            self.wait_until_in_step()
        except BaseException:
            self.down()
            raise

    def add_process(self) -> LocalNode:
        """Start one more process, which does not know the others yet."""
        server_program()
        directory = self.directory / f"node-{len(self.nodes) + 1:02}"
        for attempt in range(5):  # another process may take the ports first
            directory.mkdir(parents=True, exist_ok=True)
            with _free_ports(4) as (port, bus, third, fourth):
                text = _CONFIGURATION.format(
                    port=port,
                    bus=bus,
                    directory=directory,
                    node_timeout=int(self._node_timeout * 1000),
                    appendonly="yes" if self._appendonly else "no",
                )
            of_node = {"third": third, "fourth": fourth, "number": len(self.nodes) + 1}
            text += "".join(f"{line.format(**of_node)}\n" for line in self._more)
            (directory / "node.conf").write_text(text)
            node = LocalNode(directory, port)
            try:
                node.start()
                wait_for("a node to start", lambda: _answers(node), seconds=10)  # noqa: B023
            except ClusterError:
                node.signal(signal.SIGKILL)
                log = directory / "log"
                said = log.read_text(errors="replace") if log.exists() else ""
                shutil.rmtree(directory)
                if attempt == 4 or "Address already in use" not in said:
                    raise
                continue
            return node
        raise ClusterError("no free ports")

    def _join(self, nodes: Sequence[LocalNode], primaries: int) -> None:
        for number, node in enumerate(nodes[:primaries]):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            first, last = number * SLOTS // primaries, (number + 1) * SLOTS // primaries - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            self.meet(node, nodes[0])
        ids = [node.id() for node in nodes]
        for number, node in enumerate(nodes[primaries:]):
            primary = ids[number % primaries]
            wait_for("the nodes to meet", lambda: primary in node.ask("CLUSTER", "NODES").decode())  # noqa: B023
            node.ask("CLUSTER", "REPLICATE", primary)

    def meet(self, node: LocalNode, other: LocalNode) -> None:
        """Introduce a node to the cluster of another."""
        bus = (other.directory / "node.conf").read_text().split()[3]
        node.ask("CLUSTER", "MEET", "127.0.0.1", other.port, bus)

    def wait_until_in_step(self) -> None:
        """Wait until all nodes run, see each other and all slots, and replicas have what their primaries have."""
        nodes = self.nodes
        wait_for("the cluster to serve", lambda: all(_serves(node, len(nodes)) for node in nodes))

    @contextmanager
    def guarded(self) -> Iterator[LocalCluster]:
        """Take the cluster down at the end of the block, or when this process dies for any reason."""
        script = 'cat >/dev/null; cat "$1"/node-*/pid 2>/dev/null | xargs -r kill -9; rm -rf "$1"'
        guard = subprocess.Popen(
            ["sh", "-c", script, "sh", str(self.directory)], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            yield self
        finally:
            self.down()
            guard.communicate()

    def down(self) -> None:
        """Stop all processes and delete their data."""
        nodes = self.nodes
        for node in nodes:
            node.signal(signal.SIGKILL)
        for node in nodes:
            wait_for("a node to stop", lambda: node.process is None)  # noqa: B023
            shutil.rmtree(node.directory, ignore_errors=True)
        with suppress(OSError):
            self.directory.rmdir()


def _answers(node: LocalNode) -> bool:
    try:
        return bool(node.ask("PING") == b"PONG")
    except RedisError:
        return False


def _serves(node: LocalNode, nodes: int) -> bool:
    """Whether a node sees all nodes and slots and, if it is a replica, is in sync with its primary."""
    try:
        cluster, replication = node.ask("CLUSTER", "INFO").decode(), node.ask("INFO", "replication").decode()
    except RedisError:
        return False
    in_step = "role:master" in replication or "master_link_status:up" in replication
    known = f"cluster_known_nodes:{nodes}\r\n" in cluster and f"cluster_slots_ok:{SLOTS}\r\n" in cluster
    return in_step and known and "cluster_state:ok" in cluster


def wait_for(what: str, is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until a condition holds.  Raises :class:`ClusterError` after ``seconds``."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise ClusterError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


@contextmanager
def _free_ports(number: int) -> Iterator[list[int]]:
    """Free ports, reserved until the block ends."""
    held = [socket.socket() for _ in range(number)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        yield [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()
