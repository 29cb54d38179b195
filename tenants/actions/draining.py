"""Emptying a cell: one tenant after another is moved away, by whichever worker holds the operation."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Conflict, Problem
from kernel.tenancy import TenantRef
from operations import beside
from operations import queries as operations
from operations.models import Operation
from tenants import operators, queries, registration
from tenants.actions import working
from tenants.actions.cells import ANYWHERE
from tenants.actions.moving import move_tenant
from tenants.actions.relocation import carry_out_move
from tenants.models import CellKind, Tenant
from tenants.permissions import Permission
from tenants.problems import NotEmptied
from tenants.states import HOUSED

POLL_S = 1.0
NAMED = 5


def empty_cell(operation_id: UUID, *, actor: Actor) -> None:
    """Work on an operation that moves all tenants out of a cell until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    working.work(operation_id, job=_Emptying.of, actor=actor)


@dataclass(slots=True)
class _Emptying(working.Job):
    """One attempt at one cell. What was moved shows in the registry, so that whoever takes over goes on with the rest."""

    cell: str
    to: str
    moved: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Emptying":
        arguments = operation.arguments
        return cls(operation=operation, actor=actor, platform=platform, cell=arguments["cell"], to=arguments["to"])

    def steps(self) -> Sequence[Callable[[], None]]:
        """One: the tenants, one by one."""
        return (self._move_all,)

    def end(self) -> working.Ending:
        """Who was moved by this attempt, and who stays because a move is nothing for them."""
        staying = [tenant.slug for tenant in _there(self.cell)]
        return working.Ending(result={"cell": self.cell, "moved": len(self.moved), "staying": staying})

    def _move_all(self) -> None:
        tenants = [tenant for tenant in _there(self.cell) if tenant.state in HOUSED and not tenant.is_platform]
        for number, tenant in enumerate(tenants):
            self.beat(number, len(tenants), tenant.slug)
            try:
                self._move(tenant, progress=(number, len(tenants)))
            except Problem as problem:
                self.refused[tenant.slug] = problem.detail
            else:
                self.moved.append(tenant.slug)
        if self.refused:
            raise NotEmptied(_told(self.refused), moved=len(self.moved), refused=self.refused)

    def _move(self, tenant: Tenant, *, progress: tuple[int, int]) -> None:
        """Move one tenant; whoever has claimed the move does it, this process if nobody has."""
        move = move_tenant(tenant.id, cell=self._target(tenant), actor=self.actor)
        helper: threading.Thread | None = None
        while not (move := operations.operation(move.id)).is_over:
            if helper is None or not helper.is_alive():
                helper = beside.start(partial(carry_out_move, move.id, actor=self.actor), name="draining", is_daemon=True)
            self.beat(*progress, tenant.slug)
            time.sleep(POLL_S)
        if helper is not None:
            helper.join()
        if move.state != "succeeded":
            raise Conflict(str((move.problem or {}).get("detail", f"Its move was {move.state}.")))

    def _target(self, tenant: Tenant) -> str:
        if self.to != ANYWHERE:
            return self.to
        kind = CellKind.SHARED.value if tenant.plan is None else tenant.plan.cell_kind
        with transaction.atomic(using=tenancy.HOME):
            return registration.choose_cell(None, residency=tenant.residency, kind=kind).name


def _there(cell: str) -> list[Tenant]:
    placed = Tenant.objects.filter(cell_id=cell).exclude(state__in=queries.PLACELESS)
    return list(placed.select_related("plan").order_by("id"))


def _told(refused: dict[str, str]) -> str:
    first = "; ".join(f"{slug}: {why}" for slug, why in list(refused.items())[:NAMED])
    return f"{len(refused)} could not be moved. {first} Mend it and resume the operation."
