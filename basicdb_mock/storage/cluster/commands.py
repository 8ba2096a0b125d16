"""Start, look at and stop a Redis or Valkey cluster on this machine, for trying out the storage redis+cluster:

  basicdb-mock cluster up       start one from the installed valkey-server or redis-server, and tell its URL
  basicdb-mock cluster status   tell its nodes: role, slots, lag, health
  basicdb-mock cluster down     stop it and delete its data

It runs in the background.  For a production deployment see docs/cluster.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from basicdb_mock.storage.contract import StorageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("up", "status", "down"), help="what to do")
    parser.add_argument("--nodes", type=_from(1, 64), default=3, help="primaries to start (default %(default)s)")
    parser.add_argument(
        "--replicas", type=_from(0, 5), default=1, help="copies of each primary to start (default %(default)s)"
    )
    parser.add_argument(
        "--directory", type=Path, default=default_directory(), metavar="DIR",
        help="where the nodes keep what they have (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="status as JSON")


def _from(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        found = int(text)
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"from {least} to {most}, not {found}")
        return found

    return number


def default_directory() -> Path:
    """One for each user of this machine."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"basicdb-mock-cluster-{user}"


def run(arguments: argparse.Namespace) -> int:
    try:
        from basicdb_mock.storage.cluster.local import ClusterError, LocalCluster
    except ImportError:
        sys.stderr.write("a cluster needs redis-py: pip install 'basicdb-mock[cluster]'\n")
        return 1
    cluster = LocalCluster(arguments.directory)
    try:
        if arguments.action == "up":
            cluster.up(arguments.nodes, arguments.replicas)
            settings = f"?replicas={arguments.replicas}" if arguments.replicas != 1 else ""
            sys.stdout.write(f"the cluster is up; give it to the server with\n  --storage '{cluster.url}{settings}'\n")
        elif arguments.action == "status":
            return _status(cluster.url if cluster.nodes else "", as_json=arguments.json)
        else:
            number = len(cluster.nodes)
            cluster.down()
            sys.stdout.write(f"stopped {number} nodes\n" if number else "there was no cluster\n")
    except (ClusterError, StorageError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def _status(url: str, *, as_json: bool) -> int:
    """Tell the nodes; 0 when all of them are healthy."""
    from basicdb_mock.storage.cluster import open_cluster

    if not url:
        sys.stderr.write("there is no cluster: basicdb-mock cluster up starts one\n")
        return 1
    storage = open_cluster(url)
    try:
        nodes = storage.nodes()
    finally:
        storage.close()
    if as_json:
        sys.stdout.write(json.dumps({"url": url, "nodes": nodes}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{url}\n")
        for node in nodes:
            lag = "" if node["lag_bytes"] is None else f"{node['lag_bytes']} bytes behind"
            slots = ",".join(map(str, node["slots"])) if isinstance(node["slots"], list) else ""
            health = "healthy" if node["healthy"] else "NOT HEALTHY"
            sys.stdout.write(f"{node['address']:<21} {node['role']:<8} {health:<12} {slots or lag}\n")
    return 0 if nodes and all(node["healthy"] for node in nodes) else 1
