"""Writing policies: drafts, putting them into force and out of it. Only checked texts are stored, and nobody locks themselves out."""

from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError

from audit import actions as audit
from identity import events, inputs, queries, step_up
from identity.access import checking, lockout
from identity.models import Policy, PolicyState, SecuritySettings
from identity.permissions import Permission
from identity.problems import PolicyFaulty, PolicyTaken, TooManyPolicies
from kernel import clock, problems, tenancy
from kernel.actors import Actor


@tenancy.atomic
def create_policy(name: str, *, text: str, description: str = "", actor: Actor) -> Policy:
    """Write a policy, which does not count before it is enabled.

    Raises Forbidden, StepUpNeeded, InputInvalid, PolicyFaulty, TooManyPolicies, PolicyTaken.
    """
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    slug, purpose, written = inputs.role_name(name), inputs.description(description), _checked(text)
    lockout.lock()
    if Policy.objects.count() >= queries.POLICIES_MAX:
        raise TooManyPolicies("Delete policies that are not needed any more.", maximum=queries.POLICIES_MAX)
    policy = _create(Policy(name=slug, description=purpose, text=written))
    event = events.PolicyCreated(subject=policy.public_id, subject_label=policy.name, policy=policy.name, text=policy.text)
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def change_policy(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    text: str | None = None,
    description: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Policy:
    """Give a policy another text or description; None leaves as it is. One that is in force counts with its new text from the next request on.

    Idempotent: what is so already is not recorded. Raises Forbidden, StepUpNeeded, InputInvalid, PolicyFaulty, NotFound, PreconditionFailed,
    PolicyLocksOut.
    """
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    purpose = None if description is None else inputs.description(description)
    written = None if text is None else _checked(text)
    policy = _locked(id, expected_version=expected_version)
    before = (policy.text, policy.description)
    policy.text = policy.text if written is None else written
    policy.description = policy.description if purpose is None else purpose
    if before == (policy.text, policy.description):
        return policy
    _save(policy)
    if policy.state == PolicyState.ACTIVE:
        lockout.require_way_back(actor)
    event = events.PolicyChanged(
        subject=policy.public_id,
        subject_label=policy.name,
        policy=policy.name,
        state=policy.state,
        old_text=before[0],
        new_text=policy.text,
    )
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def enable_policy(id: UUID, *, expected_version: int | None = None, actor: Actor) -> Policy:  # noqa: A002
    """Put a policy into force, from the next request on.

    Idempotent: one in force stays as it is. Raises Forbidden, StepUpNeeded, NotFound, PreconditionFailed, PolicyFaulty, PolicyLocksOut.
    """
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    policy = _locked(id, expected_version=expected_version)
    if policy.state == PolicyState.ACTIVE:
        return policy
    _checked(policy.text)
    policy.state = PolicyState.ACTIVE
    _save(policy)
    lockout.require_way_back(actor)
    event = events.PolicyEnabled(subject=policy.public_id, subject_label=policy.name, policy=policy.name, text=policy.text)
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def disable_policy(id: UUID, *, expected_version: int | None = None, actor: Actor) -> Policy:  # noqa: A002
    """Take a policy out of force, from the next request on.

    Idempotent: one that is not in force stays as it is. Raises Forbidden, StepUpNeeded, NotFound, PreconditionFailed.
    """
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    policy = _locked(id, expected_version=expected_version)
    if policy.state != PolicyState.ACTIVE:
        return policy
    policy.state = PolicyState.DISABLED
    _save(policy)
    audit.record(events.PolicyDisabled(subject=policy.public_id, subject_label=policy.name, policy=policy.name), actor=actor)
    return policy


@tenancy.atomic
def delete_policy(id: UUID, *, expected_version: int | None = None, actor: Actor) -> Policy:  # noqa: A002
    """Delete a policy, in force or not; its last text stays in the trail. Raises Forbidden, StepUpNeeded, NotFound, PreconditionFailed."""
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    policy = _locked(id, expected_version=expected_version)
    event = events.PolicyDeleted(
        subject=policy.public_id, subject_label=policy.name, policy=policy.name, state=policy.state, text=policy.text
    )
    policy.delete()
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def set_policy_timezone(timezone: str, *, actor: Actor) -> str:
    """Choose the time zone by which policies read hours and days, e.g. `Europe/Berlin`.

    Idempotent: the zone that is chosen already is not recorded. Raises Forbidden, StepUpNeeded, InputInvalid, PolicyLocksOut.
    """
    actor.require(Permission.WRITE_POLICIES)
    step_up.require_recent(actor)
    if timezone not in {queries.POLICY_ZONE_DEFAULT, *available_timezones()}:
        raise inputs.refuse("/timezone", code="timezone", detail="Name a zone of the IANA database, e.g. Europe/Berlin or UTC.")
    lockout.lock()
    settings, _ = SecuritySettings.objects.select_for_update().get_or_create(id=1)
    old = settings.timezone or queries.POLICY_ZONE_DEFAULT
    if old == timezone:
        return timezone
    settings.timezone, settings.changed_at = timezone, clock.now()
    settings.version += 1
    settings.save(update_fields=["timezone", "version", "changed_at"])
    lockout.require_way_back(actor)
    here = tenancy.current()
    event = events.PolicyClockSet(subject=here.slug, subject_label=here.name, old_timezone=old, new_timezone=timezone)
    audit.record(event, actor=actor)
    return timezone


def _checked(text: str) -> str:
    """The text as it is stored, lines ended as everywhere. Raises PolicyFaulty."""
    written = text.replace("\r\n", "\n").strip() + "\n"
    found = checking.faults(written)
    if found:
        faults = [
            {"pointer": "/text", "code": fault.code, "detail": fault.detail, "line": fault.line, "column": fault.column}
            for fault in found
        ]
        raise PolicyFaulty("Correct the text where `errors` says, and send it again.", errors=faults)
    return written


def _locked(id: UUID, *, expected_version: int | None) -> Policy:  # noqa: A002
    lockout.lock()
    policy = queries.policy_for_update(id)
    problems.require_version(policy, expected=expected_version)
    return policy


def _save(policy: Policy) -> None:
    policy.version += 1
    policy.changed_at = clock.now()
    policy.save(update_fields=["text", "description", "state", "version", "changed_at"])


def _create(policy: Policy) -> Policy:
    try:
        with tenancy.atomic():
            policy.save(force_insert=True)
    except IntegrityError as fault:
        raise PolicyTaken("Take another name, or change the policy that has it.", name=policy.name) from fault
    return policy
