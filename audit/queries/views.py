"""Reading saved views."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.models import SavedView
from audit.problems import ViewNotFound
from kernel.actors import Actor
from kernel.clock import rfc3339


def views(*, actor: Actor, q: str = "") -> QuerySet[SavedView]:
    """The saved views that somebody may use: their own, and shared ones. `q` searches names."""
    found = SavedView.objects.filter(Q(owner_id=actor.id) | Q(is_shared=True))
    return found.filter(name__icontains=q) if q else found


def view(view_id: UUID, *, actor: Actor) -> SavedView:
    """One of them. Raises ViewNotFound, also for what is somebody else's own."""
    return _found(views(actor=actor).filter(pk=view_id).first())


def view_for_update(view_id: UUID, *, actor: Actor) -> SavedView:
    """The same, its row locked until the transaction ends."""
    return _found(views(actor=actor).select_for_update().filter(pk=view_id).first())


def view_document(view: SavedView, *, actor: Actor) -> dict[str, Any]:
    """One saved view as somebody sees it, the same for every door; `is_mine` when they made it."""
    return {
        "id": view.public_id,
        "name": view.name,
        "filters": view.filters,
        "audience": view.audience,
        "is_mine": view.owner_id == actor.id,
        "created_at": rfc3339(view.created_at),
        "version": view.version,
    }


def _found(view: SavedView | None) -> SavedView:
    if view is None:
        raise ViewNotFound("Look at the list of saved views; one that is not shared belongs to its maker alone.")
    return view
