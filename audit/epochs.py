"""Epochs: a log never becomes shorter under one name.

A cell that failed over to a copy, or was restored, may lack the end of its log. Whoever holds a checkpoint of that end would see two histories
under one name, and nobody could tell which is right. So home remembers what was last signed (`settings.PUBLISHED_HEADS`); before the sealer signs
again it compares, and where the log does not continue what was given out, it signs nothing more under that name: a new epoch begins, with an
origin and a key of its own, and its first entry carries the last checkpoint of the old epoch. Source: "A log MUST not sign any checkpoint which is
inconsistent with any checkpoint it previously signed" (C2SP tlog-checkpoint).
"""

from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string

from audit import tree, turns
from audit.chain import START
from audit.models import Head, SigningKey
from kernel import clock, tenancy


class Published(Protocol):
    """What was last given out of a log: the signed checkpoint, and what it says; `root` has 32 bytes."""

    @property
    def epoch(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes | memoryview: ...
    @property
    def note(self) -> str: ...


class Registry(Protocol):
    """What remembers it outside the cell."""

    def of(self, tenant_id: UUID) -> Published | None:
        """What was last given out of a tenant's log."""

    def publish(self, tenant_id: UUID, *, epoch: int, size: int, root: bytes, note: str) -> bool:
        """Remember a checkpoint, unless a later one is known."""


class HomeAway(Exception):
    """Home does not answer, so nobody knows what was given out: sealing goes on, signing waits."""


def published() -> Published | None:
    """What was last given out of the active tenant's log. Raises HomeAway."""
    try:
        return _registry().of(tenancy.current().id)
    except (OperationalError, InterfaceError) as fault:
        raise HomeAway(str(fault)) from fault


def publish(*, epoch: int, size: int, root: bytes, note: str) -> bool:
    """Remember a checkpoint of the active tenant before it is given out; False when home knows a later one. Raises HomeAway."""
    try:
        return _registry().publish(tenancy.current().id, epoch=epoch, size=size, root=root, note=note)
    except (OperationalError, InterfaceError) as fault:
        raise HomeAway(str(fault)) from fault


def divergence(head: Head, known: Published | None) -> str:
    """Why the log does not continue what was given out, in words; empty when it does.

    A log that is in a later epoch than home knows of has only not signed in it yet.
    """
    if known is None or known.epoch < head.epoch:
        return ""
    if known.epoch > head.epoch:
        return f"epoch {known.epoch} was signed already, and the log is back in epoch {head.epoch}"
    if known.size > head.size:
        return f"{known.size} entries were signed, and the log has {head.size}"
    if tree.root_at(known.size) != bytes(known.root):
        return f"the log of {known.size} entries was signed with another root"
    return ""


def present() -> int:
    """In which epoch the active tenant's log is; 1 before its first entry."""
    return Head.objects.values_list("epoch", flat=True).first() or 1


def begin(*, after: int) -> int:
    """Have the log go on in a new epoch, later than `after`; its number. The caller has entered the tenant to seal, and records why.

    Waits for its turn at the log. The old epoch's keys sign no more; what they signed stays valid.
    """
    turns.take()
    head, _ = Head.objects.select_for_update().get_or_create(pk=1, defaults={"size": 0, "chain": START})
    head.epoch = max(head.epoch, after) + 1
    head.save(update_fields=["epoch"])
    SigningKey.objects.filter(retired_at=None).update(retired_at=clock.now())
    return head.epoch


def _registry() -> Registry:
    found: Registry = import_string(settings.PUBLISHED_HEADS)
    return found
