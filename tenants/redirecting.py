"""Hosts that send people on to the tenant's primary one. Programs are answered where they call: an API client follows no redirects with its key."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tenants import resolving

METHODS = frozenset({"GET", "HEAD"})
STAYING = ("/v1/", "/.well-known/")
REMEMBERED_S = 300


class RedirectMiddleware:
    """Stands behind the gate, so that a tenant that does not serve says so at every host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Send on, or go on."""
        if request.method not in METHODS or request.path.startswith(STAYING):
            return self.get_response(request)
        primary = resolving.facts(request.META.get("HTTP_HOST", "")).redirect_to
        return _sent_on(request, primary) if primary else self.get_response(request)


def _sent_on(request: HttpRequest, primary: str) -> HttpResponse:
    """308 to the same page at the primary host and the same port. Remembered for minutes: without a limit a browser keeps it for ever."""
    _, colon, port = request.get_host().rpartition(":") if not request.get_host().endswith("]") else ("", "", "")
    port = port if colon and port.isdigit() else ""
    target = f"{request.scheme}://{primary}{':' + port if port else ''}{request.get_full_path()}"
    return HttpResponse(status=308, headers={"Location": target, "Cache-Control": f"max-age={REMEMBERED_S}"})
