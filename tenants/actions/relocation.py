"""Moving a tenant, step by step, by whichever worker holds the operation. Every step may run again.

Up to the change in the registry the tenant lives in the old cell and everything can be undone; from there on it lives in the new one and
nothing is undone. Whoever takes over looks at the registry to see on which side it is.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog
from django.db import transaction

from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tenancy import TenantRef
from operations.models import Operation
from operations.problems import OperationCancelled
from tenants import operators, provisioning, queries
from tenants.actions import working
from tenants.actions.moving import fail_move, freeze_tenant, leave_behind, relocate_tenant, thaw_tenant
from tenants.models import Leftover, TenantState
from tenants.moves import ability, comparing, copying, leaving, sequences, servers, walls
from tenants.moves.servers import Connection
from tenants.permissions import Permission
from tenants.places import quietly
from tenants.problems import MoveDiffers, MoveHeldUp, MoveImpossible

log = structlog.get_logger(__name__)

HEARD_S = 0.03
"""Between the news that the tenant moves and the wall: requests that have passed the gate end by themselves, and few run into it."""

WRITERS_S = 0.2
"""How long running transactions may take to end. With the rest of the change it stays below half a second."""

REACHED_S = 0.2
"""How long the last changes may take to arrive; usually some milliseconds."""

POLL_S = 0.002
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""Between attempts to change over, while a long transaction goes on."""

"""What taking things down may meet where a server is away; the sweep goes on with it."""


def carry_out_move(operation_id: UUID, *, actor: Actor) -> None:
    """Work on the move of a tenant until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    working.work(operation_id, job=_Move.of, actor=actor)


@dataclass(slots=True)
class _Move(working.Job):
    """One attempt at one move; `ref` stands in the old cell."""

    ref: TenantRef
    to_cell: str
    pictures: list[comparing.Picture] = field(default_factory=list)
    result: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Move":
        given = operation.arguments
        ref = replace(queries.tenant(UUID(given["tenant_id"])).ref(), cell=given["from_cell"])
        made = cls(operation=operation, actor=actor, platform=platform, ref=ref, to_cell=given["to_cell"])
        if operation.step and not made.has_arrived() and not made.is_following():
            operation.step = 0  # an earlier attempt gave up and took everything down
        return made

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody migrates, restores or moves this tenant meanwhile. A move that somebody cancelled is undone by the one who works on it."""
        with provisioning.alone(self.ref):
            try:
                yield
            except OperationCancelled as stopped:
                if stopped.fields.get("state") == "cancelled":
                    self._undo("Somebody cancelled it.")
                raise
            finally:
                for picture in self.pictures:
                    picture.close()

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `moving.STEPS` names them."""
        return (self._check, self._make, self._copy, self._catch_up, self._change_over, self._compare, self._clean_up)

    def end(self) -> working.Ending:
        """Where the tenant lives now, how long it stood still, and what was compared; the last two as far as this worker saw them."""
        return working.Ending(result={"tenant": self.operation.subject, "cell": self.to_cell, **self.result})

    def give_up(self, problem: Problem) -> None:
        """Before the change the tenant serves on in the old cell, and nothing of the move is left; after it, it serves in the new one."""
        with provisioning.alone(self.ref):
            if self.has_arrived():
                self._attempt("stop following", self._stop_following)
            else:
                self._undo(problem.detail)

    def has_arrived(self) -> bool:
        """Whether the tenant lives in the new cell."""
        return queries.tenant(self.ref.id).cell_id == self.to_cell

    def is_following(self) -> bool:
        """Whether the new place follows the old one."""
        with servers.opened(self.to_cell) as target:
            return copying.is_subscribed(target, self.ref)

    def _check(self) -> None:
        hindrances = ability.problems_between(self.ref, target=self.to_cell)
        if hindrances:
            raise MoveImpossible(" ".join(hindrances), hindrances=hindrances)

    def _make(self) -> None:
        with transaction.atomic(using=tenancy.HOME):
            leave_behind(self.to_cell, schema=self.ref.schema, tenant_id=self.ref.id, reason="A move that was not finished")
        with self._both() as (source, target):
            if copying.is_subscribed(target, self.ref):
                return
            if not _was_emptied(target, self.ref.schema):
                provisioning.build_place(replace(self.ref, cell=self.to_cell), on_progress=self.beat)
                copying.empty(target, self.ref.schema)
            copying.cut_alike(source, target, schema=self.ref.schema)
            self._require_alike(source, target)

    def _require_alike(self, source: Connection, target: Connection) -> None:
        """A table, or a partition, that only the old place has would stay behind."""
        differing = sorted(copying.differing_columns(source, target, schema=self.ref.schema))
        if differing:
            raise MoveImpossible(f"The columns of {', '.join(differing)} differ from those of a new place.", hindrances=differing)

    def _copy(self) -> None:
        with self._both() as (source, target):
            copying.publish(source, self.ref, alias=self.ref.cell, on_wait=lambda: self.beat(0, 1, "waiting for open transactions"))
            copying.subscribe(target, self.ref, conninfo=servers.mover_conninfo(self.ref.cell, name=servers.name_of(self.ref.id)))
            copying.wait_for_copy(source, target, ref=self.ref, on_progress=self.beat)

    def _catch_up(self) -> None:
        with self._both() as (source, target):
            copying.wait_for_changes(source, target, ref=self.ref, on_progress=self.beat)

    def _change_over(self) -> None:
        if self.has_arrived():
            return
        with self._both() as (source, target):
            self._require_alike(source, target)
            rows = copying.count_rows(target, self.ref.schema, on_wait=lambda: self.beat(0, 1, "counting"))
            self.pictures = [comparing.Picture(alias, schema=self.ref.schema) for alias in (self.ref.cell, self.to_cell)]
            for pause_s in (*PAUSES_S, 0.0):
                copying.wait_for_changes(source, target, ref=self.ref, on_progress=self.beat)
                if self._has_changed_over(source, target, rows=rows):
                    return
                self._pause(pause_s)
        raise MoveHeldUp(
            "Somebody kept writing in one long transaction, or the new cell did not catch up in time, at each attempt. "
            "The tenant works on where it was. Try again at a quieter hour."
        )

    def _has_changed_over(self, source: Connection, target: Connection, *, rows: int) -> bool:
        """Shut the tenant, carry the last changes over and change the registry; or let it go on where it was, and False."""
        clock = _Laps()
        # Home commits at each step; platform's transaction ends with the block, so that its trail hears of it all after the moment.
        with tenancy.atomic():
            try:
                frozen = freeze_tenant(self.ref.id, to_cell=self.to_cell, actor=self.actor)
                clock.lap("shut")
                was_suspended = frozen.previous_state == TenantState.SUSPENDED
                is_still = self._stand_still(source, target, was_suspended=was_suspended, clock=clock)
                if is_still:
                    relocate_tenant(self.ref.id, cell=self.to_cell, freeze_ms=clock.total_ms, row_count=rows, actor=self.actor)
                    clock.lap("registry")
                    self.result |= {"freeze_ms": clock.total_ms, "freeze_parts_ms": clock.parts_ms, "rows": rows}
            except Exception:
                self._let_go(source, reason="A database refused a step.")
                raise
            if not is_still:
                self._let_go(source, reason="Writers did not end, or the new cell did not catch up, within half a second.")
        return is_still

    def _stand_still(self, source: Connection, target: Connection, *, was_suspended: bool, clock: "_Laps") -> bool:
        """Whether nobody writes any more and the new place has everything; the walls stand then, for readers too."""
        schema = self.ref.schema
        time.sleep(HEARD_S)
        walls.stop_writers(source, schema)
        if was_suspended:
            walls.stop_readers(source, schema)  # the state `moving` would let readers in, whom the state before did not
        clock.lap("walls")
        if not walls.wait_for_writers(source, schema, patience_s=WRITERS_S):
            return False
        clock.lap("writers")
        position, until = copying.position_of(source), time.monotonic() + REACHED_S
        while not copying.has_reached(target, self.ref, position=position):
            if time.monotonic() > until:
                return False
            time.sleep(POLL_S)
        clock.lap("arrival")
        sequences.carry_over(source, target, schema=schema)
        for picture in self.pictures:
            picture.take()
        walls.stop_readers(source, schema)
        clock.lap("sequences")
        return True

    def _let_go(self, source: Connection, *, reason: str) -> None:
        """Take the walls down and let the tenant go on where it was. A change that went through after all is left alone."""
        if self.has_arrived():
            return
        for picture in self.pictures:
            picture.release()
        walls.take_down(source, self.ref.schema)
        thaw_tenant(self.ref.id, reason=reason, actor=self.actor)

    def _pause(self, seconds: float) -> None:
        self.beat(0, 1, "waiting for writers")
        time.sleep(seconds)

    def _compare(self) -> None:
        """Exact with the pictures of the moment of the change. They die with their worker: another one can only tell where rows differ by now."""
        is_exact = bool(self.pictures)
        if not is_exact:
            self.pictures = [comparing.Picture(alias, schema=self.ref.schema) for alias in (self.ref.cell, self.to_cell)]
            for picture in self.pictures:
                picture.take()
        before, after = (picture.digests(on_table=lambda table: self.beat(0, 1, table)) for picture in self.pictures)
        differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        self.result |= {"tables": len(after), "is_compared_at_the_change": is_exact}
        if not is_exact:
            self.result["written_since"] = differing
        elif differing:
            raise MoveDiffers(
                f"These tables differ: {', '.join(differing)}. The old place is kept; look into it before it is dropped.",
                tables=differing,
            )
        else:
            self.result["rows"] = sum(rows for rows, _ in after.values())

    def _clean_up(self) -> None:
        self._stop_following()
        aside = leaving.aside_name(self.ref.schema, mark=ids.show("op", self.operation.id)[-12:])
        with servers.opened(self.ref.cell) as source:
            leaving.put_aside(source, self.ref.schema, name=aside)
        Leftover.objects.filter(cell_id=self.ref.cell, schema=self.ref.schema).update(schema=aside)

    def _stop_following(self) -> None:
        with servers.opened(self.to_cell) as target:
            copying.pause(target, self.ref)
            self._attempt("end the senders", self._end_senders)
            copying.unsubscribe(target, self.ref)
        with servers.opened(self.ref.cell) as source:
            copying.withdraw(source, self.ref)

    def _end_senders(self) -> None:
        with servers.opened(self.ref.cell) as source:
            copying.end_senders(source, self.ref)

    def _undo(self, reason: str) -> None:
        """Take everything down, the part first that the tenant waits for. What a server that is away keeps is left to the sweep."""
        if self.has_arrived():
            return
        self._attempt("take down the walls", self._take_down_walls)
        fail_move(self.ref.id, to_cell=self.to_cell, reason=reason, actor=self.actor)
        self._attempt("stop following", self._stop_following)
        self._attempt("drop the new place", self._drop_new_place)

    def _take_down_walls(self) -> None:
        with servers.opened(self.ref.cell) as source:
            walls.take_down(source, self.ref.schema)

    def _drop_new_place(self) -> None:
        provisioning.drop_place(self.to_cell, self.ref.schema, on_progress=quietly)
        Leftover.objects.filter(cell_id=self.to_cell, schema=self.ref.schema).delete()

    def _attempt(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except servers.FAULTS as fault:
            log.warning("move.not_undone", operation=self.operation.public_id, what=what, why=str(fault))

    @contextmanager
    def _both(self) -> Iterator[tuple[Connection, Connection]]:
        with servers.opened(self.ref.cell) as source, servers.opened(self.to_cell) as target:
            yield source, target


class _Laps:
    """How long the parts of the moment of the change take, in milliseconds."""

    def __init__(self) -> None:
        self._began = self._lapped = time.monotonic()
        self.parts_ms: dict[str, int] = {}

    @property
    def total_ms(self) -> int:
        """Since the beginning."""
        return int((time.monotonic() - self._began) * 1000)

    def lap(self, name: str) -> None:
        """A part is over."""
        now = time.monotonic()
        self.parts_ms[name] = int((now - self._lapped) * 1000)
        self._lapped = now


def _was_emptied(target: Connection, schema: str) -> bool:
    """Whether an earlier attempt made the place and emptied it; not even the migrations are noted in it then."""
    if "django_migrations" not in copying.tables_of(target, schema):
        return False
    return not copying.count_rows(target, schema, on_wait=lambda: None)
