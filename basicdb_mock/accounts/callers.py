"""Identifying callers by their access keys, either openly or by verified signatures only."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from pathlib import Path

from basicdb_mock import errors
from basicdb_mock.accounts import signatures, sigv4
from basicdb_mock.accounts.credential import Caller, Credential, account_of
from basicdb_mock.accounts.credentials_file import read_credentials
from basicdb_mock.accounts.permissions import EVERYTHING
from basicdb_mock.accounts.timestamps import check_stamp, check_time
from basicdb_mock.model import Tenant
from basicdb_mock.wire.message import Request

_REMEMBERED = 4096
"""How many callers are cached, so that a flood of made-up keys cannot fill the memory."""
_LONGEST_REMEMBERED_KEY = 128


class Accounts:
    """The accounts of a SimpleDB.

    Without ``credentials`` it is open: it accepts any access key, signed or not, and each key has its own account.
    With ``credentials``, only the listed keys exist and signatures are verified.  ``trust_forwarded_host`` accepts
    signatures made for the ``X-Forwarded-Host`` of a proxy, which is only safe if the proxy overwrites that header.
    """

    def __init__(self, credentials: Iterable[Credential] | None = None, *, trust_forwarded_host: bool = False) -> None:
        self._credentials = (
            None if credentials is None else {credential.access_key: credential for credential in credentials}
        )
        self._trust_forwarded_host = trust_forwarded_host
        self._callers: dict[str, Caller] = {}

    @classmethod
    def from_file(cls, path: str | Path, *, trust_forwarded_host: bool = False) -> Accounts:
        """Accounts of a credentials file (see :mod:`basicdb_mock.accounts.credentials_file`).

        Raises :class:`ValueError` naming file and line, or :class:`OSError`.
        """
        return cls(read_credentials(path), trust_forwarded_host=trust_forwarded_host)

    def __repr__(self) -> str:
        return f"Accounts({'open' if self.open else f'{len(self._credentials or ())} credentials'})"

    @property
    def open(self) -> bool:
        """Whether any access key is accepted."""
        return self._credentials is None

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The registered credentials; none if the accounts are open."""
        return tuple((self._credentials or {}).values())

    def replaced(self, credentials: Iterable[Credential] | None) -> Accounts:
        """A copy with other credentials; ``None`` makes it open."""
        return Accounts(credentials, trust_forwarded_host=self._trust_forwarded_host)

    def account_of(self, access_key: str) -> str:
        """The account of an access key, registered or not."""
        credential = (self._credentials or {}).get(access_key)
        return account_of(access_key) if credential is None else credential.account

    def identify(self, request: Request, parameters: Mapping[str, str], now: float) -> Caller:
        """The caller of a request of the Query protocol; ``parameters`` are those of its URL and body together.

        Raises AuthFailure (401) for a request without an access key, even if it has a version 4 signature; and with
        credentials AuthMissingFailure, InvalidClientTokenId, AuthFailure, IncompleteSignature, SignatureDoesNotMatch,
        RequestExpired, MissingParameter, InvalidParameterCombination and InvalidParameterValue.
        """
        access_key = parameters.get("AWSAccessKeyId")
        if not access_key:
            # Observed for requests without any v2 credentials, and for those with only a v4 header.
            raise errors.AUTH_MISSING_FAILURE() if "Signature" in parameters else errors.ACCESS_CREDENTIALS_MISSING()
        if self._credentials is None:
            return self._callers.get(access_key) or self._admit(access_key)
        if not parameters.get("Signature"):
            raise errors.SIGNATURE_PARAMETER_MISSING(parameter="Signature")
        credential = self._known(access_key)
        hosts = signatures.signed_hosts(request.headers, request.url, self._trust_forwarded_host)
        signatures.verify(credential.secret_key, request.method.upper(), request.url, hosts, parameters)
        check_time(parameters, now)
        _check_credential(credential, parameters.get("SecurityToken"), now)
        return _caller(credential)

    def identify_v4(self, request: Request, now: float) -> Caller:
        """The caller of a request of the export API, by its version 4 Authorization header.

        Raises AuthFailure (401) if there is none, IncompleteSignature if it is malformed, and with credentials the same
        errors as :meth:`identify`.
        """
        header = request.headers.get("authorization")
        if not header:
            raise errors.ACCESS_CREDENTIALS_MISSING()
        authorization = sigv4.parse_authorization(header)
        if self._credentials is None:
            return self._callers.get(authorization.access_key) or self._admit(authorization.access_key)
        credential = self._known(authorization.access_key)
        sigv4.verify(credential.secret_key, authorization, request, self._trust_forwarded_host)
        check_stamp(request.headers.get("x-amz-date", ""), now)
        _check_credential(credential, request.headers.get("x-amz-security-token"), now)
        return _caller(credential)

    def authorize(self, caller: Caller, action: str, region: str, domain: str | None) -> None:
        """Check that ``caller`` may do ``action`` on ``domain`` (``None`` for an action that names no domain).

        Raises AuthorizationFailure.
        """
        permissions = caller.permissions
        if permissions is not EVERYTHING and not permissions.allow(action, region, domain):
            raise errors.AUTHORIZATION_FAILURE(action=action, arn=Tenant(caller.account, region).domain_arn(domain))

    def _admit(self, access_key: str) -> Caller:
        caller = Caller(account_of(access_key), access_key)
        if len(access_key) <= _LONGEST_REMEMBERED_KEY:
            if len(self._callers) >= _REMEMBERED:
                self._callers.clear()
            self._callers[access_key] = caller
        return caller

    def _known(self, access_key: str) -> Credential:
        credential = (self._credentials or {}).get(access_key)
        if credential is None:
            raise errors.INVALID_CLIENT_TOKEN_ID()
        return credential


def _caller(credential: Credential) -> Caller:
    return Caller(credential.account, credential.access_key, credential.permissions)


def _check_credential(credential: Credential, token: str | None, now: float) -> None:
    """Reject a key that is inactive or has expired, and a temporary one without its session token."""
    given, wanted = token or "", credential.session_token or ""
    ended = credential.expires is not None and credential.expires <= now
    same = hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))
    if not credential.active or ended or not same:
        raise errors.AUTH_FAILURE()
