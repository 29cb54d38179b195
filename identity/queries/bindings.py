"""Reading who has which roles."""

from contextlib import suppress
from uuid import UUID

from django.db.models import Q, QuerySet

from identity import access
from identity.access.held import Holder
from identity.models import Role, RoleBinding, ServiceAccount, Team, User
from identity.problems import BindingNotFound, ServiceAccountNotFound, TeamNotFound
from identity.queries import people, service_accounts, teams
from kernel import ids
from kernel.problems import NotFound

KINDS: dict[str, type] = {"usr": User, "tem": Team, "svc": ServiceAccount}


def shown_id(text: str) -> str:
    """What people type for somebody, as an id: an e-mail address, the name of a team or of a service account; an id stays.

    An id has an underscore, which no name has. Raises PersonNotFound, and NotFound for a name that nobody or more than one has.
    """
    if "@" in text:
        return people.person_by_email(text).public_id
    return text if "_" in text else _called(text)


def _called(name: str) -> str:
    """The id of the team or the service account of this name. Raises NotFound."""
    found: list[str] = []
    with suppress(TeamNotFound):
        found.append(teams.team_by_name(name).public_id)
    with suppress(ServiceAccountNotFound):
        found.append(service_accounts.service_account_by_name(name).public_id)
    if not found:
        raise NotFound(
            "Name a person by e-mail address, a team or a service account by name, or any of them by id: nobody here is called so."
        )
    if len(found) > 1:
        raise NotFound(f"Say which by id: a team ({found[0]}) and a service account ({found[1]}) have this name.")
    return found[0]


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


def _with_all() -> QuerySet[RoleBinding]:
    return RoleBinding.objects.select_related("role", "user", "team", "service_account")
