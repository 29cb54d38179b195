"""Saved views: kept, changed, removed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from audit import events, queries
from audit.actions.recording import record
from audit.filters import Filters
from audit.models import SavedView
from audit.permissions import Permission
from audit.problems import TooManyViews, ViewNameTaken
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, require_version

NAME_MAXIMUM, MOST = 80, 50
OWN, SHARED = "own", "shared"
AUDIENCES = (OWN, SHARED)


@tenancy.atomic
def save_view(name: str, *, filters: Mapping[str, Any], audience: str = OWN, actor: Actor) -> SavedView:
    """Keep filters under a name, for oneself or for everybody who may read the trail.

    Raises Forbidden, Invalid, TooManyViews, ViewNameTaken.
    """
    _require(actor, audience)
    name, filters = _named(name), Filters.parse(filters).as_dict()
    if SavedView.objects.filter(owner_id=actor.id).count() >= MOST:
        raise TooManyViews("Remove one that you do not need any more.", limit=MOST)
    view = _kept(SavedView(name=name, owner_id=actor.id, is_shared=audience == SHARED, filters=filters))
    record(events.ViewSaved(subject=view.public_id, subject_label=name, audience=audience, filters=filters), actor=actor)
    return view


@tenancy.atomic
def change_view(
    view_id: UUID,
    *,
    actor: Actor,
    name: str | None = None,
    filters: Mapping[str, Any] | None = None,
    audience: str | None = None,
    expected_version: int | None = None,
) -> SavedView:
    """Give a saved view another name, other filters or another audience; what is left out stays. A shared one needs the right to share.

    Idempotent: nothing to change records nothing. Raises Forbidden, Invalid, ViewNotFound, ViewNameTaken, PreconditionFailed.
    """
    actor.require(Permission.READ_ENTRIES)
    label = None if name is None else _named(name)
    wanted = None if filters is None else Filters.parse(filters).as_dict()
    view = queries.view_for_update(view_id, actor=actor)
    before = (view.name, view.filters, view.audience)
    after = (label or view.name, view.filters if wanted is None else wanted, audience or view.audience)
    _require(actor, before[2])
    _require(actor, after[2])
    require_version(view, expected=expected_version)
    if before == after:
        return view
    view.name, view.filters, view.is_shared = after[0], after[1], after[2] == SHARED
    view.version += 1
    _kept(view)
    record(_changed(view, before=before, after=after), actor=actor)
    return view


@tenancy.atomic
def remove_view(view_id: UUID, *, actor: Actor, expected_version: int | None = None) -> None:
    """Remove a saved view; a shared one needs the right to share. Raises Forbidden, ViewNotFound, PreconditionFailed."""
    actor.require(Permission.READ_ENTRIES)
    view = queries.view_for_update(view_id, actor=actor)
    _require(actor, view.audience)
    require_version(view, expected=expected_version)
    removed = events.ViewRemoved(subject=view.public_id, subject_label=view.name, audience=view.audience)
    view.delete()
    record(removed, actor=actor)


def _require(actor: Actor, audience: str) -> None:
    actor.require(Permission.READ_ENTRIES)
    if audience not in AUDIENCES:
        raise Invalid(
            "Correct the audience.", errors=[{"pointer": "/audience", "code": "invalid", "detail": "Take `own` or `shared`."}]
        )
    if audience == SHARED:
        actor.require(Permission.WRITE_VIEWS)


def _named(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_MAXIMUM:
        fault = {"pointer": "/name", "code": "invalid", "detail": f"Give a name of 1 to {NAME_MAXIMUM} characters."}
        raise Invalid("Correct the name.", errors=[fault])
    return name


def _kept(view: SavedView) -> SavedView:
    try:
        with tenancy.atomic():
            view.save()
    except IntegrityError as fault:
        raise ViewNameTaken("Choose another name, or change the view that has it.", name=view.name) from fault
    return view


def _changed(view: SavedView, *, before: tuple[str, Any, str], after: tuple[str, Any, str]) -> events.ViewChanged:
    return events.ViewChanged(
        subject=view.public_id,
        subject_label=view.name,
        old_label=before[0],
        new_label=after[0],
        old_filters=before[1],
        new_filters=after[1],
        old_audience=before[2],
        new_audience=after[2],
    )
