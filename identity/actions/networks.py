"""Writing network rules: allow, take back, clear."""

from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import events, inputs, key_inputs, queries, step_up
from identity.actions.way_in import way_in_kept
from identity.models import IpRule, Role
from identity.permissions import Permission
from identity.problems import NetworkTaken, TooManyNetworks
from kernel import tenancy
from kernel.actors import Actor


@tenancy.atomic
def add_network(cidr: str, *, role_id: UUID | None = None, note: str = "", actor: Actor) -> IpRule:
    """Allow a network to the whole tenant, or to those who have a role. From the first of a list on, all others are refused.

    Raises Forbidden, InputInvalid, NetworkTaken, NotFound, StepUpNeeded, TooManyNetworks, and WouldLockOut when the caller could not go on from
    where they are.
    """
    actor.require(Permission.WRITE_SECURITY)
    step_up.require_recent(actor)
    block, why = key_inputs.network(cidr), inputs.note(note)
    role = None if role_id is None else queries.role_for_update(role_id)
    if IpRule.objects.filter(role=role).count() >= key_inputs.NETWORKS_MAX:
        raise TooManyNetworks("Take networks out that are not used, or write several as one block.", limit=key_inputs.NETWORKS_MAX)
    with way_in_kept(actor):
        rule = _create(block, role=role, note=why)
    label = "" if role is None else role.name
    audit.record(events.NetworkAdded(subject=rule.public_id, subject_label=block, cidr=block, role=label, note=why), actor=actor)
    return rule


@tenancy.atomic
def remove_network(id: UUID, *, actor: Actor) -> IpRule:  # noqa: A002  (the word of the URL and of the API)
    """Allow a network no longer; a list without networks asks nothing.

    Raises Forbidden, NotFound, StepUpNeeded, and WouldLockOut when the caller could not go on from where they are.
    """
    actor.require(Permission.WRITE_SECURITY)
    step_up.require_recent(actor)
    rule = queries.network_for_update(id)
    subject, label = rule.public_id, "" if rule.role is None else rule.role.name
    with way_in_kept(actor):
        rule.delete()
    audit.record(events.NetworkRemoved(subject=subject, subject_label=rule.cidr, cidr=rule.cidr, role=label), actor=actor)
    return rule


@tenancy.atomic
def clear_networks(*, reason: str, actor: Actor) -> int:
    """Remove every rule of the tenant, so that people can come in again from anywhere; the number of rules. The networks of keys stay.

    Recorded also where there is no rule: that somebody reached for it is worth knowing. Raises Forbidden, InputInvalid, StepUpNeeded.
    """
    actor.require(Permission.WRITE_SECURITY)
    step_up.require_recent(actor)
    why = inputs.reason(reason)
    removed, _ = IpRule.objects.all().delete()
    here = tenancy.current()
    audit.record(events.NetworksCleared(subject=here.slug, subject_label=here.name, reason=why, removed=removed), actor=actor)
    return removed


def _create(block: str, *, role: Role | None, note: str) -> IpRule:
    try:
        with tenancy.atomic():
            return IpRule.objects.create(cidr=block, role=role, note=note)
    except IntegrityError as fault:
        raise NetworkTaken("It is in the list: there is nothing to do.", cidr=block) from fault
