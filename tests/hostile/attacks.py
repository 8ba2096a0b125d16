"""Requests that mean no good: near the language and far from it, made from a seed."""

from __future__ import annotations

import json
import string
from base64 import b64encode
from collections.abc import Callable
from random import Random
from urllib.parse import quote_from_bytes

from basicdb_mock.accounts import Credential
from basicdb_mock.accounts.signatures import sign, text_v0, text_v1, text_v2
from basicdb_mock.select.plan import Position
from basicdb_mock.wire.message import Request
from basicdb_mock.wire.next_token import MoreToken, checksum, encode

CREDENTIAL = Credential("AKIDEXAMPLE", "wJalrXUtnFEMI", "123456789012")
NOW = 1_700_000_000.0
STAMP = "2023-11-14T22:13:20Z"

ACTIONS = (
    "CreateDomain", "DeleteDomain", "ListDomains", "DomainMetadata", "PutAttributes", "DeleteAttributes",
    "BatchPutAttributes", "BatchDeleteAttributes", "GetAttributes", "Select", "Query", "QueryWithAttributes",
)  # fmt: skip
EXPORTS = ("StartDomainExport", "GetExport", "ListExports")
NAMES = (
    "Action", "Version", "AWSAccessKeyId", "Signature", "SignatureVersion", "SignatureMethod", "Timestamp", "Expires",
    "SecurityToken", "DomainName", "ItemName", "SelectExpression", "QueryExpression", "NextToken", "ConsistentRead",
    "MaxNumberOfDomains", "MaxNumberOfItems", "AttributeName", "AttributeName.1", "Attribute.1.Name",
    "Attribute.1.Value", "Attribute.1.Replace", "Attribute.0.Name", "Attribute.0.Value",
    "Attribute.99999999999999.Name", "Attribute.-1.Name", "Attribute..Name", "Attribute.1", "Attribute.1.Name.Name",
    "Attribute.\u0661.Name",
    "Item.1.ItemName", "Item.1.Attribute.1.Name", "Item.1.Attribute.1.Value", "Item.2.ItemName",
    "Item.2.Attribute.1.Name", "Item.2.Attribute.1.Value", "Item.1.Attribute.1.Replace", "Expected.Name",
    "Expected.Value", "Expected.Exists", "Expected.1.Name", "Expected.1.Value", "Expected.2.Exists", "X-Amz-Algorithm",
)  # fmt: skip
TEXTS = (
    "", "a", "abc", "dom", "dom2", "true", "false", "TRUE", "0", "1", "-1", "25", "99999999999999999999", "1e9", "NaN",
    "\x00", "\x1f", "\x7f", "\x85", "\ufffe", "\uffff", "\ud7ff", "\U0010ffff", "\u202e", "e\u0301", "é", "'", "''",
    '"', "`", "``", "%", "%%", "\\%", "_", "\\", "/", "..", "../../etc/passwd", "<a>", "]]>", "&amp;", "\r\n", " ",
    "\u2028", "{name}", "{0}", "{", "%s", "${jndi:ldap://x}", "n" * 1024, "n" * 1025, "é" * 513, "item", "t",
    "AKIDEXAMPLE", "123456789012", "2009-04-15", "2007-11-07", STAMP, "2", "1", "0", "HmacSHA256", "HmacSHA1",
)  # fmt: skip
WORDS = (
    "select", "*", "itemName()", "count(*)", "from", "dom", "`dom`", "where", "a", "`a`", "every(a)", "=", "!=", "<",
    "<=", ">", ">=", "like", "not", "between", "and", "or", "intersection", "in", "(", ")", ",", "is", "null", "order",
    "by", "asc", "desc", "limit", "10", "0", "2500", "99999999999999999999", "'1'", "''", "'%'", "'a%b%c'", '"x"',
    "'it''s'", "'\\%'", "'", "`", '"', ";", "--", "\x00", "é", "SELECT", "Itemname()", "\n", "every(", "[", "]",
    "union", "starts-with", "does-not-start-with", "sort", "'a'", "'*'", "l\u0131ke", "\u0131s", "\u017felect",
    "\u212a", "de\u017fc", "un\u0131on", "9" * 5000, "\t", "'\t'",
)  # fmt: skip
STATEMENTS = (
    "select * from dom", "select itemName() from dom where a = '1' order by a desc limit 5",
    "select count(*) from dom where a like '%x%' or every(b) in ('1', '2') intersection not c is null",
    "select a, `b` from `dom` where (a > '1' and a < '9') or itemName() between 'a' and 'z'",
    "['a' = '1' or 'a' starts-with 'x'] union not ['b' < '2'] sort 'a' asc", "['a' = '1'] intersection ['b' != '']",
)  # fmt: skip


class Attacker:
    """Makes requests, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def request(self) -> Request:
        """The next request."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.08:
            return self._raw()
        if kind < 0.14:
            return self._export()
        parameters = self._parameters()
        if chance.random() < 0.5:
            parameters = self._signed(parameters)
        return self._sent(parameters)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        chance = self.chance
        kind = chance.random()
        if kind < 0.8:
            return chance.choice(TEXTS)
        if kind < 0.9:
            return "".join(chance.choice(TEXTS)[:20] for _ in range(chance.randrange(6)))
        if kind < 0.9995:
            return "".join(map(self._character, range(chance.randrange(30))))
        return chance.choice("ax<é\U0001f600") * chance.choice((1024, 5000, 70_000))

    def _character(self, _: int) -> str:
        code = self.chance.randrange(0x110000) if self.chance.random() < 0.3 else self.chance.randrange(256)
        return "?" if 0xD800 <= code < 0xE000 else chr(code)

    def expression(self) -> str:
        chance = self.chance
        kind = chance.random()
        if kind < 0.35:
            return self._mutated(chance.choice(STATEMENTS))
        if kind < 0.7:
            return "select * from dom where " + self._words(chance.randrange(1, 25))
        if kind < 0.9:
            return self._words(chance.randrange(1, 60))
        huge = chance.random() < 0.01
        if kind < 0.95:
            depth = chance.choice((2_000, 20_000) if huge else (5, 59, 61, 200))
            opening = chance.choice(("(", "not ", "not (", "["))
            return f"select * from dom where {opening * depth}a = '1'{')' * depth}"
        joined = chance.choice((" and ", " or ", " intersection ", ", ", " union "))
        number = chance.choice((300, 5_000) if huge else (2, 20, 21))
        return "select * from dom where " + joined.join(["a = '1'"] * number)

    def token(self) -> str:
        """A NextToken: right, nearly right, or anything."""
        chance = self.chance
        if chance.random() < 0.3:
            return b64encode(chance.randbytes(chance.randrange(400))).decode()
        key = chance.choice((None, "1", "\x00", "x" * 70, self.text()[:2000]))
        token = encode(MoreToken(
            Position(key, chance.choice((0, 1, -1, 2**63 - 1, chance.randrange(2**40)))),
            chance.choice((0, checksum("where a = '1'"), chance.randrange(2**32))),
            chance.choice((None, "ASCENDING", "DESCENDING", "x")), chance.random() < 0.5,
            lsn=chance.choice((None, (1, 2), (10**17, 0))),
        ))  # fmt: skip
        return token if chance.random() < 0.5 else self._mutated(token)

    def _words(self, number: int) -> str:
        return chance_join(self.chance, [self.chance.choice(WORDS) for _ in range(number)])

    def _mutated(self, text: str) -> str:
        chance = self.chance
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text) + 1)
            change = chance.randrange(5)
            if change == 0:
                text = text[:at] + text[at + chance.randrange(1, 5) :]
            elif change == 1:
                text = text[:at] + chance.choice(string.printable) + text[at + 1 :]
            elif change == 2:
                text = text[:at] + chance.choice((*WORDS, *TEXTS))[:40] + text[at:]
            elif change == 3:
                text = text[:at]
            else:
                text = text[:at] + text[max(0, at - 10) :]
        return text

    def _parameters(self) -> dict[str, str]:
        chance = self.chance
        parameters = {
            "Action": chance.choice(ACTIONS), "Version": chance.choice(("2009-04-15", "2009-04-15", "2007-11-07")),
            "AWSAccessKeyId": CREDENTIAL.access_key, "DomainName": chance.choice(("dom", "dom", "dom2", "dom3")),
            "ItemName": chance.choice(("i", "j", "item")),
        }  # fmt: skip
        if parameters["Action"] in ("PutAttributes", "DeleteAttributes"):
            parameters |= {"Attribute.1.Name": chance.choice("ab"), "Attribute.1.Value": self.text()}
        if parameters["Action"].startswith("Batch"):
            for number in range(chance.choice((1, 2, 25, 26))):
                parameters |= {
                    f"Item.{number}.ItemName": f"i{number}", f"Item.{number}.Attribute.0.Name": "a",
                    f"Item.{number}.Attribute.0.Value": str(number),
                }  # fmt: skip
        if parameters["Action"] in ("Select", "Query", "QueryWithAttributes"):
            parameters["SelectExpression"] = parameters["QueryExpression"] = self.expression()
            if chance.random() < 0.4:
                parameters["NextToken"] = self.token()
                if chance.random() < 0.8:
                    parameters["SelectExpression"] = chance.choice(STATEMENTS[:4])
                    parameters["QueryExpression"] = chance.choice(STATEMENTS[4:])
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            parameters[chance.choice(NAMES)] = self.token() if chance.random() < 0.05 else self.text()
        if chance.random() < 0.001:
            count = chance.choice((300, 5_000, 25_000))
            kinds = ("Attribute.{}.Name", "AttributeName.{}", "Item.{}.ItemName", "x{}", "Expected.{}.Name")
            kind = chance.choice(kinds)
            parameters |= {kind.format(number): "v" for number in range(count)}
        if chance.random() < 0.1 and parameters:
            del parameters[chance.choice(list(parameters))]
        return parameters

    def _signed(self, parameters: dict[str, str]) -> dict[str, str]:
        chance = self.chance
        version = chance.choice(("2", "2", "2", "1", "0"))
        method = chance.choice(("HmacSHA256", "HmacSHA1"))
        parameters |= {"SignatureVersion": version, "SignatureMethod": method, "Timestamp": STAMP}
        parameters.pop("Expires", None)
        parameters.pop("Signature", None)
        if chance.random() < 0.2:
            parameters[chance.choice(("Timestamp", "Expires", "SignatureMethod", "SignatureVersion"))] = self.text()
        if version == "2":
            signature = sign(CREDENTIAL.secret_key, text_v2("POST", "localhost", "/", parameters), method)
        else:
            text = text_v1(parameters) if version == "1" else text_v0(parameters)
            signature = sign(CREDENTIAL.secret_key, text, "HmacSHA1")
        parameters["Signature"] = self._mutated(signature) if chance.random() < 0.2 else signature
        return parameters

    def _sent(self, parameters: dict[str, str]) -> Request:
        chance = self.chance
        fields = [f"{encoded(name)}={encoded(value)}" for name, value in parameters.items()]
        if chance.random() < 0.1:
            odd = ("", "=", "==", "a", "%", "%4", "%zz=1", "%ff=%fe", "a=%ED%A0%80", "&&&", "+=+")
            fields.append(chance.choice(odd))
        if chance.random() < 0.05:
            fields += fields[: chance.randrange(len(fields) + 1)]
        query = "&".join(fields)
        hosts = ("localhost", "localhost:8080", "sdb.eu-west-1.amazonaws.com", "", "[", "x" * 300)
        host = {"host": chance.choice(hosts)}
        where = chance.random()
        if where < 0.7:
            return Request("POST", "/", host, query.encode())
        if where < 0.85:
            return Request(chance.choice(("GET", "POST", "DELETE")), f"/?{query}", host)
        half = len(fields) // 2
        return Request("POST", "/?" + "&".join(fields[:half]), host, "&".join(fields[half:]).encode())

    def _raw(self) -> Request:
        chance = self.chance
        url = chance.choice((
            "/", "", "/?", "/a", "//", "http://[", "https://sdb.amazonaws.com", "/?" + self.text(), "/v2/",
            "https://sdb.amazonaws.com/?" + self.text(), "/v2/GetExport", "*", "?", "/" + "a" * 20_000, "http://[::1",
            "/?\x00", "/\ud800",
        ))  # fmt: skip
        body = chance.choice((b"", chance.randbytes(chance.randrange(200)), b"&" * 5_000, b"%" * 5_000, b"=" * 300))
        method = chance.choice(("GET", "POST", "PUT", "HEAD", "", "get", "é", "TRACE", "X" * 9_000))
        headers = {"host": self.text()[:300], "authorization": self.text()[:300], "user-agent": self.text()[:300]}
        return Request(method, url, headers, body)

    def _export(self) -> Request:
        chance = self.chance
        values: Callable[[], object] = lambda: chance.choice((  # noqa: E731  # a name of its own would tell no more
            self.text(), None, 1, -1, 2**70, 1.5, True, [], {}, [self.text()], {"a": self.text()}, "dom", "bucket-name",
        ))  # fmt: skip
        names = ("domainName", "s3Bucket", "clientToken", "s3KeyPrefix", "s3SseAlgorithm", "s3SseKmsKeyId",
                 "s3BucketOwner", "exportArn", "maxResults", "nextToken", "x")  # fmt: skip
        document: object = {chance.choice(names): values() for _ in range(chance.randrange(6))}
        if chance.random() < 0.1:
            document = values()
        body = json.dumps(document).encode()
        if chance.random() < 0.15:
            body = chance.choice((b"", b"{", b"\xff", b"[" * 50_000, b'{"a":' * 3_000, b"NaN", chance.randbytes(50)))
        authorization = chance.choice((
            f"AWS4-HMAC-SHA256 Credential={CREDENTIAL.access_key}/20231114/us-east-1/sdb/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
            "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=", self.text(), "",
        ))  # fmt: skip
        headers = {"host": "localhost", "authorization": authorization, "x-amz-date": "20231114T221320Z",
                   "content-type": "application/json"}  # fmt: skip
        return Request("POST", f"/v2/{chance.choice((*EXPORTS, self.text()))}", headers, body)


def chance_join(chance: Random, words: list[str]) -> str:
    return chance.choice((" ", " ", " ", "", "  ", "\n")).join(words)


def encoded(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "replace"), safe="")
