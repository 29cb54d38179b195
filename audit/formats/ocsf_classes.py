"""Which class of OCSF an action belongs to, and which of its activities it is. Class and activity numbers are those of the public schema."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from audit.formats import verbs

OTHER = 99
BEFORE_USER_MANAGEMENT = "1.3.0"


class Kind(Enum):
    """The shapes that the classes here have."""

    AUTHENTICATION = "authentication"
    ACCOUNT = "account"
    ACCESS = "access"
    GROUP = "group"
    ROLE = "role"
    ENTITY = "entity"
    API = "api"
    DATASTORE = "datastore"
    FINDING = "finding"


@dataclass(frozen=True, slots=True)
class Class:
    """One class: its number, its name, its shape."""

    uid: int
    name: str
    kind: Kind


FINDING = Class(2004, "Detection Finding", Kind.FINDING)
ACCOUNT_CHANGE = Class(3001, "Account Change", Kind.ACCOUNT)
AUTHENTICATION = Class(3002, "Authentication", Kind.AUTHENTICATION)
ENTITY = Class(3004, "Entity Management", Kind.ENTITY)
USER_ACCESS = Class(3005, "User Access Management", Kind.ACCESS)
GROUP = Class(3006, "Group Management", Kind.GROUP)
USER_MANAGEMENT = Class(3007, "User Management", Kind.ACCESS)
ROLE_MANAGEMENT = Class(3008, "Role Management", Kind.ROLE)
API = Class(6003, "API Activity", Kind.API)
DATASTORE = Class(6005, "Datastore Activity", Kind.DATASTORE)

LOGON, LOGOFF = 1, 2
AUTHENTICATIONS = {"started": LOGON, "refused": LOGON, "ended": LOGOFF}
ACCOUNTS = {"added": 1, "accepted": 2, "resumed": 2, "reinstated": 2, "suspended": 5, "deactivated": 6}
ACCOUNTS_NEW = {"added": 1, "changed": 2, "deactivated": 3, "accepted": 4, "resumed": 4, "reinstated": 4, "suspended": 5}
GROUPS = {"create": 6, "delete": 5}
ROLES_NEW = {"create": 1, "update": 2, "delete": 3}
CRUD = {"create": 1, "read": 2, "update": 3, "delete": 4}
DATASTORES = {"read": 1, "update": 2, "create": 6, "delete": 7}
FINDINGS = {"raised": 1, "closed": 3}


def of(document: dict[str, Any], *, version: str) -> tuple[Class, int]:
    """The class and the activity of an entry in a version of the schema."""
    action, is_old = document["action"], version == BEFORE_USER_MANAGEMENT
    last = action.rpartition(".")[2]
    if action.startswith("audit.alert."):
        return FINDING, FINDINGS.get(last, 2)
    if (
        action.startswith(("identity.session.", "identity.sessions.", "identity.access."))
        or document["category"] == "authentication"
    ):
        return _authentication(action, last=last, is_old=is_old)
    if action.startswith(("identity.person.", "identity.invitation.", "identity.password.")):
        return _person(document, last=last, is_old=is_old)
    if action.startswith("identity.role."):
        return (GROUP, GROUPS.get(verbs.of(action), OTHER)) if is_old else (ROLE_MANAGEMENT, ROLES_NEW.get(verbs.of(action), OTHER))
    return _thing(document)


def _authentication(action: str, *, last: str, is_old: bool) -> tuple[Class, int]:
    if action == "identity.password.changed":
        return (ACCOUNT_CHANGE, 3) if is_old else (USER_MANAGEMENT, 8)
    return AUTHENTICATION, AUTHENTICATIONS.get(last, OTHER)


def _person(document: dict[str, Any], *, last: str, is_old: bool) -> tuple[Class, int]:
    """A change of roles is a change of access; of everything else about a person, of the account."""
    if document["action"] == "identity.password.changed":
        return (ACCOUNT_CHANGE, 3) if is_old else (USER_MANAGEMENT, 8)
    if document["details"].get("roles_added") and last == "changed":
        return (USER_ACCESS, 1) if is_old else (USER_MANAGEMENT, 16)
    if document["details"].get("roles_removed") and last == "changed":
        return (USER_ACCESS, 2) if is_old else (USER_MANAGEMENT, 17)
    return (ACCOUNT_CHANGE, ACCOUNTS.get(last, OTHER)) if is_old else (USER_MANAGEMENT, ACCOUNTS_NEW.get(last, OTHER))


def _thing(document: dict[str, Any]) -> tuple[Class, int]:
    verb, category = verbs.of(document["action"]), document["category"]
    if category == "data":
        return DATASTORE, DATASTORES.get(verb, OTHER)
    if (
        document["source"] == "freehold"
        and category in {"access", "configuration", "people", "security", "tenancy"}
        and verb != "other"
    ):
        return ENTITY, CRUD[verb]
    return API, CRUD.get(verb, OTHER)
