"""The roles that every tenant is born with. They speak in wildcards, so that later parts of the product need no change here."""

from dataclasses import dataclass
from typing import Final

from identity.models import OWNER_ROLE
from identity.permissions import Permission


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in role as data."""

    name: str
    label: str
    description: str
    permissions: tuple[str, ...]


ALL: Final = (
    BuiltIn(
        name=OWNER_ROLE,
        label="Owner",
        description="May do everything, also make other owners. A tenant keeps at least one.",
        permissions=("*",),
    ),
    BuiltIn(
        name="admin",
        label="Administrator",
        description="Sees and changes everything in the tenant; cannot make or remove owners.",
        permissions=("read:*", "verify:*", "write:*"),
    ),
    BuiltIn(
        name="auditor",
        label="Auditor",
        description="Sees everything and checks the trail; changes nothing.",
        permissions=("read:*", "verify:*"),
    ),
    BuiltIn(
        name="operator",
        label="Operator",
        description="Sees everything and keeps it running: long jobs, alerts, streams, exports, sessions. Changes no rules, no roles and nobody's access.",
        permissions=(
            "read:*",
            "write:audit.alerts",
            "write:audit.exports",
            "write:audit.streams",
            str(Permission.WRITE_SESSIONS),
            "write:operations.*",
        ),
    ),
    BuiltIn(
        name="developer",
        label="Developer",
        description="Builds programs against the product: makes, rotates and revokes API keys, tells and reads the trail.",
        permissions=(
            "read:audit.entries",
            str(Permission.READ_KEYS),
            str(Permission.READ_PEOPLE),
            str(Permission.READ_ROLES),
            str(Permission.READ_SERVICE_ACCOUNTS),
            "read:operations.operations",
            "write:audit.events",
            str(Permission.WRITE_KEYS),
        ),
    ),
    BuiltIn(
        name="billing",
        label="Billing",
        description="Sees who is here, and says how many seats there are.",
        permissions=(str(Permission.READ_PEOPLE), str(Permission.READ_SEATS), str(Permission.WRITE_SEATS)),
    ),
    BuiltIn(
        name="member",
        label="Member",
        description="Sees the people of the tenant and their roles.",
        permissions=(str(Permission.READ_PEOPLE), str(Permission.READ_ROLES)),
    ),
)
