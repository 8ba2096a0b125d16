"""A cluster whose nodes talk TLS only to those who show a certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from basicdb_mock.select.plan import plan_search
from basicdb_mock.storage import StorageError
from basicdb_mock.storage.cluster.local import LocalCluster
from tests.cluster.asking import ALICE, create, get, opened, put

TLS = """\
tls-port {third}
tls-cluster yes
tls-replication yes
"""

SIGNS = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


class Authority:
    """Signs certificates, for a day."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, directory.name)])
        self.file = directory / "ca.pem"
        self.file.write_bytes(self._signed(self._name, self._key.public_key(), None).public_bytes(Encoding.PEM))

    def certificate(self, address: str) -> tuple[Path, Path]:
        """Files of a certificate for an address, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"at {address}")])
        certificate, secret = self._directory / f"{address}.pem", self._directory / f"{address}.key"
        certificate.write_bytes(self._signed(name, key.public_key(), address).public_bytes(Encoding.PEM))
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, secret

    def _signed(self, name: x509.Name, key: ec.EllipticCurvePublicKey, address: str | None) -> x509.Certificate:
        """A certificate as Python 3.13 wants it: it says whose key it has, who signed it, and what it is for."""
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder(
                self._name, name, key, x509.random_serial_number(), now - timedelta(hours=1), now + timedelta(days=1)
            )
            .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if address is None:
            builder = builder.add_extension(SIGNS, critical=True)
        else:
            where = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
            builder = builder.add_extension(where, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture(scope="module")
def secured(installed: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    certificate, key = authority.certificate("127.0.0.1")
    files = [f'tls-cert-file "{certificate}"', f'tls-key-file "{key}"', f'tls-ca-cert-file "{authority.file}"']
    nodes = tmp_path_factory.mktemp("secured") / "nodes"
    cluster = LocalCluster(nodes, appendonly=False, more=[*TLS.splitlines(), *files])
    with cluster.guarded():
        cluster.up(primaries=2, replicas=1)
        for node in cluster.nodes:
            node.ask("ACL", "SETUSER", "app", "on", ">a secret: 1%", "~basicdb:*", *ALLOWED)
        yield cluster


ALLOWED = (
    "+fcall", "+fcall_ro", "+function|load", "+wait", "+readonly", "+cluster|slots", "+cluster|nodes", "+info",
    "+@read", "+@write", "+time",
)  # fmt: skip
"""What docs/cluster.md says the user needs."""


def url_of(cluster: LocalCluster, settings: Mapping[str, object], user: str = "app:a%20secret%3A%201%25@") -> str:
    ports = [node.ask("CONFIG", "GET", "tls-port")[1].decode() for node in cluster.nodes]
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"rediss+cluster://{user}{hosts}?{urlencode({'timeout': 10, 'patience': 30, **settings})}"


def test_everything_works_with_tls_as_a_user_who_may_no_more_than_is_needed(
    secured: LocalCluster, authority: Authority
) -> None:
    certificate, key = authority.certificate("127.0.0.2")
    with opened(url_of(secured, {"ca": authority.file, "certificate": certificate, "key": key})) as storage:
        create(storage)
        put(storage, "i", n="1")
        assert get(storage, "i") == {"n": "1"}
        assert get(storage, "i", consistent=False) == {"n": "1"}
        assert [step.name for step in storage.domain(ALICE, "books").search(plan_search(None))] == ["i"]
        nodes = storage.nodes()
        assert [node["healthy"] for node in nodes] == [True] * 4
        assert all(isinstance(node["lag_bytes"], int) for node in nodes if node["role"] == "replica")
        storage.drop_domain(ALICE, "books")
        storage.reclaimed()


def test_a_node_whose_certificate_nobody_known_signed_is_not_talked_to(
    secured: LocalCluster, authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.certificate("127.0.0.3")
    stranger = Authority(tmp_path / "stranger")
    shown = {"certificate": certificate, "key": key}
    for settings in (shown, {"ca": stranger.file, **shown}):
        with pytest.raises(StorageError, match="certificate verify failed"), opened(url_of(secured, settings)):
            pass
    with opened(url_of(secured, {"verify": "no", **shown})) as storage:
        assert all(node["healthy"] for node in storage.nodes())


def test_who_shows_no_certificate_or_not_the_password_is_not_let_in(
    secured: LocalCluster, authority: Authority
) -> None:
    with pytest.raises(StorageError, match="there is no cluster at"), opened(url_of(secured, {"ca": authority.file})):
        pass
    certificate, key = authority.certificate("127.0.0.4")
    known = {"ca": authority.file, "certificate": certificate, "key": key}
    with (
        pytest.raises(StorageError, match="the cluster refuses access"),
        opened(url_of(secured, known, user="app:guessed@")),
    ):
        pass
