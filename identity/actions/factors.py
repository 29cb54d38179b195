"""Writing second factors: renaming and removing them, recovery codes, trusted browsers."""

from uuid import UUID

from audit import actions as audit
from identity import access, events, factors, inputs, lifecycle, notices, queries, reach, sessions, step_up
from identity.factors import FactorShown, policy, recovery, shown, trusted
from identity.models import User
from identity.notices import Notice
from identity.permissions import Permission
from identity.problems import DeviceNotTrusted, FactorNeeded, FactorNeedsPerson, FactorNotFound, TrustedDeviceNotFound
from kernel import tenancy
from kernel.actors import Actor, ActorKind


@tenancy.atomic
def rename_factor(factor_id: UUID, *, name: str, actor: Actor) -> FactorShown:
    """Give one of one's own factors another name. Idempotent. Raises FactorNotFound, FactorNeedsPerson, InputInvalid."""
    called = inputs.factor_name(name)
    person = _own(actor)
    device = _device(person, factor_id)
    _require_person(actor)
    old = device.name
    if called != old:
        device.name = called
        device.save(update_fields=["name"])
        event = events.FactorRenamed(
            subject=person.public_id, subject_label=person.email, factor=device.public_id, old_name=old, new_name=called
        )
        audit.record(event, actor=actor)
    return shown.shown(device)


@tenancy.atomic
def remove_factor(factor_id: UUID, *, actor: Actor) -> None:
    """Take one of one's own factors away; browsers that were trusted are not any more.

    Raises FactorNotFound, FactorNeedsPerson, StepUpNeeded, FactorNeeded when the rules ask for a factor and none would be left.
    """
    person = _own(actor)
    device = _device(person, factor_id)
    _require_person(actor)
    step_up.require_recent(actor)
    _take_away(person, device)
    asked = policy.requirement(person)
    left = policy.usable(person, asked) & frozenset(factors.ENROLLED)
    is_sms_alone = left == {factors.SMS} and not policy.takes_sms_alone(person)
    if (asked.is_required and not left) or is_sms_alone:
        raise FactorNeeded("Add another factor first, then remove this one.", required=asked.level)
    _record_removed(person, device, reason="", actor=actor)
    notices.announce(person, Notice.FACTOR_REMOVED, about=shown.kind_of(device))


@tenancy.atomic
def remove_factor_of(person_id: UUID, *, factor_id: UUID, reason: str, actor: Actor) -> None:
    """Take a factor from somebody else, e.g. a telephone that is lost; what the rules ask of them they set up anew at their next sign-in.

    Raises Forbidden, InputInvalid, PersonNotFound, FactorNotFound, BeyondOwnGrants, StepUpNeeded.
    """
    actor.require(Permission.WRITE_FACTORS)
    why = inputs.reason(reason)
    person = queries.person_for_update(person_id)
    device = _device(person, factor_id)
    reach.require_within(actor, access.grants_of(person))
    step_up.require_recent(actor)
    _take_away(person, device)
    _record_removed(person, device, reason=why, actor=actor)
    notices.announce(person, Notice.FACTOR_TAKEN, about=shown.kind_of(device))


@tenancy.atomic
def remove_factors_of(person_id: UUID, *, reason: str, actor: Actor) -> int:
    """Take everything from somebody who lost it all: factors, recovery codes and trusted browsers; their sessions end. The number of factors.

    Raises Forbidden, InputInvalid, PersonNotFound, BeyondOwnGrants, StepUpNeeded.
    """
    actor.require(Permission.WRITE_FACTORS)
    why = inputs.reason(reason)
    person = queries.person_for_update(person_id)
    reach.require_within(actor, access.grants_of(person))
    step_up.require_recent(actor)
    devices = shown.devices(person)
    kinds = [shown.kind_of(device) for device in devices]
    for device in devices:
        device.delete()
    codes, browsers = recovery.drop(person), trusted.revoke_all(person)
    ended = lifecycle.end_sessions(person, reason="factors_removed")
    event = events.FactorsRemoved(
        subject=person.public_id, subject_label=person.email, kinds=kinds, recovery_codes=codes, devices=browsers, sessions_ended=ended, reason=why
    )  # fmt: skip
    audit.record(event, actor=actor)
    notices.announce(person, Notice.FACTORS_TAKEN)
    return len(devices)


@tenancy.atomic
def make_recovery_codes(*, actor: Actor) -> list[str]:
    """Ten codes for oneself, shown this once; those before end. Raises FactorNeedsPerson, StepUpNeeded, FactorNeeded without any factor."""
    person = queries.person_for_update(_own(actor).id)
    _require_person(actor)
    step_up.require_recent(actor)
    if not factors.of(person):
        raise FactorNeeded("Add a passkey or an authenticator app first; the codes stand in for it.")
    codes = recovery.renew(person)
    event = events.RecoveryCodesMade(subject=person.public_id, subject_label=person.email, codes=len(codes))
    audit.record(event, actor=actor)
    notices.announce(person, Notice.RECOVERY_CODES_MADE)
    return codes


@tenancy.atomic
def trust_device(*, actor: Actor) -> str:
    """Let the browser of this request pass without a second factor for as long as the rules say; the token for its cookie, shown this once.

    Raises FactorNeedsPerson, DeviceNotTrusted where the rules do not allow it, StepUpNeeded when no factor was shown a moment ago.
    """
    person = queries.person_for_update(_own(actor).id)
    _require_person(actor)
    asked = policy.requirement(person)
    if asked.remember_days == 0 or not factors.of(person):
        raise DeviceNotTrusted("Show a second factor at each sign-in: the rules of this tenant ask for it.")
    step_up.require_recent(actor)
    session = step_up.session_of(actor)
    device, token = trusted.trust(person, days=asked.remember_days, amr=session.amr if session else (), models=asked.aaguids)
    event = events.DeviceTrusted(
        subject=person.public_id, subject_label=person.email, device=device.public_id, days=asked.remember_days
    )
    audit.record(event, actor=actor)
    return token


@tenancy.atomic
def revoke_trusted_device(device_id: UUID, *, actor: Actor) -> None:
    """Trust a browser no more: one's own, or anybody's with the permission. Raises TrustedDeviceNotFound, Forbidden, BeyondOwnGrants."""
    device = queries.trusted_device_for_update(device_id)
    if actor.id != device.user.public_id:
        if not actor.may(Permission.WRITE_FACTORS):
            raise TrustedDeviceNotFound("Look it up in the list of trusted browsers.")
        reach.require_within(actor, access.grants_of(device.user))
    trusted.revoke(device)
    event = events.DeviceUntrusted(subject=device.user.public_id, subject_label=device.user.email, device=device.public_id)
    audit.record(event, actor=actor)


def _own(actor: Actor) -> User:
    return queries.own_person(actor)


def _require_person(actor: Actor) -> None:
    """A key acts for its owner, but a key that leaked must not change what the owner signs in with. Raises FactorNeedsPerson."""
    if actor.kind is not ActorKind.PERSON:
        raise FactorNeedsPerson("Sign in to the console and do it there; an API key cannot.")


def _device(person: User, factor_id: UUID) -> shown.Device:
    device = shown.device_of(person, factor_id)
    if device is None:
        raise FactorNotFound("Look it up in the list of factors: this person has no such factor.")
    return device


def _take_away(person: User, device: shown.Device) -> None:
    """Delete a factor, and what only stood beside it."""
    shown.MODELS[shown.kind_of(device)].objects.filter(id=device.id).delete()
    trusted.revoke_all(person)
    if not factors.of(person):
        recovery.drop(person)
    sessions.rotate_later(person.id)


def _record_removed(person: User, device: shown.Device, *, reason: str, actor: Actor) -> None:
    event = events.FactorRemoved(
        subject=person.public_id, subject_label=person.email, factor=device.public_id, kind=shown.kind_of(device), reason=reason
    )
    audit.record(event, actor=actor)
