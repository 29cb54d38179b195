"""Asking what somebody would be allowed to do, and who may do something."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from identity import access
from identity.access import facts, schema, simulation
from identity.access.simulation import Circumstances, Explanation
from identity.models import ApiKey, Policy, Role, RoleBinding, ServiceAccount, Status, TeamMember, User
from identity.problems import InputInvalid
from identity.queries import bindings, keys
from kernel import ids
from kernel.actors import allows

Subject = User | ServiceAccount | ApiKey
KEY_LETTERS, TEAM_LETTERS = "key", "tem"
FIRST_YEAR, LAST_YEAR = 1970, 2999


def permissions() -> tuple[str, ...]:
    """Every permission of the product, `verb:resource`."""
    return schema.permissions()


def subject(shown_id: str) -> Subject:
    """Whom a question is about: a person (usr_…), a service account (svc_…) or an API key (key_…). Raises NotFound, InputInvalid."""
    if shown_id.startswith(f"{KEY_LETTERS}_"):
        return keys.api_key(ids.wanted(KEY_LETTERS, shown_id))
    if shown_id.startswith(f"{TEAM_LETTERS}_"):
        raise _unfit("/principal", "A team does nothing by itself; name somebody who is in it.")
    found = bindings.holder(shown_id)
    if isinstance(found, User | ServiceAccount):
        return found
    raise _unfit("/principal", "Name a person, a service account or a key.")


def simulate(of: Subject, *, permission: str, given: Circumstances, and_also: Policy | None = None) -> Explanation:
    """Whether somebody would be allowed to do something under the circumstances that are given, and why. Raises InputInvalid."""
    _require_known(permission)
    if given.address is not None and not facts.is_address(given.address):
        raise _unfit("/address", "Name one address of IPv4 or IPv6, e.g. 192.0.2.7.")
    if given.mfa_age_s is not None and not 0 <= given.mfa_age_s <= simulation.MFA_AGE_MAX:
        raise _unfit("/mfa_age_s", f"Give 0 to {simulation.MFA_AGE_MAX} seconds, or leave it out for no second factor.")
    if given.moment is not None and not FIRST_YEAR <= given.moment.year <= LAST_YEAR:
        raise _unfit("/at", f"Name a moment between the years {FIRST_YEAR} and {LAST_YEAR}.")
    return simulation.explain(of, permission=permission, given=given, and_also=and_also)


def people_who_may(permission: str, q: str = "") -> QuerySet[User]:
    """The active people whose roles allow something now, by themselves or through a team; policies may still forbid it at times."""
    found = _people_with(_roles_allowing(permission))
    if not q:
        return found
    return found.filter(Q(email__icontains=q) | Q(name__icontains=q))


def service_accounts_which_may(permission: str, q: str = "") -> QuerySet[ServiceAccount]:
    """The same for service accounts."""
    role_ids = _roles_allowing(permission)
    own, teams = _holding(role_ids, column="service_account_id")
    through = TeamMember.objects.filter(service_account__isnull=False, team__in=teams).values("service_account_id")
    found = ServiceAccount.objects.filter(Q(id__in=own) | Q(id__in=through), status=Status.ACTIVE)
    if not q:
        return found
    return found.filter(Q(name__icontains=q) | Q(label__icontains=q))


def roles_allowing(permission: str) -> list[Role]:
    """The roles that allow something, by name. Raises InputInvalid for what is no permission of the product."""
    return list(Role.objects.filter(id__in=_roles_allowing(permission)).order_by("name"))


def _people_with(role_ids: list[UUID]) -> QuerySet[User]:
    own, teams = _holding(role_ids, column="user_id")
    through = TeamMember.objects.filter(user__isnull=False, team__in=teams).values("user_id")
    return User.objects.filter(Q(id__in=own) | Q(id__in=through), status=Status.ACTIVE)


def _holding(role_ids: list[UUID], *, column: str) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    living = RoleBinding.objects.filter(access.living(), role_id__in=role_ids)
    return living.filter(**{f"{column}__isnull": False}).values(column), living.filter(team__isnull=False).values("team_id")


def _roles_allowing(permission: str) -> list[UUID]:
    _require_known(permission)
    roles = Role.objects.values_list("id", "permissions")
    return [identifier for identifier, held in roles if allows(frozenset(held), permission)]


def _require_known(permission: str) -> None:
    if permission not in schema.known():
        raise _unfit("/permission", "There is no such permission. They are listed in the console and in docs/permissions.md.")


def _unfit(pointer: str, detail: str) -> InputInvalid:
    return InputInvalid(
        "Correct the fields that `errors` names and send it again.",
        errors=[{"pointer": pointer, "code": "not_valid", "detail": detail}],
    )
