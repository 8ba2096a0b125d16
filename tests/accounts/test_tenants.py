"""Tenants never see each other: what one is answered is what it would be if it were alone.

A shared SimpleDB is driven by several accounts and regions at once; beside it each has a SimpleDB of its own that gets
only its requests.  Every answer of the shared one must be the same, byte for byte, ids apart.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from basicdb_mock.accounts import Accounts, Credential
from basicdb_mock.engine import Engine
from basicdb_mock.rehearsal import Lag
from basicdb_mock.wire.message import Request

HOSTS = ("sdb.amazonaws.com", "sdb.eu-west-1.amazonaws.com")
TENANTS = st.tuples(st.sampled_from(["111111111111", "222222222222", "somebody"]), st.sampled_from(HOSTS))
DOMAINS = st.sampled_from(["orders", "users"])
ITEMS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", "2", "3"])
FLAGS = st.sampled_from(["true", "false"])
_IDS = re.compile(rb"<(RequestI[dD])>[^<]*")


class TenantMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.shared = self.fresh()
        self.alone: dict[tuple[str, str], Engine] = {}
        self.tokens: dict[tuple[str, str], str] = {}

    @staticmethod
    def fresh() -> Engine:
        engine = Engine(lag=Lag.of(1))
        engine.clock.freeze(1000.0)
        return engine

    def ask(self, tenant: tuple[str, str], action: str, **parameters: str) -> None:
        key, host = tenant
        given = {"Action": action, "Version": "2009-04-15", "AWSAccessKeyId": key, **parameters}
        request = Request("POST", "/", {"host": host}, urlencode(given).encode())
        own = self.alone.get(tenant)
        if own is None:
            own = self.alone[tenant] = self.fresh()
            own.clock.freeze(self.shared.clock.now())
        answers = [engine.handle(request) for engine in (self.shared, own)]
        together, alone = ((each.status, dict(each.headers), _IDS.sub(b"", each.body)) for each in answers)
        assert together == alone
        found = re.search(rb"<NextToken>([^<]*)", answers[0].body)
        if found:
            self.tokens[tenant] = found[1].decode()

    @initialize()
    def begin(self) -> None:
        for key in ("111111111111", "222222222222"):
            self.ask((key, HOSTS[0]), "CreateDomain", DomainName="orders")
        self.tick(1)

    @rule(seconds=st.sampled_from([0.5, 1.0]))
    def tick(self, seconds: float) -> None:
        for engine in (self.shared, *self.alone.values()):
            engine.clock.tick(seconds)

    @rule(tenant=TENANTS, action=st.sampled_from(["CreateDomain", "DeleteDomain", "DomainMetadata"]), name=DOMAINS)
    def domain(self, tenant: tuple[str, str], action: str, name: str) -> None:
        self.ask(tenant, action, DomainName=name)

    @rule(tenant=TENANTS)
    def list_domains(self, tenant: tuple[str, str]) -> None:
        self.ask(tenant, "ListDomains")
        self.ask(tenant, "ListDomains", MaxNumberOfDomains="1")

    @rule(tenant=TENANTS, name=DOMAINS, item=ITEMS, value=VALUES, replace=FLAGS, expected=st.none() | VALUES)
    def put(
        self, tenant: tuple[str, str], name: str, item: str, value: str, replace: str, expected: str | None
    ) -> None:
        condition = {} if expected is None else {"Expected.1.Name": "n", "Expected.1.Value": expected}
        self.ask(
            tenant, "PutAttributes", DomainName=name, ItemName=item,
            **{"Attribute.1.Name": "n", "Attribute.1.Value": value, "Attribute.1.Replace": replace}, **condition,
        )  # fmt: skip

    @rule(tenant=TENANTS, name=DOMAINS, item=ITEMS)
    def delete(self, tenant: tuple[str, str], name: str, item: str) -> None:
        self.ask(tenant, "DeleteAttributes", DomainName=name, ItemName=item)

    @rule(tenant=TENANTS, name=DOMAINS, item=ITEMS, consistent=FLAGS)
    def get(self, tenant: tuple[str, str], name: str, item: str, consistent: str) -> None:
        self.ask(tenant, "GetAttributes", DomainName=name, ItemName=item, ConsistentRead=consistent)

    @rule(
        tenant=TENANTS, name=DOMAINS, consistent=FLAGS, whose=TENANTS,
        what=st.sampled_from(["select * from {}", "select count(*) from {}", "select * from {} where n > '1' limit 1"]),
    )  # fmt: skip
    def select(
        self, tenant: tuple[str, str], name: str, consistent: str, whose: tuple[str, str], what: str
    ) -> None:
        """Also with the token of somebody else, which opens nothing of theirs."""
        self.ask(tenant, "Select", SelectExpression=what.format(name), ConsistentRead=consistent)
        if whose in self.tokens:
            self.ask(
                tenant, "Select", SelectExpression=what.format(name), ConsistentRead=consistent,
                NextToken=self.tokens[whose],
            )  # fmt: skip

    @rule(tenant=TENANTS, name=DOMAINS)
    def exports(self, tenant: tuple[str, str], name: str) -> None:
        """What one started is not listed for another."""
        key, host = tenant
        credential = f"Credential={key}/20230101/us-east-1/sdb/aws4_request"
        headers = {"host": host, "content-type": "application/json",
                   "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}  # fmt: skip
        request = Request("POST", "/v2/ListExports", headers, json.dumps({"domainName": name}).encode())
        own = self.alone.setdefault(tenant, self.fresh())
        own.clock.freeze(self.shared.clock.now())
        together, alone = self.shared.handle(request), own.handle(request)
        assert (together.status, together.body) == (alone.status, alone.body)

    def teardown(self) -> None:
        for engine in (self.shared, *self.alone.values()):
            engine.close()


TenantMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestTenants = TenantMachine.TestCase


def test_two_keys_of_one_account_share_its_data_and_a_third_does_not() -> None:
    accounts = Accounts([Credential("one", "s", "111111111111"), Credential("two", "s", "111111111111")])

    assert accounts.account_of("one") == accounts.account_of("two") == "111111111111"
    assert accounts.account_of("three") != "111111111111"
