"""From a host to a tenant: the second layer of every request."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kernel import tenancy
from kernel.api import errors
from kernel.problems import Malformed, Problem, TenantUnknown
from kernel.tenancy.backend import shelf
from tenants import hosts, resolving
from tenants.moves import meeting

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, so that they go on while the tenant moves and may be answered twice."""

CLOSED = frozenset({"suspended", "deleting"})
"""States in which a tenant refuses everybody and still has a trail that can tell of it."""


class TenantMiddleware:
    """Enters the tenant that the host names, for the length of the request, whatever the path.

    Nothing behind it runs for an unknown host (404), a malformed one (400), or a tenant whose state does not serve (403, 410, 503). While a tenant
    moves to another cell it can be read; what would change it waits up to two seconds for the end of the move.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        shelf.open_here()
        resolving.review_here()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request inside its tenant."""
        ref = None
        try:
            ref = _tenant_at(request)
            if request.method not in SAFE:
                if ref.state == "moving":
                    ref = meeting.awaited(ref)
                return self._inside(ref, request=request, purpose=tenancy.Purpose.REQUEST)
            response = self._inside(ref, request=request, purpose=tenancy.Purpose.READ)
            if meeting.has_outrun(getattr(response, "problem", None)):
                response = self._inside(meeting.awaited(ref), request=request, purpose=tenancy.Purpose.READ)
        except Problem as problem:  # of the host or of the gate: what lies inside has become an answer already
            if ref is not None and ref.state in CLOSED:
                with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
                    errors.tell_refusal(problem, request=request)
            return errors.answer(problem, request=request)
        else:
            return response

    def _inside(self, ref: tenancy.TenantRef, *, request: HttpRequest, purpose: tenancy.Purpose) -> HttpResponseBase:
        with tenancy.activate(ref, purpose=purpose):
            if ref.is_platform:
                request.urlconf = settings.OPERATOR_URLCONF  # type: ignore[attr-defined]  # Django reads it, its types do not know it
            return self.get_response(request)


def _tenant_at(request: HttpRequest) -> tenancy.TenantRef:
    """The tenant of the Host header. Raises Malformed, TenantUnknown or Unavailable."""
    try:
        # A host that is remembered was validated when it was first seen.
        ref = resolving.remembered(request.META.get("HTTP_HOST", "")) or resolving.by_host(request.get_host())
    except (DisallowedHost, hosts.Unreadable) as fault:
        raise Malformed("The Host header is not the name of a host.", header="Host") from fault
    if ref is None:
        raise TenantUnknown("Check the address. If it should work, ask the operator whether the domain was added.")
    return ref
