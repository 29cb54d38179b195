"""What may be allowed."""

from enum import StrEnum


class Permission(StrEnum):
    """The permissions of this app."""

    READ_ENTRIES = "read:audit.entries"
    """Read the trail, its checkpoints and the proofs of its entries."""

    VERIFY = "verify:audit.entries"
    """Have the trail checked, and take along the evidence."""

    EXPORT = "write:audit.exports"
    """Write entries to a file and fetch it."""

    WRITE_VIEWS = "write:audit.views"
    """Share a saved view of the trail with others, and remove shared ones."""

    WRITE_EVENTS = "write:audit.events"
    """Tell the trail what happened in the vendor's product."""

    WRITE_ANCHORS = "write:audit.anchors"
    """Say where checkpoints are kept outside this installation."""

    WRITE_KEYS = "write:audit.keys"
    """Have the log signed with a new key from now on."""

    READ_STREAMS = "read:audit.streams"
    """See where entries are sent, and how far behind each target is."""

    WRITE_STREAMS = "write:audit.streams"
    """Send entries to other systems; pause, replay and remove such streams."""

    READ_RETENTION = "read:audit.retention"
    """See how long entries are kept, what was removed, and what is held."""

    WRITE_RETENTION = "write:audit.retention"
    """Change how long entries are kept, and remove what is older."""

    WRITE_HOLDS = "write:audit.holds"
    """Place legal holds and ask for their end."""

    LIFT_HOLDS = "lift:audit.holds"
    """Confirm the end of a legal hold that somebody else asked for."""

    FORGET_PERSONS = "erase:audit.persons"
    """Destroy the key under which a person's data is kept in the trail."""

    READ_ALERTS = "read:audit.alerts"
    """See alerts, the rules that raise them, and who is told."""

    WRITE_ALERTS = "write:audit.alerts"
    """Acknowledge and close alerts."""

    WRITE_RULES = "write:audit.rules"
    """Change which rules watch the trail, and who is told of alerts."""
