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
        name="member",
        label="Member",
        description="Sees the people of the tenant and their roles.",
        permissions=(str(Permission.READ_PEOPLE), str(Permission.READ_ROLES)),
    ),
)
