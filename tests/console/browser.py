"""A browser without JavaScript, in process: follows nothing by itself, keeps cookies, sends forms."""

from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client, TestCase

from kernel import tenancy
from tests.makers import PASSWORD

HTML = "text/html,application/xhtml+xml"


class Browser:
    """One browser at one host."""

    def __init__(self, *, host: str = "acme.localhost", checks_csrf: bool = False) -> None:
        self.client = Client(HTTP_HOST=host, HTTP_ACCEPT=HTML, raise_request_exception=False, enforce_csrf_checks=checks_csrf)

    def signed_in(self, email: str) -> "Browser":
        """The same browser, signed in as a person who has the makers' password."""
        response = self.post("/sign-in", {"email": email, "password": PASSWORD})
        assert response.status_code == 302, response.content.decode()
        return self

    def get(self, path: str, **headers: str) -> Any:
        """Open a page."""
        return self._send("get", path, {}, headers)

    def htmx(self, path: str, **headers: str) -> Any:
        """Ask for the part of a page that htmx would replace."""
        return self._send("get", path, {}, {"HTTP_HX_REQUEST": "true", **headers})

    def post(self, path: str, values: dict[str, Any] | None = None, **headers: str) -> Any:
        """Send a form."""
        return self._send("post", path, values or {}, headers)

    def _send(self, method: str, path: str, values: dict[str, Any], headers: dict[str, str]) -> HttpResponseBase:
        with ExitStack() as stack:
            stack.enter_context(tenancy.outside())
            for alias in (tenancy.HOME, *settings.CELLS):
                stack.enter_context(TestCase.captureOnCommitCallbacks(using=alias, execute=True))
            response: HttpResponseBase = getattr(self.client, method)(path, values, **headers)
        return response


def text_of(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())
