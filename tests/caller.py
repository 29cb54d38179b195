"""Calls the product in process, as a program does: JSON in, JSON out, an API key in the header."""

from contextlib import ExitStack
from typing import Any

import orjson
from django.http.response import HttpResponseBase
from django.test import Client, TestCase

from kernel import tenancy


class Caller:
    """One caller at one host. What the request leaves for after the commit is done at once, although the test rolls back."""

    def __init__(self, *, host: str, key: str = "") -> None:
        self.client = Client(HTTP_HOST=host, raise_request_exception=False)
        self.key = key

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST a JSON body."""
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        """PUT a JSON body."""
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """PATCH with a JSON body."""
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE."""
        return self.call("DELETE", path, **headers)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponseBase:
        """Any method. `body` is JSON-encoded unless it is bytes; headers in WSGI spelling, e.g. `HTTP_IF_MATCH`."""
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        extra = {"HTTP_ACCEPT": "application/json", **headers}
        if self.key:
            extra.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.key}")
        content_type = extra.pop("CONTENT_TYPE", "application/json")
        with ExitStack() as stack:
            stack.enter_context(tenancy.outside())
            for alias in (tenancy.HOME, *tenancy.cells.aliases()):
                stack.enter_context(TestCase.captureOnCommitCallbacks(using=alias, execute=True))
            response: HttpResponseBase = self.client.generic(method, path, data=content, content_type=content_type, **extra)  # type: ignore[arg-type]
        return response
