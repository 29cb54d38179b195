"""Giving and taking roles: to people, teams and service accounts, for good or until a moment."""

from datetime import datetime
from uuid import UUID

from audit import actions as audit
from identity import access, events, inputs, lifecycle, queries, reach, sessions
from identity.access import expiring
from identity.access.held import Holder
from identity.actions.way_in import way_in_kept
from identity.models import Role, RoleBinding, ServiceAccount, Team, User
from identity.permissions import Permission
from identity.problems import BindingNotFound
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.clock import rfc3339, rfc3339_or_none

NEEDED: dict[type, Permission] = {
    User: Permission.WRITE_PEOPLE,
    Team: Permission.WRITE_TEAMS,
    ServiceAccount: Permission.WRITE_SERVICE_ACCOUNTS,
}
EXPIRED_AT_ONCE = 500


@tenancy.atomic
def grant_role(holder_id: str, *, role_id: UUID, expires_at: datetime | None = None, actor: Actor) -> RoleBinding:
    """Give somebody (`usr_…`, `tem_…` or `svc_…`) a role, for good or until a moment, which counts to the second; or give it another end.

    Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, StepUpNeeded, InputInvalid, NotFound,
    LastOwner, and WouldLockOut when the role may not be used from where the caller is.
    """
    holder = _locked(holder_id, actor=actor)
    until = _future(expires_at)
    role = queries.role(role_id)
    reach.require_may_exchange(actor, role.permissions)
    present = _present(holder, role=role)
    if present is not None and present.expires_at == until:
        return present
    with lifecycle.owner_kept(), way_in_kept(actor):
        binding = access.bind(holder, role, expires_at=until)
    event = events.RoleGranted(
        subject=role.public_id,
        subject_label=role.label,
        role=role.name,
        holder=holder.public_id,
        old_expires_at="" if present is None else rfc3339_or_none(present.expires_at) or "",
        new_expires_at=rfc3339_or_none(until) or "",
        binding=binding.public_id,
    )
    _note_rights_changed(holder)
    audit.record(event, actor=actor)
    return binding


@tenancy.atomic
def withdraw_role(binding_id: UUID, *, actor: Actor) -> RoleBinding:
    """Take a role from whoever has it by a binding; it does not count from their next request on.

    Raises Forbidden, BeyondOwnGrants, StepUpNeeded, BindingNotFound, LastOwner.
    """
    found = queries.binding(binding_id)
    holder = _locked(access.holder_of(found).public_id, actor=actor)
    binding = RoleBinding.objects.select_for_update(of=("self",)).filter(id=binding_id).first()
    if binding is None:
        raise BindingNotFound("It was withdrawn a moment ago; there is nothing left to do.")
    reach.require_may_exchange(actor, found.role.permissions)
    with lifecycle.owner_kept():
        access.unbind(holder, found.role)
    event = events.RoleWithdrawn(
        subject=found.role.public_id, subject_label=found.role.label, role=found.role.name, holder=holder.public_id
    )
    _note_rights_changed(holder)
    audit.record(event, actor=actor)
    return found


@tenancy.atomic
def tidy_expired_roles(*, actor: Actor) -> int:
    """Remove bindings whose time is over and tell the trail of each; the number, at most 500 at once. They stopped counting by themselves."""
    actor.require(Permission.WRITE_ROLES)
    found = list(expiring.expired()[:EXPIRED_AT_ONCE])
    for binding in found:
        audit.record(expiring.remove(binding), actor=actor)
    return len(found)


def _locked(holder_id: str, *, actor: Actor) -> Holder:
    """Who is given or loses a role, locked; whoever may not change such holders does not learn whether there is this one."""
    kind = queries.holder_kind(holder_id)
    actor.require(NEEDED[kind])
    return queries.holder_for_update(holder_id)


def _future(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= clock.now():
        detail = f"Name a moment after {rfc3339(clock.now())}, or leave it out for good."
        raise inputs.refuse("/expires_at", code="in_the_past", detail=detail)
    return moment


def _present(holder: Holder, *, role: Role) -> RoleBinding | None:
    """The binding that counts now; one that is over counts as none."""
    return RoleBinding.objects.filter(access.living(), **{access.field_of(holder): holder}, role=role).first()


def _note_rights_changed(holder: Holder) -> None:
    """Who read the holder before has an outdated version now; whoever's rights change gets another session token with the next page (ASVS 5.0.0-7.2.4)."""
    holder.version += 1
    holder.save(update_fields=["version"])
    if isinstance(holder, User):
        sessions.rotate_later(holder.id)
    elif isinstance(holder, Team):
        for user_id in holder.members.filter(user__isnull=False).values_list("user_id", flat=True):
            sessions.rotate_later(user_id)
