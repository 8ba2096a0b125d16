"""What a ``redis+cluster://`` URL may say."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from basicdb_mock.storage.cluster.settings import Settings, read_url


def test_a_url_names_nodes() -> None:
    assert read_url("redis+cluster://10.0.0.1:7001,node-2:7002,[::1]:7003") == Settings(
        (("10.0.0.1", 7001), ("node-2", 7002), ("::1", 7003))
    )


def test_a_url_with_tls_names_files(tmp_path: Path) -> None:
    ca, certificate, key = (tmp_path / name for name in ("ca.pem", "certificate.pem", "key.pem"))
    for file in (ca, certificate, key):
        file.touch()
    files = {"ca": str(ca), "certificate": str(certificate), "key": str(key)}
    found = read_url(f"rediss+cluster://n:1?{urlencode(files)}&verify=no")
    assert found == Settings((("n", 1),), tls=True, verify=False, **files)  # type: ignore[arg-type]
    for url in ("rediss+cluster://n:1", "redis+cluster://n:1?tls=yes"):
        assert read_url(url) == Settings((("n", 1),), tls=True)


def test_a_url_carries_credentials_and_settings() -> None:
    url = (
        "redis+cluster://app:p%40ss@n:1?tls=yes&replicas=2&partitions=16&namespace=mine"
        "&patience=2.5&timeout=0.5&remember=30&history=5"
    )
    assert read_url(url) == Settings(
        (("n", 1),), "app", "p@ss", True, namespace="mine", replicas=2, partitions=16, patience=2.5, timeout=0.5,
        remember=30, history=5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("redis+cluster:", "a cluster is named redis+cluster://host:port,host:port, not 'redis+cluster:'"),
        ("redis+cluster://", "a node of a cluster is given as host:port, not ''"),
        ("redis+cluster://n", "a node of a cluster is given as host:port, not 'n'"),
        ("redis+cluster://n:0", "a node of a cluster is given as host:port, not 'n:0'"),
        ("redis+cluster://n:1,", "a node of a cluster is given as host:port, not ''"),
        ("redis+cluster://n:1?replicas=9", "replicas is a number from 0 to 5, not '9'"),
        ("redis+cluster://n:1?partitions=0", "partitions is a number from 1 to 1024, not '0'"),
        ("redis+cluster://n:1?patience=0", "patience is a number of seconds greater than 0, not '0'"),
        ("redis+cluster://n:1?timeout=nan", "timeout is a number of seconds greater than 0, not 'nan'"),
        ("redis+cluster://n:1?tls=1", "tls is yes or no, not '1'"),
        ("rediss+cluster://n:1?ca=/none.pem", "ca is a file, but '/none.pem' is not one"),
        (
            "redis+cluster://n:1?verify=no",
            "ca, certificate, key and verify need TLS: rediss+cluster://, or tls=yes",
        ),
        ("rediss+cluster://n:1?key={file}", "key needs a certificate: certificate=FILE"),
        ("redis+cluster://n:1?namespace={x}", "a namespace consists of letters, digits, _, . and -, not '{x}'"),
        (
            "redis+cluster://n:1?replica=1",
            "unknown setting 'replica' of a cluster; choose from: "
            "ca, certificate, history, key, namespace, partitions, patience, remember, replicas, timeout, tls, verify",
        ),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_with_what_is_wrong(url: str, problem: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_url(url.replace("{file}", __file__))
    assert str(refused.value) == problem
