"""Credentials files: what they say, and how a mistake in one is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basicdb_mock.accounts import EVERYTHING, Accounts, Credential, Permissions, Statement, account_of
from basicdb_mock.accounts.credentials_file import parse_credentials

NAMES = "access_key, secret_key, account, session_token, expires, active, allow"
FILE = """\
credentials:
  - access_key: AKIDEXAMPLE
    secret_key: wJalrXUtnFEMI
    account: 012345670123        # without quotes YAML would read another number
  - access_key: ASIAEXAMPLE
    secret_key: je7MtGbClwBF
    account: "123456789012"
    session_token: AQoDYXdz
    expires: 2030-01-01T00:00:00Z
    active: false
    allow:
      - sdb:ListDomains
      - actions: [Select, "Get*"]
        domains: "report-*"
        regions: [eu-west-1]
"""


def test_a_file_gives_its_credentials(tmp_path: Path) -> None:
    path = tmp_path / "credentials.yaml"
    path.write_text(FILE)

    assert Accounts.from_file(path).credentials == (
        Credential("AKIDEXAMPLE", "wJalrXUtnFEMI", "012345670123", EVERYTHING),
        Credential(
            "ASIAEXAMPLE", "je7MtGbClwBF", "123456789012",
            Permissions((Statement(("sdb:ListDomains",)),
                         Statement(("Select", "Get*"), ("report-*",), ("eu-west-1",)))),
            "AQoDYXdz", 1_893_456_000.0, False,
        ),
    )


def test_json_will_do_and_so_will_a_bare_list() -> None:
    entries = [{"access_key": "k", "secret_key": "s", "allow": "sdb:*", "expires": 5}]
    expected = [Credential("k", "s", account_of("k"), Permissions((Statement(("sdb:*",)),)), expires=5.0)]

    assert parse_credentials(json.dumps({"credentials": entries})) == expected
    assert parse_credentials(json.dumps(entries, indent=2)) == expected


def test_an_account_left_out_is_the_key_s_own() -> None:
    (credential,) = parse_credentials("- {access_key: k, secret_key: s}")

    assert credential.account == account_of("k")


@pytest.mark.parametrize(("text", "problem"), [
    ("", "c.yaml, line 1: no credentials: nobody could call"),
    ("[]", "c.yaml, line 1: no credentials: nobody could call"),
    ("hello", "c.yaml, line 1: expected a list of credentials"),
    ("\nusers: []", "c.yaml, line 2: a credentials file has no key 'users'; choose from: credentials"),
    ("- sesame", f"c.yaml, line 1: a credential must be a mapping; its keys are: {NAMES}"),
    ("- access_key: k\n  secret: s", f"c.yaml, line 2: a credential has no key 'secret'; choose from: {NAMES}"),
    ("- access_key: k", "c.yaml, line 1: a credential needs secret_key"),
    ("- access_key: k\n  secret_key: 123",
     "c.yaml, line 2: secret_key must be a string; put quotes around one that looks like a number"),
    ("- {access_key: k, secret_key: s}\n- {access_key: k, secret_key: t}",
     "c.yaml, line 2: access_key 'k' is listed twice"),
    ("- access_key: k\n  secret_key: s\n  account: 1234", "c.yaml, line 3: account takes 12 digits, not '1234'"),
    ("- access_key: k\n  secret_key: s\n  expires: soon",
     "c.yaml, line 3: expires takes a date and time such as 2030-01-01T00:00:00Z, not 'soon'"),
    ("- access_key: k\n  secret_key: s\n  active: 1", "c.yaml, line 3: active takes true or false, not 1"),
    ("- access_key: k\n  secret_key: s\n  allow:\n  - actions: 5", "c.yaml, line 4: actions takes a string, not 5"),
    ("- access_key: k\n  secret_key: s\n  allow:\n  - action: Select",
     "c.yaml, line 4: an allow statement has no key 'action'; choose from: actions, domains, regions"),
    ("- access_key: k\n  access_key: l", "c.yaml, line 2: 'access_key' is given twice"),
    ("- access_key: 'k", "c.yaml, line 1: found unexpected end of stream"),
    ("- [a", "c.yaml, line 1: expected ',' or ']', but got '<stream end>'"),
    ("- ? {a: b}\n  : c", "c.yaml, line 1: a key must be a string"),
    ("- \x00", "c.yaml: special characters are not allowed at character 2"),
    ("&a [*a]", "c.yaml, line 1: nested too deep, or too large"),
    ("[" * 5000, "c.yaml: nested too deep"),
])
def test_a_mistake_is_told_with_file_and_line(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_credentials(text, "c.yaml")

    assert str(caught.value) == problem


def test_aliases_of_aliases_do_not_fill_the_memory() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(ValueError, match="nested too deep, or too large"):
        parse_credentials("\n".join(levels))


@pytest.mark.parametrize("text", [
    "- SESAME", "- access_key: k\n  secret_key: [SESAME]", "- {access_key: k, secret_key: SESAME, account: 1}",
    "SESAME", "- {access_key: k, secret_key: s, session_token: {SESAME: 1}}", "credentials: SESAME",
])
def test_a_mistake_never_shows_a_secret(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_credentials(text)

    assert "SESAME" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"- \xff")

    with pytest.raises(ValueError, match="not UTF-8: invalid start byte at byte 2"):
        Accounts.from_file(path)
