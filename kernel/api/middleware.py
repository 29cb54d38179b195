"""The outermost layer: request id in, request id out, the caller's address, one log line, no exception past it."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kernel import addresses, context
from kernel.api import errors
from kernel.problems import Malformed, TooLarge

log = structlog.get_logger("freehold.access")

TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z")
"""The header `traceparent` of W3C Trace Context, level 1."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
MAX_TARGET_BYTES = 8 * 1024

Answer = Callable[[HttpRequest], HttpResponseBase]


class RequestMiddleware:
    """Fills the request context and makes sure that whatever happens inside ends as an answer with a request id."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request inside its context."""
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.match(given) else uuid4().hex
        agent = request.META.get("HTTP_USER_AGENT", "")[:300]
        path = errors.told_path(request)
        trace = TRACE.match(request.META.get("HTTP_TRACEPARENT", ""))
        unit = context.RequestContext(
            request_id,
            address=caller_address(request),
            user_agent=agent,
            route=f"{request.method} {path}",
            trace_id=trace.group(1) if trace else "",
        )
        with context.bound(unit):
            response = self._answer(request)
            response["X-Request-Id"] = request_id
            if settings.ACCESS_LOG:
                milliseconds = round((time.perf_counter() - started) * 1000, 2)
                log.info(
                    "request",
                    method=request.method,
                    path=path,
                    status=response.status_code,
                    ms=milliseconds,
                    request_id=request_id,
                )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase:
        """What a console view raised; REST views answer for themselves."""
        return errors.answer(exception, request=request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        target = request.META.get("QUERY_STRING", "")
        if len(target) + len(request.path) > MAX_TARGET_BYTES:
            return errors.respond(TooLarge("Keep the address below 8 KiB.", limit_bytes=MAX_TARGET_BYTES), request=request)
        if "%00" in target or "\0" in target or "\0" in request.path:
            return errors.respond(Malformed("The address holds a NUL character."), request=request)
        return self._refused_body(request) or self.get_response(request)

    def _refused_body(self, request: HttpRequest) -> HttpResponseBase | None:
        """The answer to a body that no door takes. It is not read: whoever looks for a token in a form reads all of it before any door is asked."""
        limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdecimal():
            return errors.respond(Malformed("The header Content-Length is not a number."), request=request)
        if int(announced[:20]) > limit_bytes:
            return errors.respond(TooLarge(f"Keep the body below {limit_bytes} bytes.", limit_bytes=limit_bytes), request=request)
        return None


def caller_address(request: HttpRequest) -> str:
    """The caller's IP address in canonical text, empty when there is none.

    Only the entries that our own proxies appended to X-Forwarded-For are believed: TRUSTED_PROXIES says how many stand in front.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    return addresses.plain(address)
