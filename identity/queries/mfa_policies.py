"""Reading the rules about second factors."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity.models import MfaPolicy
from identity.problems import MfaPolicyNotFound


def mfa_policies(q: str = "", required: str = "") -> QuerySet[MfaPolicy]:
    """The tenant's rules; `q` is part of the name of the role or team, or of the person's address; `required` off, any or phishing_resistant."""
    found = MfaPolicy.objects.select_related("role", "team", "user")
    if q:
        named = Q(role__name__icontains=q) | Q(team__name__icontains=q) | Q(user__email__icontains=q)
        everybody = Q(role=None, team=None, user=None) if q.casefold() in "everybody" else Q(pk__in=[])
        found = found.filter(named | everybody)
    return found.filter(required=required) if required else found


def mfa_policy(policy_id: UUID) -> MfaPolicy:
    """One rule. Raises MfaPolicyNotFound."""
    return _one(mfa_policies().filter(id=policy_id))


def mfa_policy_for_update(policy_id: UUID) -> MfaPolicy:
    """The same, locked until the transaction ends."""
    return _one(mfa_policies().select_for_update(of=("self",)).filter(id=policy_id))


def applies_to(policy: MfaPolicy) -> str:
    """Whom a rule is for: `everybody`, `role:admin`, `team:finance` or `person:ada@acme.example`."""
    if policy.role is not None:
        return f"role:{policy.role.name}"
    if policy.team is not None:
        return f"team:{policy.team.name}"
    return "everybody" if policy.user is None else f"person:{policy.user.email}"


def _one(found: QuerySet[MfaPolicy]) -> MfaPolicy:
    row = found.first()
    if row is None:
        raise MfaPolicyNotFound("Look it up in the list of rules about second factors.")
    return row
