"""Who is let in by the Query protocol, and with which answer everybody else is turned away."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import parse_qsl

import pytest
from botocore.auth import SigV2Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from basicdb_mock.accounts import EVERYTHING, Accounts, Credential, account_of
from basicdb_mock.errors import SimpleDBError
from basicdb_mock.wire.message import Request

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
STAMP = "2023-11-14T22:13:20Z"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEY = "AKIDEXAMPLE"
ACCOUNT = "123456789012"
HOST = "sdb.amazonaws.com"
CREDENTIAL = Credential(KEY, SECRET, ACCOUNT)


def hmac_sha1(text: str) -> str:
    return b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed_v2(
    parameters: dict[str, str], verb: str = "POST", url: str = f"https://{HOST}/", **more: str
) -> dict[str, str]:
    """The parameters with botocore's signature for them."""
    unsigned = {"Version": "2009-04-15", **parameters, "SignatureVersion": "2", "AWSAccessKeyId": KEY,
                "SignatureMethod": "HmacSHA256", "Timestamp": STAMP, **more}
    request = AWSRequest(method=verb, url=url, data=unsigned)
    _, signature = SigV2Auth(Credentials(KEY, SECRET)).calc_signature(request, unsigned)
    return {**unsigned, "Signature": signature}


def post(host: str = HOST, **headers: str) -> Request:
    return Request("POST", "/", {"host": host, **headers})


def refusal(
    accounts: Accounts, parameters: dict[str, str], request: Request | None = None, now: float = NOW
) -> SimpleDBError:
    with pytest.raises(SimpleDBError) as caught:
        accounts.identify(request or post(), parameters, now)
    return caught.value


@pytest.fixture
def verifying() -> Accounts:
    return Accounts([CREDENTIAL])


class TestOpen:
    def test_any_key_is_let_in_without_a_signature(self) -> None:
        caller = Accounts().identify(post(), {"AWSAccessKeyId": "whoever"}, NOW)

        assert caller.access_key == "whoever"
        assert caller.account == account_of("whoever")

    def test_a_key_of_twelve_digits_is_the_account(self) -> None:
        assert Accounts().identify(post(), {"AWSAccessKeyId": "000000000001"}, NOW).account == "000000000001"

    def test_a_key_has_the_same_account_in_every_process(self) -> None:
        assert account_of("AKIDEXAMPLE") == "022373312560"

    def test_two_keys_are_two_accounts(self) -> None:
        assert account_of("one") != account_of("two")

    @pytest.mark.parametrize("parameters", [{}, {"AWSAccessKeyId": ""}, {"Action": "ListDomains"}])
    def test_a_request_without_a_key_is_turned_away(self, parameters: dict[str, str]) -> None:
        error = refusal(Accounts(), parameters)

        assert (error.status, error.code) == (401, "AuthFailure")
        assert error.message == "AWS was not able to authenticate the request: access credentials are missing"

    def test_a_version_4_signature_counts_for_nothing(self) -> None:
        request = post(authorization="AWS4-HMAC-SHA256 Credential=AKID/20231114/us-east-1/sdb/aws4_request, "
                                     "SignedHeaders=host, Signature=00")

        assert (refusal(Accounts(), {}, request).status, refusal(Accounts(), {}, request).code) == (401, "AuthFailure")

    def test_a_signature_without_a_key_misses_the_key(self) -> None:
        error = refusal(Accounts(), {"Signature": "x"})

        assert (error.status, error.code) == (403, "AuthMissingFailure")
        assert error.message == "AWS was not able to authenticate the request: access keys are missing."

    def test_a_flood_of_keys_is_not_remembered_for_ever(self) -> None:
        accounts = Accounts()
        for number in range(10_000):
            accounts.identify(post(), {"AWSAccessKeyId": f"key-{number}"}, NOW)
        accounts.identify(post(), {"AWSAccessKeyId": "k" * 100_000}, NOW)

        assert len(accounts._callers) <= 4096
        assert max(map(len, accounts._callers)) <= 128

    def test_everything_is_allowed(self) -> None:
        caller = Accounts().identify(post(), {"AWSAccessKeyId": "whoever"}, NOW)

        assert caller.permissions == EVERYTHING
        Accounts().authorize(caller, "DeleteDomain", "us-east-1", "anything")  # is not refused


class TestVersion2:
    def test_the_published_vector_is_let_in(self) -> None:
        """Source: goamz/goamz, exp/sdb/sign_test.go."""
        accounts = Accounts([Credential("access-key-id-s8eBOWuU", "secret-access-key-UkQjTLd9", ACCOUNT)])
        parameters = {
            "Action": "CreateDomain", "DomainName": "MyDomain", "Timestamp": "2011-08-20T07:23:57+12:00",
            "Version": "2009-04-15", "SignatureVersion": "2", "SignatureMethod": "HmacSHA256",
            "AWSAccessKeyId": "access-key-id-s8eBOWuU", "Signature": "ot2JaeeqMRJqgAqW67hkzUlffgxdOz4RykbrECB+tDU=",
        }
        request = Request("GET", "http://sdb.amazonaws.com/", {"host": "sdb.amazonaws.com"})

        assert accounts.identify(request, parameters, 1_313_781_837.0).account == ACCOUNT

    @pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
    @pytest.mark.parametrize("method", ["HmacSHA256", "HmacSHA1"])
    def test_each_verb_and_method_is_let_in(self, verifying: Accounts, verb: str, method: str) -> None:
        parameters = {"Action": "Select", "SelectExpression": "select * from `d` where a > '*~ é+/!'", "Version": "x",
                      "AWSAccessKeyId": KEY, "SignatureVersion": "2", "SignatureMethod": method, "Timestamp": STAMP}
        encoded = ("AWSAccessKeyId=AKIDEXAMPLE&Action=Select&SelectExpression="
                   "select%20%2A%20from%20%60d%60%20where%20a%20%3E%20%27%2A~%20%C3%A9%2B%2F%21%27"
                   f"&SignatureMethod={method}&SignatureVersion=2&Timestamp=2023-11-14T22%3A13%3A20Z&Version=x")
        algorithm = hashlib.sha256 if method == "HmacSHA256" else hashlib.sha1
        digest = hmac.new(SECRET.encode(), f"{verb}\n{HOST}\n/\n{encoded}".encode(), algorithm).digest()

        caller = verifying.identify(
            Request(verb, "/", {"host": HOST}), {**parameters, "Signature": b64encode(digest).decode()}, NOW
        )

        assert caller == (ACCOUNT, KEY, CREDENTIAL.permissions)
        assert dict(parse_qsl(encoded)) == parameters  # the text above is the parameters, encoded by hand

    def test_botocore_s_own_signature_is_let_in(self, verifying: Accounts) -> None:
        parameters = signed_v2({"Action": "PutAttributes", "Attribute.1.Value": "", "ItemName": "naïve ☃"})

        assert verifying.identify(post(), parameters, NOW).account == ACCOUNT

    @pytest.mark.parametrize(("asked", "signed"), [
        ("localhost:8080", "localhost:8080"), ("LOCALHOST:8080", "localhost:8080"), ("localhost:8080", "localhost"),
        ("LOCALHOST:8080", "localhost"), ("localhost", "localhost"),
    ])
    def test_the_port_may_or_may_not_belong_to_the_signed_host(
        self, verifying: Accounts, asked: str, signed: str
    ) -> None:
        parameters = signed_v2({"Action": "ListDomains"}, url=f"http://{signed}/")

        assert verifying.identify(post(asked), parameters, NOW).account == ACCOUNT

    def test_the_host_of_the_url_serves_when_there_is_no_header(self, verifying: Accounts) -> None:
        parameters = signed_v2({"Action": "ListDomains"}, url="http://[::1]:9/")

        assert verifying.identify(Request("POST", "http://[::1]:9/"), parameters, NOW).account == ACCOUNT

    def test_a_proxy_s_host_counts_only_when_trusted(self) -> None:
        parameters = signed_v2({"Action": "ListDomains"})
        behind_proxy = post("10.0.0.7:8080", **{"x-forwarded-host": f"{HOST}, inner.example"})

        trusting = Accounts([CREDENTIAL], trust_forwarded_host=True)
        assert trusting.identify(behind_proxy, parameters, NOW).account == ACCOUNT
        assert refusal(Accounts([CREDENTIAL]), parameters, behind_proxy).code == "SignatureDoesNotMatch"

    @pytest.mark.parametrize("change", [
        {"Action": "DeleteDomain"}, {"DomainName": "other"}, {"Extra": ""}, {"SignatureMethod": "HmacSHA1"},
        {"Signature": "é"}, {"Signature": "\ud800"}, {"Timestamp": "2023-11-14T22:13:21Z"},
    ])
    def test_a_request_changed_on_the_way_is_refused(self, verifying: Accounts, change: dict[str, str]) -> None:
        error = refusal(verifying, {**signed_v2({"Action": "ListDomains", "DomainName": "mine"}), **change})

        assert (error.status, error.code) == (403, "SignatureDoesNotMatch")
        assert error.message == (
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )

    def test_a_request_whose_signature_is_empty_misses_it(self, verifying: Accounts) -> None:
        error = refusal(verifying, {**signed_v2({"Action": "ListDomains"}), "Signature": ""})

        assert (error.status, error.code) == (400, "MissingParameter")
        assert error.message == "The request must contain the parameter Signature"

    def test_a_wrong_secret_is_refused(self) -> None:
        accounts = Accounts([Credential(KEY, "another", ACCOUNT)])

        assert refusal(accounts, signed_v2({"Action": "ListDomains"})).code == "SignatureDoesNotMatch"

    def test_another_verb_is_another_signature(self, verifying: Accounts) -> None:
        parameters = signed_v2({"Action": "ListDomains"}, verb="GET")

        assert refusal(verifying, parameters).code == "SignatureDoesNotMatch"

    def test_an_unknown_key_is_refused(self, verifying: Accounts) -> None:
        error = refusal(verifying, {**signed_v2({"Action": "ListDomains"}), "AWSAccessKeyId": "AKIDOTHER"})

        assert (error.status, error.code) == (403, "InvalidClientTokenId")
        assert error.message == "The AWS Access Key Id you provided does not exist in our records."

    @pytest.mark.parametrize("change", [
        {"SignatureVersion": "3"}, {"SignatureVersion": ""}, {"SignatureMethod": "HmacMD5"}, {"SignatureMethod": ""},
    ])
    def test_a_version_or_method_of_nobody_is_incomplete(self, verifying: Accounts, change: dict[str, str]) -> None:
        error = refusal(verifying, {**signed_v2({"Action": "ListDomains"}), **change})

        assert (error.status, error.code) == (400, "IncompleteSignature")
        assert error.message == "The request signature does not conform to AWS standards."


class TestOlderVersions:
    def test_a_signature_of_version_1_is_let_in(self, verifying: Accounts) -> None:
        parameters = {"Action": "ListDomains", "AWSAccessKeyId": KEY, "SignatureVersion": "1", "Timestamp": STAMP,
                      "Version": "2007-11-07", "zebra": "z", "Yak": "y"}
        text = f"ActionListDomainsAWSAccessKeyId{KEY}SignatureVersion1Timestamp{STAMP}Version2007-11-07Yakyzebraz"

        assert verifying.identify(post(), {**parameters, "Signature": hmac_sha1(text)}, NOW).account == ACCOUNT

    def test_version_1_covers_the_parameters(self, verifying: Accounts) -> None:
        parameters = {"Action": "ListDomains", "AWSAccessKeyId": KEY, "SignatureVersion": "1", "Timestamp": STAMP,
                      "Signature": hmac_sha1(f"ActionListDomainsAWSAccessKeyId{KEY}SignatureVersion1Timestamp{STAMP}")}

        assert refusal(verifying, {**parameters, "MaxNumberOfDomains": "1"}).code == "SignatureDoesNotMatch"

    @pytest.mark.parametrize("version", [{}, {"SignatureVersion": "0"}])
    def test_version_0_is_what_a_request_without_a_version_has(
        self, verifying: Accounts, version: dict[str, str]
    ) -> None:
        parameters = {"Action": "ListDomains", "AWSAccessKeyId": KEY, "Timestamp": STAMP, **version,
                      "Signature": hmac_sha1(f"ListDomains{STAMP}")}

        assert verifying.identify(post(), parameters, NOW).account == ACCOUNT

    def test_version_0_signs_expires_where_there_is_no_timestamp(self, verifying: Accounts) -> None:
        parameters = {"Action": "ListDomains", "AWSAccessKeyId": KEY, "Expires": "2023-11-14T23:00:00Z",
                      "Signature": hmac_sha1("ListDomains2023-11-14T23:00:00Z")}

        assert verifying.identify(post(), parameters, NOW).account == ACCOUNT


class TestTime:
    @pytest.mark.parametrize("seconds", [-900, 0, 900])
    def test_fifteen_minutes_either_way_are_allowed(self, verifying: Accounts, seconds: int) -> None:
        assert verifying.identify(post(), signed_v2({"Action": "ListDomains"}), NOW + seconds).account == ACCOUNT

    @pytest.mark.parametrize("seconds", [-901, 901])
    def test_more_is_expired(self, verifying: Accounts, seconds: int) -> None:
        error = refusal(verifying, signed_v2({"Action": "ListDomains"}), now=NOW + seconds)

        assert (error.status, error.code) == (400, "RequestExpired")
        assert error.message == f"Request has expired. Timestamp date is {STAMP}"

    @pytest.mark.parametrize("stamp", [
        "2023-11-14T22:13:20", "2023-11-14T22:13:20.123456Z", "2023-11-14T15:13:20-07:00", "2023-11-15T03:43:20+0530",
    ])
    def test_every_way_to_write_a_time_is_read(self, verifying: Accounts, stamp: str) -> None:
        parameters = signed_v2({"Action": "ListDomains"}, Timestamp=stamp)

        assert verifying.identify(post(), parameters, NOW).account == ACCOUNT

    @pytest.mark.parametrize("stamp", ["20231114T221320Z", "yesterday", "2023-13-01T00:00:00Z", "2023-02-30T00:00:00Z",
                                       "0000-01-01T00:00:00Z", "2023-11-14T24:13:20Z"])
    def test_what_is_no_time_is_invalid(self, verifying: Accounts, stamp: str) -> None:
        error = refusal(verifying, signed_v2({"Action": "ListDomains"}, Timestamp=stamp))

        assert (error.status, error.code) == (400, "InvalidParameterValue")
        assert error.message == f"Value ({stamp}) for parameter Timestamp is invalid. Must be in ISO8601 format."

    def test_expires_may_stand_in_place_of_timestamp(self, verifying: Accounts) -> None:
        expires = "2023-11-15T00:00:00Z"
        parameters = signed_v2({"Action": "ListDomains"}, Timestamp="", Expires=expires)

        assert verifying.identify(post(), parameters, NOW).account == ACCOUNT
        error = refusal(verifying, parameters, now=NOW + 7200)
        assert error.message == f"Request has expired. Expires date is {expires}"

    def test_both_times_cannot_be_used(self, verifying: Accounts) -> None:
        error = refusal(verifying, signed_v2({"Action": "ListDomains"}, Expires="2023-11-15T00:00:00Z"))

        assert (error.status, error.code) == (400, "InvalidParameterCombination")
        assert error.message == "The parameter Timestamp cannot be used with the parameter Expires."

    def test_a_time_is_required(self, verifying: Accounts) -> None:
        error = refusal(verifying, signed_v2({"Action": "ListDomains"}, Timestamp=""))

        assert (error.status, error.code) == (400, "MissingParameter")
        assert error.message == "The request must contain the parameter Timestamp"

    def test_a_stranger_does_not_learn_of_the_time_before_the_signature(self, verifying: Accounts) -> None:
        parameters = {**signed_v2({"Action": "ListDomains"}), "Signature": "wrong"}

        assert refusal(verifying, parameters, now=NOW + 10_000).code == "SignatureDoesNotMatch"


class TestTemporaryCredentials:
    TEMPORARY = Credential(KEY, SECRET, ACCOUNT, session_token="AQoDYXdz", expires=NOW + 60)

    def test_the_token_goes_along(self) -> None:
        parameters = signed_v2({"Action": "ListDomains", "SecurityToken": "AQoDYXdz"})

        assert Accounts([self.TEMPORARY]).identify(post(), parameters, NOW).account == ACCOUNT

    @pytest.mark.parametrize("token", [{}, {"SecurityToken": "another"}])
    def test_none_or_another_is_refused(self, token: dict[str, str]) -> None:
        error = refusal(Accounts([self.TEMPORARY]), signed_v2({"Action": "ListDomains", **token}))

        assert (error.status, error.code) == (403, "AuthFailure")
        assert error.message == "AWS was not able to validate the provided access keys."

    def test_they_end(self) -> None:
        parameters = signed_v2({"Action": "ListDomains", "SecurityToken": "AQoDYXdz"})

        assert refusal(Accounts([self.TEMPORARY]), parameters, now=NOW + 60).code == "AuthFailure"

    def test_a_key_switched_off_is_refused(self) -> None:
        accounts = Accounts([Credential(KEY, SECRET, ACCOUNT, active=False)])

        assert refusal(accounts, signed_v2({"Action": "ListDomains"})).code == "AuthFailure"


def test_secrets_are_in_no_repr_and_no_error() -> None:
    credential = Credential(KEY, SECRET, ACCOUNT, session_token="AQoDYXdz")
    accounts = Accounts([credential])
    error = refusal(accounts, signed_v2({"Action": "ListDomains"}))

    shown = f"{credential!r} {credential} {accounts!r} {accounts.credentials!r} {error!r} {error}"
    assert SECRET not in shown
    assert "AQoDYXdz" not in shown
