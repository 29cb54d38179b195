"""Who asks: an API key in the Authorization header, or a person with a session cookie. Named in `settings.REST_FRAMEWORK`.

Both leave the actor on Django's request too, where the trail of refusals looks for it.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from identity import queries
from identity.problems import CrossSiteRefused, KeyRefused
from kernel.actors import Actor

SCHEME = "bearer "


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer fh_…`. Whoever sends the header is a program: no cookie is looked at after it."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """The key's actor; None without the header. Raises KeyRefused."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        if not header.lower().startswith(SCHEME):
            raise KeyRefused("Send the API key as `Authorization: Bearer fh_…`; no other scheme is read.")
        return _known(request, queries.key_actor(header[len(SCHEME) :].strip()))

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  (DRF's signature)
        """What a 401 asks for."""
        return 'Bearer realm="freehold"'


class SessionAuthentication(BaseAuthentication):
    """The session cookie of the console. A browser sends it by itself, so changes must prove that they come from our own page."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """The signed-in person; None without a living session. Raises CrossSiteRefused."""
        token = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        found = queries.session_actor(token) if token else None
        if found is None:
            return None
        _require_own_page(request._request)
        return _known(request, found.actor)


def _known(request: Request, actor: Actor) -> tuple[Actor, None]:
    request._request.actor = actor  # type: ignore[attr-defined]
    return actor, None


def _require_own_page(request: HttpRequest) -> None:
    """Django's own check, which REST views are otherwise exempt from; it passes for methods that change nothing."""
    check = CSRFCheck(_unused)
    check.process_request(request)
    if check.process_view(request, _unused, (), {}) is not None:
        raise CrossSiteRefused("Send the page's X-CSRFToken header with the request, or use an API key.")


def _unused(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (a view's signature)
    """What the check would pass the request on to; it never does."""
    return HttpResponse(status=500)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """API keys in the OpenAPI document."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  (drf-spectacular's signature)
        """The security scheme object."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "fh_…", "description": "An API key of this tenant."}


class SessionScheme(OpenApiAuthenticationExtension):
    """The console's session in the OpenAPI document."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  (drf-spectacular's signature)
        """The security scheme object."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The console's session; changes also need the X-CSRFToken header.",
        }
