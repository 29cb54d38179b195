"""Writing the rules about who needs which second factor."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import actions as audit
from identity import events, factors, inputs, queries, step_up
from identity.factors import policy as rules
from identity.models import MfaPolicy, Role, Team, User
from identity.permissions import Permission
from identity.problems import MfaPolicyLocksOut, MfaPolicyTaken
from kernel import problems, tenancy
from kernel.actors import Actor

DAYS_MAX = 90
LIST_MAX = 50


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule asks for; `None` leaves a term as it is, or as it begins: off, everything allowed, no grace, no trusted browsers."""

    required: str | None = None
    allowed_factors: Sequence[str] | None = None
    allowed_aaguids: Sequence[str] | None = None
    grace_days: int | None = None
    remember_days: int | None = None
    trusted_amr: Sequence[str] | None = None


@tenancy.atomic
def create_mfa_policy(terms: Terms, *, role: str = "", team: str = "", person: str = "", actor: Actor) -> MfaPolicy:
    """Say who needs which second factor: whoever has a role, is in a team, one person (by address), or, when none is named, everybody.

    Raises Forbidden, InputInvalid, StepUpNeeded, MfaPolicyTaken, MfaPolicyLocksOut.
    """
    actor.require(Permission.WRITE_SECURITY)
    wanted = _read(terms)
    scope = _scope(role=role, team=team, person=person)
    step_up.require_recent(actor)
    policy = MfaPolicy(role=scope[0], team=scope[1], user=scope[2], **wanted)
    try:
        with transaction.atomic(using=tenancy.current_alias()):
            policy.save()
    except IntegrityError as fault:
        raise MfaPolicyTaken("Change the rule that is there.") from fault
    _require_author_inside(actor)
    audit.record(
        events.MfaPolicyCreated(
            subject=policy.public_id, applies_to=_recorded(policy), required=policy.required, allowed_factors=policy.allowed_factors,
            allowed_aaguids=policy.allowed_aaguids, grace_days=policy.grace_days, remember_days=policy.remember_days,
            trusted_amr=policy.trusted_amr,
        ),
        actor=actor,
    )  # fmt: skip
    return policy


@tenancy.atomic
def change_mfa_policy(policy_id: UUID, *, terms: Terms, expected_version: int | None = None, actor: Actor) -> MfaPolicy:
    """Let a rule ask for something else; whom it is for stays. Idempotent: what is so already is not recorded.

    Raises Forbidden, InputInvalid, MfaPolicyNotFound, PreconditionFailed, StepUpNeeded, MfaPolicyLocksOut.
    """
    actor.require(Permission.WRITE_SECURITY)
    wanted = _read(terms)
    policy = queries.mfa_policy_for_update(policy_id)
    problems.require_version(policy, expected=expected_version)
    step_up.require_recent(actor)
    old = {name: getattr(policy, name) for name in wanted}
    if old == wanted:
        return policy
    before = _told(policy)
    for name, value in wanted.items():
        setattr(policy, name, value)
    policy.version += 1
    policy.save()
    _require_author_inside(actor)
    after = _told(policy)
    event = events.MfaPolicyChanged(
        subject=policy.public_id,
        applies_to=_recorded(policy),
        **{f"old_{name}": value for name, value in before.items()},
        **{f"new_{name}": value for name, value in after.items()},
    )
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def delete_mfa_policy(policy_id: UUID, *, expected_version: int | None = None, actor: Actor) -> None:
    """Take a rule away; the others still count. Raises Forbidden, MfaPolicyNotFound, PreconditionFailed, StepUpNeeded."""
    actor.require(Permission.WRITE_SECURITY)
    policy = queries.mfa_policy_for_update(policy_id)
    problems.require_version(policy, expected=expected_version)
    step_up.require_recent(actor)
    event = events.MfaPolicyDeleted(subject=policy.public_id, applies_to=_recorded(policy), required=policy.required)
    MfaPolicy.objects.filter(id=policy.id).delete()
    audit.record(event, actor=actor)


def _recorded(policy: MfaPolicy) -> str:
    """Whom a rule is for, as the trail names them: a person by their id, for an address is personal and ids are not."""
    return queries.applies_to(policy) if policy.user is None else f"person:{policy.user.public_id}"


def _told(policy: MfaPolicy) -> dict[str, Any]:
    names = ("required", "allowed_factors", "allowed_aaguids", "grace_days", "remember_days", "trusted_amr")
    return {name: getattr(policy, name) for name in names}


def _read(terms: Terms) -> dict[str, object]:
    """The terms that were given, checked. Raises InputInvalid."""
    given = {field.name: getattr(terms, field.name) for field in fields(terms) if getattr(terms, field.name) is not None}
    if given.get("required", rules.OFF) not in rules.LEVELS:
        raise inputs.refuse("/required", code="choice", detail=f"Say one of: {', '.join(rules.LEVELS)}.")
    for name in ("grace_days", "remember_days"):
        if not 0 <= given.get(name, 0) <= DAYS_MAX:
            raise inputs.refuse(f"/{name}", code="out_of_range", detail=f"Give 0 to {DAYS_MAX} days.")
    if "allowed_factors" in given:
        given["allowed_factors"] = _kinds(given["allowed_factors"])
    if "allowed_aaguids" in given:
        given["allowed_aaguids"] = _aaguids(given["allowed_aaguids"])
    if "trusted_amr" in given:
        given["trusted_amr"] = _amr(given["trusted_amr"])
    return given


def _kinds(wanted: Sequence[str]) -> list[str]:
    """Kinds in their order; recovery codes alone, or messages that nobody sends here, would shut out whoever has none."""
    if any(kind not in factors.KINDS for kind in wanted):
        raise inputs.refuse("/allowed_factors", code="choice", detail=f"Name some of: {', '.join(factors.KINDS)}; none for all.")
    can_be_added = [kind for kind in factors.KINDS if kind in rules.addable()]
    if wanted and not set(wanted) & set(can_be_added):
        detail = f"Name one that people can add here: {', '.join(can_be_added)}."
        raise inputs.refuse("/allowed_factors", code="none_to_add", detail=detail)
    return [kind for kind in factors.KINDS if kind in wanted]


def _aaguids(wanted: Sequence[str]) -> list[str]:
    try:
        found = sorted({str(UUID(text)) for text in wanted})
    except ValueError as fault:
        detail = "A model of authenticator is named by its AAGUID, e.g. cb69481e-8ff7-4039-93ec-0a2729a154a8."
        raise inputs.refuse("/allowed_aaguids", code="aaguid", detail=detail) from fault
    if len(found) > LIST_MAX:
        raise inputs.refuse("/allowed_aaguids", code="too_many", detail=f"Name at most {LIST_MAX}.")
    return found


def _amr(wanted: Sequence[str]) -> list[str]:
    found = sorted(set(wanted))
    if len(found) > LIST_MAX or any(not one or len(one) > 100 or not one.isprintable() for one in found):
        raise inputs.refuse("/trusted_amr", code="invalid", detail=f"Name at most {LIST_MAX} proofs of up to 100 signs.")
    return found


def _scope(*, role: str, team: str, person: str) -> tuple[Role | None, Team | None, User | None]:
    """Whom a rule is for. Raises InputInvalid."""
    if sum(map(bool, (role, team, person))) > 1:
        raise inputs.refuse(
            "/role", code="one_scope", detail="Name a role, a team or a person, not several; nothing is for everybody."
        )
    found_role = Role.objects.filter(name=role).first() if role else None
    found_team = Team.objects.filter(name=team).first() if team else None
    found_person = User.objects.filter(email=inputs.email(person)).first() if person else None
    for name, given, found in (("role", role, found_role), ("team", team, found_team), ("person", person, found_person)):
        if given and found is None:
            raise inputs.refuse(f"/{name}", code="unknown", detail=f"There is no such {name} here.")
    return found_role, found_team, found_person


def _require_author_inside(actor: Actor) -> None:
    """Refuse a rule that asks of its author what they do not have: they could not come back to correct it. Raises MfaPolicyLocksOut."""
    author = queries.person_of(actor)
    if author is None:
        return
    asked = rules.requirement(author)
    if asked.is_required and not asked.is_graceful and not rules.usable(author, asked):
        raise MfaPolicyLocksOut(
            "Add such a factor to your own account first, or give some days of grace.",
            required=asked.level,
            allowed=[kind for kind in factors.KINDS if kind in asked.allowed],
        )
