"""The pages about security as tabs, each shown to those who may see it."""

from django.urls import reverse

from console.tabs import Tab
from identity.permissions import Permission
from kernel.actors import Actor

PLACES = (
    ("Limits", "console.security", Permission.READ_SECURITY),
    ("Second factors", "console.mfa-policies", Permission.READ_SECURITY),
    ("Networks", "console.networks", Permission.READ_SECURITY),
    ("Sessions", "console.sessions", Permission.READ_SESSIONS),
    ("Break-glass", "console.break-glass", Permission.READ_SECURITY),
    ("Secrets", "console.secrets", Permission.READ_SECURITY),
)


def of(*, present: str, actor: Actor) -> list[Tab]:
    """The tabs for one person; `present` is the URL name of this page."""
    return [Tab(label, reverse(name), name == present) for label, name, needed in PLACES if actor.may(needed)]
