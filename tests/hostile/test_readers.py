"""Whatever is read from outside, alone: each reader gives a value or its own error, never another exception."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from basicdb_mock.accounts import Accounts
from basicdb_mock.accounts.credentials_file import parse_credentials
from basicdb_mock.accounts.sigv4 import parse_authorization
from basicdb_mock.accounts.timestamps import parse_date_time
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.limits import AWS
from basicdb_mock.rehearsal.faults_file import parse_faults
from basicdb_mock.rehearsal.spread import Spread
from basicdb_mock.seeding import read_seed
from basicdb_mock.select import prepare
from basicdb_mock.select.plan import Position
from basicdb_mock.settings import parse_settings, setting_of
from basicdb_mock.transcripts.reading import parse as parse_transcript
from basicdb_mock.wire import next_token
from basicdb_mock.wire.message import Request
from basicdb_mock.wire.query_protocol import read_parameters
from tests.hostile.attacks import CREDENTIAL, NAMES, NOW, STATEMENTS, TEXTS, WORDS

LOOKS = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
ANY_TEXT = st.one_of(st.text(max_size=60), st.sampled_from(TEXTS), st.characters().map(lambda one: one * 50))
SELECTS = st.one_of(
    ANY_TEXT,
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=20).map(lambda words: "select * from dom where " + " ".join(words)),
    st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 99), ANY_TEXT).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    ),
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT),
    lambda parts: st.one_of(st.lists(parts, max_size=4), st.dictionaries(ANY_TEXT, parts, max_size=4)),
    max_leaves=12,
)
FAULT_WORDS = (
    "operation", "domain", "fail", "throttle", "drop", "truncate", "delay", "nth", "every", "times", "since", "until",
    "probability", "seed", "after", "clean", "burst", "before", "InternalError", "access_key", "secret_key", "account",
    "allow", "actions", "expires", "uniform(1,2)", "faults", "credentials",
)  # fmt: skip
KNOWING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(FAULT_WORDS)),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3), st.dictionaries(st.sampled_from(FAULT_WORDS), parts, max_size=5)
    ),
    max_leaves=12,
)
YAML_WORDS = st.lists(
    st.sampled_from([
        "- ", "a: ", "\n", "  ", "[", "]", "{", "}", "&a ", "*a", "!!python/object:os.system ", "!!binary ", "'", '"',
        "|", ">", "? ", ": ", "#", "%YAML 1.1", "---", "...", "~", "0o8", "1:60", "<<: ", "\t", "=", "2001-01-01",
        "\x00", "é", "faults", "credentials", "fail", "1e999", ".nan", "0x",
    ]),
    max_size=25,
).map("".join)  # fmt: skip


def allowed(call: Callable[[], object], *errors: type[Exception]) -> bool:
    """Whether a call gives a value; it may raise these errors, and no other."""
    try:
        call()
    except errors:
        return False
    return True


@LOOKS
@given(st.binary(max_size=80), st.text(max_size=40), st.sampled_from(["GET", "POST", "DELETE", "PUT"]))
def test_any_request_is_decoded_or_refused(body: bytes, query: str, verb: str) -> None:
    allowed(lambda: read_parameters(Request(verb, f"/?{query}", {}, body), AWS), SimpleDBError)


@LOOKS
@given(SELECTS)
@example("select * from dom where " + "(" * 5000)
@example("select * from dom where a like '" + "%a" * 5000 + "'")
@example("select * from dom where a = '\ud800'")
def test_any_expression_prints_back_to_itself_or_is_refused(text: str) -> None:
    if allowed(lambda: prepare(text), SimpleDBError):
        printed = str(prepare(text).statement)
        assert str(prepare(printed).statement) == printed


@LOOKS
@given(st.one_of(ANY_TEXT, st.binary(max_size=300).map(lambda octets: b64encode(octets).decode())))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    allowed(lambda: next_token.decode(text), SimpleDBError)
    assert isinstance(next_token.decode_domain_name(text), str)


@LOOKS
@given(st.data())
def test_a_token_with_a_byte_changed_is_as_sent_or_refused(data: st.DataObject) -> None:
    right = next_token.MoreToken(Position("key", 7), 5, "ASCENDING", True, lsn=(1, 2))
    octets = bytearray(b64decode(next_token.encode(right)))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    changed = b64encode(octets).decode()
    if allowed(lambda: next_token.decode(changed), SimpleDBError):
        assert b64decode(next_token.encode(next_token.decode(changed))) == bytes(octets)


@LOOKS
@given(st.dictionaries(st.sampled_from(NAMES), ANY_TEXT, max_size=12), st.dictionaries(
    st.sampled_from(["host", "x-forwarded-host", "authorization", "x-amz-date"]), ANY_TEXT, max_size=4
))
def test_nobody_is_let_in_without_a_right_signature(parameters: dict[str, str], headers: dict[str, str]) -> None:
    accounts = Accounts([CREDENTIAL], trust_forwarded_host=True)
    request = Request("POST", "/", headers)
    parameters["AWSAccessKeyId"] = CREDENTIAL.access_key

    assert not allowed(lambda: accounts.identify(request, parameters, NOW), SimpleDBError)
    assert not allowed(lambda: accounts.identify_v4(request, NOW), SimpleDBError)


@LOOKS
@given(ANY_TEXT)
def test_any_time_spread_or_authorization_is_read_or_refused(text: str) -> None:
    allowed(lambda: parse_date_time(text), ValueError)
    allowed(lambda: Spread.of(text), ValueError)
    allowed(lambda: parse_authorization(f"AWS4-HMAC-SHA256 {text}"), SimpleDBError)


@LOOKS
@given(st.one_of(YAML_WORDS, ANY_TEXT, PLAIN.map(repr), KNOWING.map(lambda value: json.dumps(value, default=str))))
def test_any_file_of_faults_or_credentials_is_read_or_refused(text: str) -> None:
    allowed(lambda: parse_settings(text, "file"), ValueError)
    allowed(lambda: parse_faults(text), ValueError)
    allowed(lambda: parse_credentials(text), ValueError)


@LOOKS
@given(PLAIN)
def test_any_plain_value_is_a_setting_or_refused(value: object) -> None:
    allowed(lambda: setting_of(value, "body"), ValueError)


@LOOKS
@given(st.dictionaries(ANY_TEXT, PLAIN, max_size=4))
def test_any_mapping_is_a_seed_or_refused(seed: dict[str, object]) -> None:
    allowed(lambda: read_seed(seed), ValueError)


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".csv"])
def test_any_file_is_a_seed_or_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"seed{suffix}"

    @settings(LOOKS, max_examples=150)
    @given(st.one_of(YAML_WORDS, st.text(max_size=60), PLAIN.map(json.dumps)).map(str.encode) | st.binary(max_size=60))
    def check(octets: bytes) -> None:
        path.write_bytes(octets)
        allowed(lambda: read_seed(path), ValueError)

    check()


@LOOKS
@given(st.one_of(PLAIN, YAML_WORDS))
def test_any_document_is_a_transcript_or_refused(document: object) -> None:
    if isinstance(document, str):
        try:
            document = yaml.safe_load(document)
        except (yaml.YAMLError, ValueError, RecursionError):
            return
    allowed(lambda: parse_transcript(document), ValueError)
