"""May this host have a certificate now? What the proxy asks before it gets one, on every host and before any tenant is looked for.

Answered from the same memory that routes requests, so that a host which is given back gets no certificate from that moment on.
"""

from collections.abc import Callable
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from kernel.problems import Unavailable
from tenants import hosts, resolving

PATH = "/internal/tls-ask"
LOOPBACK = frozenset({"127.0.0.1", "::1"})
ATTEMPTS = 3


class TlsAskMiddleware:
    """Answers `GET /internal/tls-ask?domain=…` to the proxy and passes everything else on; for anybody else there is no such path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the proxy, or go on."""
        if request.path != PATH or not _is_the_proxy(request):
            return self.get_response(request)
        return _answer(request.GET.get("domain", ""))


def may_have_certificate(host: str) -> bool:
    """Whether a tenant answers at the host and has proven it lately. Raises Unavailable when nobody knows."""
    try:
        # The registry may change between reading and remembering; what was read then is not kept, and is read again.
        for _ in range(ATTEMPTS):
            if resolving.by_host(host) is None:
                return False
            facts = resolving.facts(host)
            if facts is not resolving.NO_FACTS:
                return facts.is_certifiable
    except hosts.Unreadable:
        return False
    return False


def _is_the_proxy(request: HttpRequest) -> bool:
    """By the shared secret where there is one; else a caller on this machine whose request came through no proxy."""
    if settings.PROXY_SECRET:
        return compare_digest(request.GET.get("secret", "").encode(), settings.PROXY_SECRET.encode())
    return request.META.get("REMOTE_ADDR", "") in LOOPBACK and "HTTP_X_FORWARDED_FOR" not in request.META


def _answer(host: str) -> HttpResponse:
    """200 yes, 404 no, 503 when the registry cannot be read: the proxy takes all but 2xx for no."""
    try:
        status = 200 if may_have_certificate(host) else 404
    except Unavailable:
        status = 503
    response = HttpResponse(status=status)
    response["Cache-Control"] = "no-store"
    return response
