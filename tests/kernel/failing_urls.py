"""Addresses that fail in every way that a request can: a REST view and a page for each fault."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as drf

from kernel import context
from kernel.api.access import PUBLIC, SIGNED_IN
from kernel.api.views import View
from kernel.problems import Forbidden, LimitReached, Unavailable

INSIDE = "password=hunter2 host=10.1.2.3"
FAULTS: dict[str, Callable[[], Exception]] = {
    "operational": lambda: OperationalError(INSIDE),
    "interface": lambda: InterfaceError(INSIDE),
    "broker": lambda: BrokerError(INSIDE),
    "redis": lambda: RedisConnectionError(INSIDE),
    "redis-late": lambda: RedisTimeoutError(INSIDE),
    "data": lambda: DataError(INSIDE),
    "suspicious": lambda: SuspiciousOperation(INSIDE),
    "bad-request": lambda: BadRequest(INSIDE),
    "http404": lambda: Http404(INSIDE),
    "denied": lambda: PermissionDenied(INSIDE),
    "runtime": lambda: RuntimeError(INSIDE),
    "key": lambda: KeyError(INSIDE),
    "recursion": lambda: RecursionError(INSIDE),
    "drf-parse": drf.ParseError,
    "drf-throttled": drf.Throttled,
    "drf-media": lambda: drf.UnsupportedMediaType("text/plain"),
    "drf-validation": lambda: drf.ValidationError({"name": ["wrong"]}),
    "limit": lambda: LimitReached("Wait.", retry_after_s=17),
    "unavailable": lambda: Unavailable("Wait."),
    "forbidden": lambda: Forbidden("No.", permission="read:tests.things"),
}


def fail(fault: str) -> NoReturn:
    """Raise the fault of this name."""
    made = FAULTS[fault]()
    raise made


class Failing(View):
    """A REST view that fails as its address says."""

    access = {"GET": PUBLIC, "POST": PUBLIC}

    def get(self, _request: Any, fault: str) -> HttpResponse:
        fail(fault)

    def post(self, _request: Any, fault: str) -> HttpResponse:
        fail(fault)


class Echo(View):
    """Tells the context of the request."""

    access = {"GET": PUBLIC, "DELETE": SIGNED_IN}

    def get(self, _request: Any) -> HttpResponse:
        unit = context.current()
        return self.answer(
            {"request_id": unit.request_id, "address": unit.address, "user_agent": unit.user_agent, "route": unit.route}
        )

    def delete(self, _request: Any) -> HttpResponse:
        return self.no_content()


def failing_page(_request: HttpRequest, fault: str) -> HttpResponse:
    """A page that fails as its address says."""
    fail(fault)


urlpatterns = [
    path("v1/echo", Echo.as_view()),
    path("v1/failing/<str:fault>", Failing.as_view()),
    path("failing/<str:fault>", failing_page),
]
handler400 = "kernel.api.errors.bad_request"
handler403 = "kernel.api.errors.permission_denied"
handler404 = "kernel.api.errors.page_not_found"
handler500 = "kernel.api.errors.server_error"
