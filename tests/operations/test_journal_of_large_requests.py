"""The journal keeps the parameters of a large request only once: in its body."""

from __future__ import annotations

from basicdb_mock import SimpleDB

ATTRIBUTES = [{"Name": f"name {at}", "Value": f"v\xe4lue {at}", "Replace": True} for at in range(200)]


def test_the_parameters_of_a_large_request_can_be_looked_at_like_any() -> None:
    simpledb = SimpleDB()
    client = simpledb.client()
    client.create_domain(DomainName="books")
    client.put_attributes(DomainName="books", ItemName="large", Attributes=ATTRIBUTES)  # type: ignore[arg-type]
    (call,) = simpledb.calls.of("PutAttributes")
    assert (call.domain, call.parameters["ItemName"]) == ("books", "large")
    assert call.parameters["Attribute.200.Value"] == "v\xe4lue 199"
    assert "Signature" not in call.parameters
    assert set(call.given) == set(dict(call.given))
    assert len(call.given) == len(call.parameters) + sum(name in call.given for name in ("Signature", "AWSAccessKeyId"))
