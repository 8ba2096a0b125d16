"""Answers in the form in which botocore reads them off the wire.  Imported late, because it imports botocore."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from basicdb_mock.rehearsal.outcome import TimedOut, Unreachable
from basicdb_mock.wire.message import Response


class Answer(AWSResponse):
    """An answer whose body is already complete.

    Raises what botocore raises if a fault drops the connection or truncates the answer, if the answer is too late, and
    if there is no such host.
    """

    content = b""  # an attribute: botocore's property takes two calls to read it

    def __init__(self, url: str, response: Response) -> None:
        if type(response) is not Response:
            if isinstance(response, Unreachable):
                raise EndpointConnectionError(endpoint_url=url)
            raise (ReadTimeoutError if isinstance(response, TimedOut) else ConnectionClosedError)(endpoint_url=url)
        self.url = url
        self.status_code = response.status
        self.headers = Headers(response.headers)
        self.raw = self.content = Body(response.body)
        self.raw.headers = response.headers


class Headers(HeadersDict):
    """Case-insensitive headers.

    botocore's parser asks for each header in its exact spelling, so that is looked up first; botocore's own class would
    create an object for each name.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._dict = dict(given)

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __getitem__(self, name: str) -> str:
        value = self._dict.get(name)
        return self._dict[self._own(name)] if value is None else value

    def __setitem__(self, name: str, value: str) -> None:
        self._dict[self._own(name)] = value

    def __delitem__(self, name: str) -> None:
        del self._dict[self._own(name)]

    def _own(self, name: str) -> str:
        """The spelling in which the header is there, else the one that was asked for."""
        return next((own for own in self._dict if own.lower() == name.lower()), name)


class Body(bytes):
    """A body that works with and without ``await``, as aiobotocore and botocore read it."""

    def __await__(self) -> Generator[None, None, Body]:
        yield from ()
        return self

    headers: Mapping[str, str]

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self]

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as aiobotocore 2 looks for them."""
        return [(name.encode(), value.encode()) for name, value in self.headers.items()]
