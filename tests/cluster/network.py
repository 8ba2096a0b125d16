"""A cluster whose nodes reach each other through gates that can be shut: a network cut in two, without being root.

Every node tells the others, and clients, ports of ours in place of its own, and connects to others from an address of
its own.  So it is known who talks to whom.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from basicdb_mock.storage.cluster.local import LocalCluster, LocalNode

GATES = """\
bind-source-addr 127.0.1.{number}
cluster-announce-ip 127.0.0.1
cluster-announce-port {third}
cluster-announce-bus-port {fourth}
"""


class Network:
    """Passes on what nodes and clients say to nodes."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._alone: set[str] = set()
        self._healed = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._thread.start()

    def open_gate(self, node: LocalNode) -> None:
        """Listen at the ports that a node announces."""
        told = dict(line.split(None, 1) for line in (node.directory / "node.conf").read_text().splitlines())
        own = told["bind-source-addr"]
        for gate, port in (("cluster-announce-port", "port"), ("cluster-announce-bus-port", "cluster-port")):
            listening = self._listen(int(told[gate]), int(told[port]), own)
            asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    async def _listen(self, gate: int, port: int, own: str) -> None:
        async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            other = writer.get_extra_info("peername")[0]
            ends = [writer]
            try:
                await self._reachable(own, other)
                beyond, to_node = await asyncio.open_connection("127.0.0.1", port)
                ends.append(to_node)
                there, back = self._pump(reader, to_node, own, other), self._pump(beyond, writer, own, other)
                await asyncio.gather(there, back)
            except (OSError, asyncio.CancelledError):
                pass  # one end is gone, or all of it ends
            finally:
                for end in ends:
                    end.transport.abort()

        self._servers.append(await asyncio.start_server(passing, "127.0.0.1", gate))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, own: str, other: str) -> None:
        while some := await source.read(65536):
            await self._reachable(own, other)
            sink.write(some)
            await sink.drain()
        raise ConnectionResetError

    async def _reachable(self, own: str, other: str) -> None:
        """Nothing is said while two nodes are apart; a connection that was held up so is lost."""
        if other != "127.0.0.1" and self._alone & {own, other}:
            await self._healed.wait()
            raise ConnectionResetError

    @contextmanager
    def cut(self, node: LocalNode) -> Iterator[None]:
        """One node and all others do not hear of each other while the block runs; clients reach all of them."""
        number = int(node.directory.name.removeprefix("node-"))
        self._alone = {f"127.0.1.{number}"}
        try:
            yield
        finally:
            self._alone = set()
            self._loop.call_soon_threadsafe(self._healed.set)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._closed(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _closed(self) -> None:
        for server in self._servers:
            server.close()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


class GatedCluster(LocalCluster):
    """A local cluster on a network that can be cut."""

    def __init__(self, directory: Path, network: Network) -> None:
        super().__init__(directory, appendonly=False, more=GATES.splitlines())
        self._network = network

    def add_process(self) -> LocalNode:
        node = super().add_process()
        self._network.open_gate(node)
        return node


def addresses_are_there(addresses: Sequence[str] = ("127.0.1.1", "127.0.1.9")) -> bool:
    """Whether this machine lets us talk from other addresses of its own, as Linux does."""

    for address in addresses:
        with socket.socket() as tried:
            try:
                tried.bind((address, 0))
            except OSError:
                return False
    return True
