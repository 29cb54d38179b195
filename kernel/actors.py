"""Who asks: a person, an API key, or the system itself, and what they may do."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from kernel.problems import Forbidden

EVERYTHING = frozenset({"*"})


class ActorKind(StrEnum):
    """What sort of caller acts."""

    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"


def allows(grants: frozenset[str], permission: str) -> bool:
    """Whether a set of grants covers one permission `verb:resource`, e.g. `read:audit.entries`.

    Grants may hold wildcards: `*`, `read:*`, `*:identity.users`, `write:webhooks.*` (design.md section 6). A permission itself never does.
    """
    if permission in grants or "*" in grants:
        return True
    verb, _, resource = permission.partition(":")
    if f"{verb}:*" in grants or f"*:{resource}" in grants:
        return True
    parts = resource.split(".")
    stems = (".".join(parts[:depth]) + ".*" for depth in range(len(parts) - 1, 0, -1))
    return any(f"{verb}:{stem}" in grants or f"*:{stem}" in grants for stem in stems)


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as actions and the trail see one.

    `grants` is a tuple of sets, each of which must allow: a key's own scopes and its owner's roles. `tenant_id` is the tenant that the
    actor belongs to, which differs from the current one when a platform key acts in a tenant. `session` is the shown id of the session, where
    there is one; `on_behalf_of` the id of the person for whom somebody else acts. `facts` are what the policies of the actor's tenant ask about;
    None when it has no policies in force, and then the grants alone decide.
    """

    kind: ActorKind
    id: str
    label: str
    tenant_id: UUID | None
    grants: tuple[frozenset[str], ...]
    auth_method: str = ""
    session: str = ""
    on_behalf_of: str = ""
    facts: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def system(cls, name: str) -> "Actor":
        """The product itself, named after the door it came through, e.g. `command:tenant` or `task:tenants.provision`."""
        return cls(kind=ActorKind.SYSTEM, id=name, label=name, tenant_id=None, grants=(EVERYTHING,))

    def may(self, permission: str) -> bool:
        """Whether every set of grants covers the permission and no policy forbids it; an actor without grants may nothing."""
        return self.is_granted(permission) and self._forbidden_by_policy(permission) is None

    def is_granted(self, permission: str) -> bool:
        """Whether every set of grants covers the permission, whatever the policies say about the present circumstances."""
        return bool(self.grants) and all(allows(grants, permission) for grants in self.grants)

    def require(self, permission: str) -> None:
        """Go on only with the permission. Raises Forbidden that names it, or names the policy that stands against it."""
        if not self.is_granted(permission):
            raise Forbidden(
                f"This needs the permission {permission}. Ask an owner of this tenant to grant it.", permission=str(permission)
            )
        refusal = self._forbidden_by_policy(permission)
        if refusal is not None:
            raise refusal

    def _forbidden_by_policy(self, permission: str) -> Forbidden | None:
        """Why the policies of the actor's tenant do not allow it now; policies only ever narrow what the grants allow."""
        if self.facts is None:
            return None
        refusal: Forbidden | None = import_string(settings.ACCESS_DECIDER)(self, permission)
        return refusal
