"""boto3's simpledbv2 client in process, beside moto's S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from basicdb_mock import ExportSettings, SimpleDB, mock_simpledb
from basicdb_mock.exports import moto as moto_seam
from basicdb_mock.exports import read_export
from basicdb_mock.exports.reading import _from_s3
from tests.exports.asking import needs_simpledbv2

pytestmark = needs_simpledbv2

REGION = "us-east-1"


@dataclass
class World:
    simpledb: SimpleDB
    sdb: Any
    exports: Any
    s3: Any

    def start(self, **members: Any) -> str:
        order = {"domainName": "books", "s3Bucket": "a-bucket", **members}
        arn: str = self.exports.start_domain_export(**order)["exportArn"]
        return arn

    def failure(self, **members: Any) -> tuple[str, str]:
        told = self.exports.get_export(exportArn=self.start(**members))
        assert told["exportStatus"] == "FAILED"
        return told["failureCode"], told["failureMessage"]

    def stored(self) -> list[str]:
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket="a-bucket").get("Contents", [])]

    def object(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket="a-bucket", Key=key)["Body"].read()
        return content


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """Made before any mock is started, as clients of a module under test are."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
    return {service: session.client(service) for service in ("sdb", "simpledbv2", "s3", "kms")}


@pytest.fixture
def kms(clients: dict[str, Any]) -> Any:
    return clients["kms"]


@pytest.fixture
def world(clients: dict[str, Any]) -> Iterator[World]:
    """moto with an empty bucket, and SimpleDB with three books."""
    with mock_aws(), mock_simpledb() as simpledb:
        world = World(simpledb, clients["sdb"], clients["simpledbv2"], clients["s3"])
        world.s3.create_bucket(Bucket="a-bucket")
        world.sdb.create_domain(DomainName="books")
        for number in range(3):
            world.sdb.put_attributes(
                DomainName="books", ItemName=f"book {number}", Attributes=[{"Name": "Title", "Value": f"№ {number}"}])
        yield world


def test_the_waiter_returns_at_its_first_poll(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.waiter.time.sleep", slept.append)
    world.exports.get_waiter("export_succeeded").wait(exportArn=world.start())
    assert slept == []


def test_the_waiter_waits_for_a_slow_export(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = world.simpledb.engine
    engine.exports.settings = replace(engine.exports.settings, delay=50.0)
    engine.clock.freeze()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        engine.clock.tick(seconds)

    monkeypatch.setattr("botocore.waiter.time.sleep", sleep)
    world.exports.get_waiter("export_succeeded").wait(exportArn=world.start())
    assert slept == [30, 30]


def test_the_waiter_fails_with_the_export(world: World) -> None:
    from botocore.exceptions import WaiterError

    with pytest.raises(WaiterError, match="Waiter ExportSucceeded failed"):
        world.exports.get_waiter("export_succeeded").wait(exportArn=world.start(s3Bucket="no-such-bucket"))


def test_the_files_are_in_motos_bucket(world: World) -> None:
    arn = world.start(s3KeyPrefix="pre")
    folder = f"pre/AWSSimpleDB/{arn[-36:]}/books"
    assert world.stored() == [
        f"{folder}/_started", f"{folder}/data/dataFile_1_2.json", f"{folder}/manifest-file.json",
        f"{folder}/manifest-summary.json",
    ]
    told = world.exports.get_export(exportArn=arn)
    assert told["exportManifest"] == f"{folder}/manifest-summary.json"
    assert (told["exportStatus"], told["itemsCount"]) == ("SUCCEEDED", 3)
    assert told["requestedAt"] <= told["exportDataCutoffTime"]
    assert json.loads(world.object(f"{folder}/data/dataFile_1_2.json"))[2] == {
        "itemName": "book 2", "attributes": [{"name": "Title", "values": ["№ 2"]}]}
    assert json.loads(world.object(told["exportManifest"]))["itemsCount"] == 3


def test_an_export_in_a_bucket_is_read_back(world: World) -> None:
    world.start(s3KeyPrefix="pre")
    exported = _from_s3(world.s3, "a-bucket", "pre")
    assert exported.domain == "books"
    assert dict(exported) == {f"book {number}": {"Title": f"№ {number}"} for number in range(3)}
    assert dict(read_export("s3://a-bucket")) == dict(exported)
    with pytest.raises(ValueError, match="s3://a-bucket/elsewhere holds no finished export"):
        read_export("s3://a-bucket/elsewhere")


def test_data_files_are_split(world: World) -> None:
    exports = world.simpledb.engine.exports
    exports.settings = replace(exports.settings, file_bytes=1)
    world.start()
    assert [key.rsplit("/", 1)[-1] for key in world.stored() if "/data/" in key] == [
        "dataFile_1_2.json", "dataFile_3_4.json", "dataFile_5_6.json"]
    assert len(dict(read_export("s3://a-bucket"))) == 3


def test_the_files_are_encrypted_as_asked(world: World) -> None:
    world.start(s3SseAlgorithm="AES256")
    heads = [world.s3.head_object(Bucket="a-bucket", Key=key) for key in world.stored()]
    assert {head["ServerSideEncryption"] for head in heads} == {"AES256"}


def test_the_files_are_encrypted_with_the_key(world: World, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    arn = world.start(s3SseAlgorithm="KMS", s3SseKmsKeyId=key)
    assert world.exports.get_export(exportArn=arn)["exportStatus"] == "SUCCEEDED"
    heads = [world.s3.head_object(Bucket="a-bucket", Key=name) for name in world.stored()]
    assert {(head["ServerSideEncryption"], head["SSEKMSKeyId"]) for head in heads} == {("aws:kms", key)}


def test_a_missing_bucket_fails_the_export(world: World) -> None:
    assert world.failure(s3Bucket="no-such-bucket") == (
        "S3NoSuchBucket", "An error occurred during the export. The specified Amazon S3 bucket does not exist.")


def test_a_missing_key_fails_the_export(world: World) -> None:
    assert world.failure(s3SseAlgorithm="KMS", s3SseKmsKeyId="3eb4eaed-872b-4e08-b4b6-ff6999a83e01") == (
        "KmsNotFoundException", "An error occurred during the export. The specified KMS key does not exist.")
    assert world.stored() == []


def test_a_key_for_signing_fails_the_export(world: World, kms: Any) -> None:
    key = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["KeyId"]
    assert world.failure(s3SseAlgorithm="KMS", s3SseKmsKeyId=key) == (
        "KmsInvalidKeyUsageException",
        "An error occurred during the export. The expected KMS key usage is ENCRYPT_DECRYPT.")


def test_the_paginator_meets_every_export_once(world: World) -> None:
    arns = [world.start() for _ in range(5)]
    pages = list(world.exports.get_paginator("list_exports").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["exportSummaries"]) for page in pages] == [2, 2, 1]
    assert [summary["exportArn"] for page in pages for summary in page["exportSummaries"]] == arns


def test_errors_are_of_the_models_classes(world: World) -> None:
    client = world.exports
    world.start(clientToken="again")
    for _ in range(4):
        arn = world.start()
    order = {"domainName": "books", "s3Bucket": "other"}
    cases: list[tuple[Any, str, dict[str, Any]]] = [
        (client.exceptions.ConflictException, "start_domain_export", {**order, "clientToken": "again"}),
        (client.exceptions.NumberExportsLimitExceeded, "start_domain_export", order),
        (client.exceptions.NoSuchDomainException, "start_domain_export", {**order, "domainName": "none"}),
        (client.exceptions.InvalidParameterValueException, "start_domain_export", {**order, "domainName": "x"}),
        (client.exceptions.InvalidParameterCombinationException, "start_domain_export",
         {**order, "s3SseKmsKeyId": "key"}),
        (client.exceptions.NoSuchExportException, "get_export", {"exportArn": f"{arn[:-12]}{'0' * 12}"}),
        (client.exceptions.InvalidNextTokenException, "list_exports", {"nextToken": "abcd"}),
        (client.exceptions.NoSuchDomainException, "list_exports", {"domainName": "none"}),
    ]
    for error, operation, members in cases:
        with pytest.raises(error) as refused:
            getattr(client, operation)(**members)
        assert refused.value.response["Error"]["Code"] == error.__name__
        assert refused.value.response["Error"]["Message"]
        assert len(refused.value.response["ResponseMetadata"]["RequestId"]) == 36


def test_a_mock_takes_settings_of_its_exports(clients: dict[str, Any], tmp_path: Any) -> None:
    with mock_simpledb(exports=ExportSettings(directory=tmp_path, delay=60)) as simpledb:
        clients["sdb"].create_domain(DomainName="books")
        arn = clients["simpledbv2"].start_domain_export(domainName="books", s3Bucket="a-bucket")["exportArn"]
        assert clients["simpledbv2"].get_export(exportArn=arn)["exportStatus"] == "PENDING"
        simpledb.clock.tick(60)
        assert clients["simpledbv2"].get_export(exportArn=arn)["exportStatus"] == "SUCCEEDED"
        assert read_export(simpledb.exports.directory).items_count == 0
    assert len(list(tmp_path.rglob("manifest-summary.json"))) == 1


def test_a_snapshot_gives_quotas_back(world: World) -> None:
    snapshot = world.simpledb.snapshot()
    for _ in range(3):
        for _ in range(5):
            world.start()
        with pytest.raises(world.exports.exceptions.NumberExportsLimitExceeded):
            world.start()
        world.simpledb.restore(snapshot)
        assert world.exports.list_exports()["exportSummaries"] == []


def test_an_explicit_directory_comes_before_moto(world: World, tmp_path: Any) -> None:
    exports = world.simpledb.engine.exports
    exports.settings = replace(exports.settings, directory=tmp_path)
    world.start()
    assert world.stored() == []
    assert len(dict(read_export(tmp_path))) == 3


# -- past moto ---------------------------------------------------------------------------------------------------------


def test_an_export_that_outlives_moto_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, True, False])
    monkeypatch.setattr(moto_seam, "is_active", lambda: next(answers))
    assert world.failure()[0] == "ExportTimedOut"
    assert [key.rsplit("/", 1)[-1] for key in world.stored()] == ["_started"]


def test_without_moto_nothing_reaches_for_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    simpledb = SimpleDB()
    session = simpledb.session()
    session.client("sdb").create_domain(DomainName="books")
    exports = session.client("simpledbv2")
    arn = exports.start_domain_export(domainName="books", s3Bucket="a-bucket")["exportArn"]
    assert exports.get_export(exportArn=arn)["exportStatus"] == "SUCCEEDED"
    assert read_export(simpledb.engine.exports.directory).domain == "books"
    simpledb.close()


def test_an_endpoint_configured_for_s3_is_not_reached_past_moto(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    moto_seam._client.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    world.start()
    assert len(world.stored()) == 4
