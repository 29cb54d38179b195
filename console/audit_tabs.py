"""The pages of the audit trail as tabs, each shown to those who may see it."""

from django.urls import reverse

from audit import queries
from audit.permissions import Permission
from console.tabs import Tab
from kernel.actors import Actor

PLACES = (
    ("Entries", "console.audit", Permission.READ_ENTRIES),
    ("Exports", "console.audit-exports", Permission.EXPORT),
    ("Proof", "console.audit-proof", Permission.READ_ENTRIES),
    ("Anchors", "console.audit-anchors", Permission.READ_ENTRIES),
    ("Retention", "console.audit-retention", Permission.READ_RETENTION),
    ("Holds", "console.audit-holds", Permission.READ_RETENTION),
    ("Streams", "console.audit-streams", Permission.READ_STREAMS),
    ("Alerts", "console.audit-alerts", Permission.READ_ALERTS),
    ("Rules", "console.audit-rules", Permission.READ_ALERTS),
    ("Channels", "console.audit-channels", Permission.READ_ALERTS),
)
COUNTS = {"console.audit-alerts": queries.open_alerts}
"""What the number beside a tab counts."""


def of(*, present: str, actor: Actor) -> list[Tab]:
    """The tabs for one person; `present` is the URL name of this page."""
    return [
        Tab(label, reverse(name), name == present, COUNTS[name]() if name in COUNTS else 0)
        for label, name, needed in PLACES
        if actor.may(needed)
    ]
