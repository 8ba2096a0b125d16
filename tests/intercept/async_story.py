"""What the tests of asynchronous clients have each of them do."""

from __future__ import annotations

from typing import Any

import pytest

KEYS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "AKTESTING", "aws_secret_access_key": "s"}


async def story(client: Any) -> list[str]:
    """Create, put, be refused, and select by pages; the names of the items found."""
    await client.create_domain(DomainName="users")
    await client.put_attributes(DomainName="users", ItemName="alice", Attributes=[{"Name": "age", "Value": "30"}])
    with pytest.raises(client.exceptions.NoSuchDomain):
        await client.domain_metadata(DomainName="none")
    pages = client.get_paginator("select").paginate(SelectExpression="select * from users")
    return [item["Name"] async for page in pages for item in page["Items"]]
