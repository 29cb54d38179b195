"""What surrounds every page, worked out from the request alone so that error pages have it too."""

from dataclasses import dataclass

from django.http import HttpRequest

from console import navigation
from console.navigation import Group, HostKind
from identity.queries import SessionActor
from kernel import tenancy
from kernel.tenancy import TenantRef

THEMES = frozenset({"light", "dark"})
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Frame:
    """The tenant (None at an unknown host), the signed-in person (None for strangers), the sidebar, the theme (empty: the system's)."""

    tenant: TenantRef | None
    me: SessionActor | None
    navigation: list[Group]
    theme: str
    host: str


def of(request: HttpRequest) -> Frame:
    """The frame of the page that answers a request."""
    tenant = tenancy.current_or_none()
    me: SessionActor | None = getattr(request, "me", None)
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return Frame(
        tenant=tenant,
        me=me,
        navigation=_sidebar(request, tenant=tenant, me=me),
        theme=chosen if chosen in THEMES else "",
        host=request.META.get("HTTP_HOST", "") if tenant is not None else "",
    )


def _sidebar(request: HttpRequest, *, tenant: TenantRef | None, me: SessionActor | None) -> list[Group]:
    if tenant is None or me is None:
        return []
    hosts = (HostKind.BOTH, HostKind.OPERATOR) if tenant.is_platform else (HostKind.BOTH, HostKind.TENANT)
    return navigation.groups(actor=me.actor, path=request.path, hosts=hosts)
