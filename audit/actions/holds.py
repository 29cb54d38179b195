"""Legal holds: placing them, and lifting them by two people."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from audit import events, holds, queries
from audit.actions.recording import record
from audit.holds import Terms
from audit.models import LegalHold
from audit.permissions import Permission
from audit.problems import HoldIsLifted, LiftAlreadyAsked, LiftNotAsked, SecondPersonNeeded
from audit.retention import periods
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.clock import rfc3339_or_none
from kernel.problems import Invalid, require_version
from kernel.tenancy import Purpose

LENGTHS = {"name": (1, 120), "matter": (0, 80), "reason": (1, 1000)}


@tenancy.atomic
def place_hold(name: str, *, matter: str, reason: str, terms: Mapping[str, Any], actor: Actor) -> LegalHold:
    """Keep what `terms` name, whatever a policy says: `actor`, `subject`, `action` (or a beginning with `*`), `since`, `until`; empty means any.

    Waits for a removal that is under way; what it took before cannot be held any more. Raises Forbidden, Invalid.
    """
    actor.require(Permission.WRITE_HOLDS)
    words = _words(name=name, matter=matter, reason=reason)
    named = queries.hold_terms(terms)
    periods.lock()
    hold = LegalHold.objects.create(
        **words, owner_id=actor.id[:80], owner_label=actor.label[:200], actor_id=named.actor_id, subject=named.subject, action=named.action,
        since=named.since, until=named.until, placed_at=clock.now(),
    )  # fmt: skip
    record(_placed(hold, named=named), actor=actor)
    return hold


@tenancy.atomic
def ask_lift(hold_id: UUID, *, reason: str, expected_version: int | None = None, actor: Actor) -> LegalHold:
    """Ask for the end of a hold; it stands until somebody else confirms. Raises Forbidden, HoldNotFound, PreconditionFailed, HoldIsLifted, LiftAlreadyAsked."""
    actor.require(Permission.WRITE_HOLDS)
    why = _words(reason=reason)["reason"]
    hold = _standing(hold_id, expected_version=expected_version)
    if hold.lift_asked_at is not None:
        raise LiftAlreadyAsked("Have another person confirm or refuse it.", asked_at=rfc3339_or_none(hold.lift_asked_at))
    hold.lift_asked_by, hold.lift_asked_at, hold.lift_reason = _who(actor), clock.now(), why
    _save(hold)
    record(events.HoldLiftAsked(subject=hold.public_id, subject_label=hold.name, reason=why), actor=actor)
    return hold


@tenancy.atomic
def refuse_lift(hold_id: UUID, *, expected_version: int | None = None, actor: Actor) -> LegalHold:
    """Let a hold stand whose end was asked for: whoever asked takes it back, or whoever may lift refuses it.

    Raises Forbidden, HoldNotFound, PreconditionFailed, HoldIsLifted, LiftNotAsked.
    """
    if not actor.may(Permission.LIFT_HOLDS):
        actor.require(Permission.WRITE_HOLDS)
    hold = _standing(hold_id, expected_version=expected_version)
    asked_by = _require_asked(hold)
    if asked_by != _who(actor):
        actor.require(Permission.LIFT_HOLDS)
    hold.lift_asked_by, hold.lift_asked_at, hold.lift_reason = "", None, ""
    _save(hold)
    record(events.HoldLiftRefused(subject=hold.public_id, subject_label=hold.name, asked_by=asked_by), actor=actor)
    return hold


@tenancy.atomic
def lift_hold(hold_id: UUID, *, expected_version: int | None = None, actor: Actor) -> LegalHold:
    """End a hold that somebody else asked the end of; copies of entries that no other hold names are removed.

    Raises Forbidden, HoldNotFound, PreconditionFailed, HoldIsLifted, LiftNotAsked, SecondPersonNeeded.
    """
    actor.require(Permission.LIFT_HOLDS)
    periods.lock()
    hold = _standing(hold_id, expected_version=expected_version)
    asked_by = _require_asked(hold)
    if asked_by == _who(actor):
        raise SecondPersonNeeded(
            "You asked for the end of this hold, so somebody else must confirm it.", permission=str(Permission.LIFT_HOLDS)
        )
    hold.lifted_by, hold.lifted_at = _who(actor), clock.now()
    _save(hold)
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE):
        copies = holds.drop_unheld(holds=holds.standing())
    record(
        events.HoldLifted(
            subject=hold.public_id, subject_label=hold.name, asked_by=asked_by, reason=hold.lift_reason, copies=copies
        ),
        actor=actor,
    )
    return hold


def _words(**given: str) -> dict[str, str]:
    """Texts without needless blanks. Raises Invalid that names those that are missing or too long."""
    words = {name: " ".join(text.split()) for name, text in given.items()}
    faults = []
    for name, text in words.items():
        least, most = LENGTHS[name]
        if not least <= len(text) <= most or not text.isprintable():
            faults.append({"pointer": f"/{name}", "code": "invalid", "detail": f"Give {least} to {most} visible characters."})
    if faults:
        raise Invalid("Correct the fields that `errors` names.", errors=faults)
    return words


def _standing(hold_id: UUID, *, expected_version: int | None) -> LegalHold:
    hold = queries.hold_for_update(hold_id)
    require_version(hold, expected=expected_version)
    if hold.lifted_at is not None:
        raise HoldIsLifted("Nothing is held by it any more; place a new one.", lifted_at=rfc3339_or_none(hold.lifted_at))
    return hold


def _require_asked(hold: LegalHold) -> str:
    if hold.lift_asked_at is None:
        raise LiftNotAsked("Ask for its end first; then another person confirms.")
    return hold.lift_asked_by


def _who(actor: Actor) -> str:
    """The person behind a caller, so that nobody is a second person by a key of their own; else the caller.

    They are looked for where the caller is at home: the keys of an operator, who acts in many tenants, are the platform's.
    """
    here = tenancy.current()
    is_guest = actor.tenant_id not in {None, here.id}
    home = import_string(settings.TENANT_BY_ID)(actor.tenant_id) if is_guest else here
    with tenancy.activate(home, purpose=Purpose.OPERATOR):
        person = import_string(settings.PERSON_BEHIND_ACTOR)(actor)
    return str(actor.id if person is None else person.public_id)[:80]


def _save(hold: LegalHold) -> None:
    hold.version += 1
    hold.save()


def _placed(hold: LegalHold, *, named: Terms) -> events.HoldPlaced:
    trail, copies = holds.number_of(named)
    return events.HoldPlaced(
        subject=hold.public_id, subject_label=hold.name, matter=hold.matter, reason=hold.reason, actor=named.actor_id, about=named.subject,
        action=named.action, since=rfc3339_or_none(named.since) or "", until=rfc3339_or_none(named.until) or "", entries=trail + copies,
    )  # fmt: skip
