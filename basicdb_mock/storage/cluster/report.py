"""The report on a cluster's nodes for the console and the health page."""

from __future__ import annotations

from redis.exceptions import RedisError

from basicdb_mock.storage.cluster.nodes import Reply, Topology
from basicdb_mock.storage.cluster.settings import Address


def node_report(topology: Topology) -> list[dict[str, object]]:
    """Every node the cluster knows: its address, role, health, slots, and how far a replica is behind its primary.

    ``lag_bytes`` is measured in the replication stream; ``None`` if unknown.
    """
    listed = _listed(topology)
    offsets: dict[str, int] = {}
    for node in listed:
        node["healthy"] = False
        figures = _replication(topology, node)
        if figures is not None:
            node["healthy"] = node.get("connected", False) and node.get("flags") != "fail"
            replica = figures.get("role") == "slave"
            offset = figures.get("slave_repl_offset" if replica else "master_repl_offset", "0")
            offsets[str(node["id"])] = int(offset)
            if replica and figures.get("master_link_status") != "up":
                node["healthy"] = False
        node.pop("connected", None)
        node.pop("flags", None)
    for node in listed:
        lag: int | None = None
        own, primary = offsets.get(str(node["id"])), offsets.get(str(node["primary"]))
        if own is not None and primary is not None:
            lag = max(0, primary - own)
        node["lag_bytes"] = lag
    return sorted(listed, key=lambda node: (str(node["role"]), str(node["address"])))


def _listed(topology: Topology) -> list[dict[str, object]]:
    """The nodes as seen by one of them; if none responds, those known last."""
    for address in topology.map().addresses():
        reply = _ask(topology, address, "CLUSTER", "NODES")
        if isinstance(reply, bytes):
            return [_node(line.split(), address) for line in reply.decode().splitlines()]
    return [
        _silent(place, role, [f"{shard.first}-{shard.last}"] if role == "primary" else [])
        for shard in topology.map().shards
        for role, places in (("primary", (shard.primary,)), ("replica", shard.replicas))
        for place in places
    ]


def _silent(place: Address, role: str, slots: list[str]) -> dict[str, object]:
    address = f"{place[0]}:{place[1]}"
    return {"id": address, "address": address, "role": role, "primary": None, "slots": slots}


def _node(fields: list[str], asked: Address) -> dict[str, object]:
    own, place, flags, primary, _, _, _, link, *slots = fields
    host, _, port = place.partition(",")[0].partition("@")[0].rpartition(":")
    return {
        "id": own,
        "address": f"{host or asked[0]}:{port}",
        "role": "primary" if "master" in flags.split(",") else "replica",
        "primary": None if primary == "-" else primary,
        "slots": [slot for slot in slots if not slot.startswith("[")],
        "connected": link == "connected",
        "flags": "fail" if {"fail", "fail?"} & set(flags.split(",")) else "",
    }


def _replication(topology: Topology, node: dict[str, object]) -> dict[str, str] | None:
    host, _, port = str(node["address"]).rpartition(":")
    if not port.isdigit() or port == "0":
        return None
    reply = _ask(topology, (host, int(port)), "INFO", "replication")
    if not isinstance(reply, bytes):
        return None
    return dict(line.split(":", 1) for line in reply.decode().splitlines() if ":" in line)


def _ask(topology: Topology, address: Address, *command: str) -> Reply | None:
    try:
        return topology.ask(address, *command)
    except RedisError:
        return None
