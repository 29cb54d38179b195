"""Sealing again while the tenant goes to another cell: whichever of the two is first, everything opens afterwards, and the rotation goes on there."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections

from audit.models import PersonKey
from identity import actions, documents, queries
from identity.actions import rotating
from identity.data_keys import resealing, store
from identity.models import DataKey
from kernel import clock, sealing, tenancy
from kernel.problems import Problem
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from operations.models import Operation
from tests import makers
from tests.listeners import wait_until
from tests.tenants import moving

pytestmark = pytest.mark.committed
PERSONS = 1_200
ACTOR = makers.OPERATOR


@pytest.fixture
def traveller(second_cell: str) -> Iterator[TenantRef]:
    """A tenant in the first cell with many sealed values, while there is a second."""
    ref = moving.make_traveller()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        PersonKey.objects.bulk_create(_sealed(f"tst_{number:05}") for number in range(PERSONS))
    yield ref
    store.forget_all()
    moving.remove(ref)


def _sealed(ref: str) -> PersonKey:
    return PersonKey(ref=ref, sealed=sealing.seal(ref.encode(), context=f"audit.person:{ref}"))


def _unopened(ref: TenantRef, *, prefix: str) -> dict[str, str]:
    """What does not open to what was sealed, asked in a process that remembers no key."""
    store.forget_all()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        rows = PersonKey.objects.filter(ref__startswith=prefix)
        opened = {row.ref: sealing.unseal(row.sealed, context=f"audit.person:{row.ref}").decode() for row in rows}
    return {name: text for name, text in opened.items() if name != text}


def _go_on(ref: TenantRef, operation: Operation) -> Operation:
    """What the sweep has done when the lease of the former worker is over."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        Operation.objects.filter(pk=operation.pk).update(heartbeat_at=clock.now() - timedelta(minutes=1))
        actions.work_on_rotation(operation.pk, actor=ACTOR)
        return operations.operation(operation.pk)


def _after(work: Callable[..., Any], then: Callable[[], Any]) -> Callable[..., Any]:
    def both(*given: Any, **named: Any) -> Any:
        found = work(*given, **named)
        then()
        return found

    return both


def _before(work: Callable[..., Any], first: Callable[[], Any]) -> Callable[..., Any]:
    def both(*given: Any, **named: Any) -> Any:
        first()
        return work(*given, **named)

    return both


def _within(
    batches: Callable[[str], Iterator[resealing.Batch]], then: Callable[[], Any]
) -> Callable[[str], Iterator[resealing.Batch]]:
    def all_of_them(key_id: str) -> Iterator[resealing.Batch]:
        for batch in batches(key_id):
            yield batch
            if batch.table == "audit_personkey":
                then()

    return all_of_them


@pytest.mark.parametrize(
    ("where", "name", "around", "done"),
    [
        (rotating, "_replace", _after, "nothing"),
        (rotating, "_reseal", _before, "nothing"),
        (resealing, "in_tenant", _within, "a part"),
        (rotating, "_finish", _before, "all"),
    ],
    ids=["the key is made", "before the first batch", "after a batch", "before the end"],
)
def test_a_rotation_whose_tenant_leaves_goes_on_in_the_new_cell(
    where: Any, name: str, around: Any, done: str, traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> None:
        if moving.fresh(traveller).cell != second_cell:
            moving.move(traveller.id, to=second_cell)

    with tenancy.activate(traveller, purpose=Purpose.OPERATOR):
        operation = actions.begin_rotation(actor=ACTOR)
        with monkeypatch.context() as patched:
            patched.setattr(where, name, around(getattr(where, name), leave))
            actions.work_on_rotation(operation.pk, actor=ACTOR)
    there = moving.fresh(traveller)
    with tenancy.activate(there, purpose=Purpose.OPERATOR):
        left = operations.operation(operation.pk)
        resealed = PersonKey.objects.filter(ref__startswith="tst_", sealed__startswith=f"v2.{left.result['key']}.").count()
    assert (there.cell, left.state) == (second_cell, "running")
    assert {0: "nothing", PERSONS: "all"}.get(resealed, "a part") == done

    ended = _go_on(there, operation)

    assert (ended.state, ended.result["key"], ended.attempts) == ("succeeded", left.result["key"], 2)
    assert _unopened(there, prefix="tst_") == {}
    with tenancy.activate(there, purpose=Purpose.OPERATOR):
        assert (DataKey.objects.count(), documents.of_secrets()["under_other_keys"]) == (2, 0)


class Busy:
    """A tenant at work until `stop`, wherever it lives at that moment: somebody stores secrets, and its key is replaced again and again."""

    def __init__(self, ref: TenantRef) -> None:
        self.ref = ref
        self.stored: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=[work]) for work in (self._store, self._rotate)]

    def start(self) -> None:
        """Begin, and return when the first secret is stored."""
        for thread in self._threads:
            thread.start()
        wait_until(lambda: bool(self.stored))

    def stop(self) -> None:
        """End after what is being done."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                work()
            except (DatabaseError, Problem):  # the cell was left under it
                connections.close_all()
            self._over.wait(0.002)
        connections.close_all()

    def _store(self) -> None:
        name = f"new_{len(self.stored):05}"
        with tenancy.activate(moving.fresh(self.ref), purpose=Purpose.REQUEST):
            _sealed(name).save(force_insert=True)
        self.stored.append(name)

    def _rotate(self) -> None:
        with tenancy.activate(moving.fresh(self.ref), purpose=Purpose.OPERATOR):
            operation = queries.running_rotation() or actions.begin_rotation(actor=ACTOR)
            Operation.objects.filter(pk=operation.pk).update(heartbeat_at=clock.now() - timedelta(minutes=1))
            actions.work_on_rotation(operation.pk, actor=ACTOR)


def test_while_it_rotates_and_moves_at_once_nothing_becomes_unreadable(traveller: TenantRef, second_cell: str) -> None:
    busy = Busy(traveller)
    busy.start()
    try:
        moves = [moving.move(traveller.id, to=cell) for cell in (second_cell, "cell-1")]
    finally:
        busy.stop()

    there = moving.fresh(traveller)
    with tenancy.activate(there, purpose=Purpose.OPERATOR):
        running = queries.running_rotation()
    if running is not None:
        assert _go_on(there, running).state == "succeeded"
    assert ([move.state for move in moves], there.cell) == (["succeeded"] * 2, "cell-1")
    with tenancy.activate(there, purpose=Purpose.OPERATOR):
        assert PersonKey.objects.filter(ref__startswith="new_").count() == len(busy.stored)
        assert Operation.objects.filter(kind=queries.ROTATION_KIND, state="succeeded").exists()
    assert (_unopened(there, prefix="tst_"), _unopened(there, prefix="new_")) == ({}, {})
