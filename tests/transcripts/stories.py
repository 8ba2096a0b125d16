"""What recordings are made of in these tests: a scenario that uses every operation and is awkward about texts."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.stages import DOORS

AWKWARD = "a\nb  \t\x01 é 日本 & <x> ' \" : # \x85 \U0001f600 "


def all_operations(client: Any) -> None:
    """Every operation of a boto3 client, a NextToken, and an error."""
    client.create_domain(DomainName="books")
    client.create_domain(DomainName="films")
    client.put_attributes(DomainName="books", ItemName=AWKWARD, Attributes=[{"Name": AWKWARD, "Value": AWKWARD}])
    client.batch_put_attributes(
        DomainName="books",
        Items=[{"Name": f"i{n}", "Attributes": [{"Name": "n", "Value": str(n), "Replace": True}]} for n in range(5)],
    )
    expression = "select * from books where n > '0' limit 2"
    page = client.select(SelectExpression=expression)
    client.select(SelectExpression=expression, NextToken=page["NextToken"], ConsistentRead=True)
    client.get_attributes(DomainName="books", ItemName=AWKWARD)
    client.domain_metadata(DomainName="books")
    first = client.list_domains(MaxNumberOfDomains=1)
    client.list_domains(NextToken=first["NextToken"])
    with suppress(ClientError):
        client.delete_attributes(
            DomainName="books", ItemName="i1", Expected={"Name": "n", "Value": "9", "Exists": True}
        )
    client.batch_delete_attributes(DomainName="books", Items=[{"Name": "i1"}, {"Name": "i2"}])
    client.delete_domain(DomainName="books")


OPERATIONS = 13
"""How many exchanges the scenario makes."""


def failures(file: Path) -> str:
    """What a transcript's replays differ in, at any door."""
    transcript = load(file)
    told = []
    for door in DOORS.values():
        with door(transcript, "memory:") as stage:
            told.append(replay(transcript, stage).explanation())
    return "".join(told)
