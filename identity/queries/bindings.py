"""Reading who has which roles."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from identity import access
from identity.access.held import Holder
from identity.models import Role, RoleBinding, ServiceAccount, Team, User
from identity.problems import BindingNotFound
from identity.queries import people, service_accounts, teams
from kernel import ids
from kernel.clock import rfc3339, rfc3339_or_none
from kernel.problems import NotFound

KINDS: dict[str, type] = {"usr": User, "tem": Team, "svc": ServiceAccount}
_SAID: dict[type, str] = {User: "person", Team: "team", ServiceAccount: "service_account"}


def shown_id(text: str) -> str:
    """What people type for somebody, as an id: an e-mail address becomes that of its person, an id stays. Raises PersonNotFound."""
    return people.person_by_email(text).public_id if "@" in text else text


def holder_kind(id: str) -> type:  # noqa: A002  (the word of the URL and of the API)
    """User, Team or ServiceAccount, by the letters that an id begins with. Raises NotFound."""
    kind = KINDS.get(id.partition("_")[0])
    if kind is None:
        raise NotFound("Name a person (usr_…), a team (tem_…) or a service account (svc_…).")
    return kind


def holder(id: str) -> Holder:  # noqa: A002
    """Who has this id: a person, a team or a service account. Raises NotFound."""
    kind = holder_kind(id)
    if kind is User:
        return people.person(ids.wanted("usr", id))
    if kind is Team:
        return teams.team(ids.wanted("tem", id))
    return service_accounts.service_account(ids.wanted("svc", id))


def holder_for_update(id: str) -> Holder:  # noqa: A002
    """The same, locked until the transaction ends. Raises NotFound."""
    kind = holder_kind(id)
    if kind is User:
        return people.person_for_update(ids.wanted("usr", id))
    if kind is Team:
        return teams.team_for_update(ids.wanted("tem", id))
    return service_accounts.service_account_for_update(ids.wanted("svc", id))


def holder_document(found: Holder) -> dict[str, str]:
    """A holder in short: id, kind and what people call it."""
    label = found.email if isinstance(found, User) else found.name
    return {"id": found.public_id, "kind": _SAID[type(found)], "name": label}


def binding(id: UUID) -> RoleBinding:  # noqa: A002
    """One binding that counts. Raises BindingNotFound."""
    row = _with_all().filter(access.living(), id=id).first()
    if row is None:
        raise BindingNotFound("Look at who has the role: this binding is not among them.")
    return row


def bindings_of_role(role: Role, q: str = "") -> QuerySet[RoleBinding]:
    """Who has a role now; `q` is part of an address or a name."""
    found = _with_all().filter(access.living(), role=role)
    if not q:
        return found
    person = Q(user__email__icontains=q) | Q(user__name__icontains=q)
    return found.filter(person | Q(team__name__icontains=q) | Q(service_account__name__icontains=q))


def bindings_of_holder(found: Holder) -> QuerySet[RoleBinding]:
    """The roles that somebody has now, for people and service accounts also through their teams."""
    return access.bindings_of(found)


def binding_document(found: RoleBinding) -> dict[str, Any]:
    """One binding as every door shows it."""
    return {
        "id": found.public_id,
        "role": {"id": found.role.public_id, "name": found.role.name, "label": found.role.label},
        "holder": holder_document(access.holder_of(found)),
        "expires_at": rfc3339_or_none(found.expires_at),
        "source": found.source,
        "created_at": rfc3339(found.created_at),
    }


def _with_all() -> QuerySet[RoleBinding]:
    return RoleBinding.objects.select_related("role", "user", "team", "service_account")
