"""Reading network rules."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import networks as rules
from identity.models import IpRule, ServiceAccount, User
from identity.problems import NetworkNotFound


def networks(q: str = "", role: str = "", scope: str = "") -> QuerySet[IpRule]:
    """The rules of the tenant with their roles; `q` is part of a network or a note, `role` a role's name, `scope` is tenant or role."""
    found = IpRule.objects.select_related("role")
    if q:
        found = found.filter(Q(cidr__icontains=q) | Q(note__icontains=q))
    if role:
        found = found.filter(role__name=role)
    return found.filter(role__isnull=scope == "tenant") if scope else found


def network(id: UUID) -> IpRule:  # noqa: A002
    """One rule with its role. Raises NetworkNotFound."""
    return _one_rule(networks().filter(id=id))


def network_for_update(id: UUID) -> IpRule:  # noqa: A002
    """One rule, locked until the transaction ends. Raises NetworkNotFound."""
    return _one_rule(networks().select_for_update(of=("self",)).filter(id=id))


def may_come_from(holder: User | ServiceAccount, address: str) -> bool:
    """Whether the rules let a person or a service account come from an address."""
    return rules.is_allowed(holder, address=address)


def _one_rule(found: QuerySet[IpRule]) -> IpRule:
    row = found.first()
    if row is None:
        raise NetworkNotFound("Look it up in the list of networks: there is no such rule here.")
    return row
