"""Working on a run of the fleet: ring by ring, each member in the transactions of its own script, the ledger kept beside."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.db import Error, transaction

from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Problem, Unavailable
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from operations.models import Operation
from tenants import events, operators, outbox, queries, template
from tenants.actions import working
from tenants.actions.fleet import complete_fleet_run, fail_fleet_run, pause_fleet_run, retake_fleet_run
from tenants.fleet import ledger, planning, states
from tenants.fleet.compiling import Script, compiled
from tenants.fleet.crews import Crew, Stopped
from tenants.fleet.history import Applied
from tenants.fleet.ledger import FOUND, GONE, Outcome
from tenants.fleet.members import Member, members, of_tenant
from tenants.fleet.replaying import Busy, StateChanged, bring
from tenants.fleet.rings import WORDS, Ring, dealt, tolerated
from tenants.models import FleetResult, FleetRun, RunState, Spare, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import FleetRunState, FleetRunStopped

log = structlog.get_logger(__name__)

ROUNDS = 3
MOVING_PAUSE_S = 0.5
MOVING_PAUSES = 20


def migrate_fleet(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a run until it is done, paused, has failed, or is somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.fleet_run(UUID(operations.operation(operation_id).arguments["run_id"]))
    if run.target != template.current_state():
        # A worker of another release: it leaves the operation to those of the release that the run was started for.
        log.info("fleet.not_this_release", run=run.public_id)
        return
    working.work(operation_id, job=_Migrating.of, actor=actor)


def update_roles(*, actor: Actor) -> int:
    """Bring the built-in roles of every tenant to the state of the code; returns in how many they were looked at. Platform is active.

    Idempotent; what changes is recorded in the tenant's own trail. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    refs = [tenant.ref() for tenant in queries.complete_tenants()]
    for ref in refs:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            is_well = people.has_builtin_roles()
        if not is_well:
            _install_roles(ref, actor=actor)
        tenancy.rest()
    return len(refs)


class _Halted(Exception):
    """The run was paused or cancelled meanwhile; its crew stops."""


@dataclass(slots=True)
class _Migrating(working.Job):
    """One attempt at one run."""

    run: FleetRun
    applied: dict[str, Applied] = field(default_factory=dict, repr=False)
    scripts: dict[tuple[str, Applied], Script] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Migrating":
        run = queries.fleet_run(UUID(operation.arguments["run_id"]))
        if run.options["go"] != operation.arguments["go"]:
            raise FleetRunState("The run went on in another operation.", state=run.state)
        if run.operation != operation.public_id:
            FleetRun.objects.filter(id=run.id).update(operation=operation.public_id)
        if run.state == RunState.FAILED:
            run = retake_fleet_run(run.id, actor=actor)
        return cls(operation=operation, actor=actor, platform=platform, run=run)

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `fleet.STEPS` names them."""
        return (
            self._compare,
            self._prepare_spares,
            lambda: self._work_on(Ring.CANARY),
            lambda: self._work_on(Ring.EARLY),
            lambda: self._work_on(Ring.REST),
            self._look_once_more,
        )

    def end(self) -> working.Ending:
        """The run is closed, unless it was stopped on its way."""
        if queries.fleet_counts(self.run.id).waiting:
            # An operation that was resumed after its last step: what had failed waits again.
            self._work_on(Ring.REST)
        run = queries.fleet_run(self.run.id)
        counts = queries.fleet_counts(run.id)
        if run.state == RunState.RUNNING:
            if counts.failed:
                raise self.stopped_by(counts.failed)
            run = complete_fleet_run(run.id, actor=self.actor)
        return working.Ending(
            result={
                "run": run.public_id,
                "state": run.state,
                "done": counts.done,
                "failed": counts.failed,
                "waiting": counts.waiting,
            }
        )

    def give_up(self, problem: Problem) -> None:
        """The run is shown as failed."""
        fail_fleet_run(self.run.id, problem=problem, actor=self.actor)

    def stopped_by(self, failed: int) -> FleetRunStopped:
        """What stops the run after this many failures."""
        return FleetRunStopped(
            f"{failed} could not be migrated and are as they were. Look at the results of the run, mend the cause, and resume it.",
            run=self.run.public_id,
            failed=failed,
        )

    def _compare(self) -> None:
        """Open a row for every schema that is behind, and keep the plan."""
        stand = self._stand()
        options = self.run.options
        plan = planning.plan(stand, canaries=options["canaries"], jobs=options["jobs"])
        self.scripts = dict(plan.scripts)
        self.applied = {member.schema: applied for member, applied in stand.behind.items()}
        ledger.open_rows(self.run, dealt=self._dealt(stand.behind))
        if not self.run.plan:
            FleetRun.objects.filter(id=self.run.id).update(plan=[planned.document() for planned in plan.steps])

    def _prepare_spares(self) -> None:
        """The script for new tenants, so that nobody has to wait for it, and the places that wait for a tenant."""
        if self._halts_before(Ring.SPARES):
            return
        try:
            template.compiled(self.platform.cell, on_progress=self.beat)
        except template.NotCompilable as fault:
            log.warning("template.not_compilable", state=self.run.target, why=str(fault))
        self._work_on(Ring.SPARES)

    def _work_on(self, ring: Ring) -> None:
        """Bring a ring's members to the state of the code, and those left open before it."""
        if self._halts_before(ring):
            return
        rows = ledger.waiting(self.run, ring=ring)
        if not rows:
            return
        present = {member.schema: member for member in members(self.run.options["cells"])}
        unread = [present[row.schema] for row in rows if row.schema in present and row.schema not in self.applied]
        self.applied |= {member.schema: applied for member, applied in states.of(unread).items()}
        shares: dict[str, list[FleetResult]] = {}
        for row in rows:
            shares.setdefault(row.cell, []).append(row)
        crew: Crew[FleetResult, Outcome] = Crew(lambda row: self._performed(row, crew=crew), jobs=self.run.options["jobs"])
        watcher = _Watcher(job=self, ring=ring, rows={row.id: row for row in rows})
        try:
            crew.work(shares, watch=watcher.watch)
        except _Halted:
            log.info("fleet.halted", run=self.run.public_id, ring=ring.word)

    def _look_once_more(self) -> None:
        """Tenants that old code made, or that came back, while the run was on its way."""
        for _ in range(ROUNDS):
            if queries.fleet_run(self.run.id).state != RunState.RUNNING:
                return
            failed = set(queries.fleet_results(self.run.id, state="failed").values_list("cell", "schema"))
            late = {
                member: applied for member, applied in self._stand().behind.items() if (member.cell, member.schema) not in failed
            }
            if not late:
                return
            self.applied = {member.schema: applied for member, applied in late.items()}
            ledger.open_rows(self.run, dealt=self._dealt(late))
            self._work_on(Ring.REST)
        raise Unavailable("Tenants in an older state keep coming. Change the code of every process, then resume.")

    def _halts_before(self, ring: Ring) -> bool:
        """Whether the run does not go as far as this ring; it pauses after the last one that it was asked for, if anybody still waits."""
        run = queries.fleet_run(self.run.id)
        if run.state != RunState.RUNNING:
            return True
        if ring <= WORDS[run.options["until"]]:
            return False
        if not queries.fleet_counts(run.id).waiting:
            return True
        pause_fleet_run(run.id, reason=f"The ring {run.options['until']} is done.", actor=self.actor)
        return True

    def _stand(self) -> planning.Stand:
        stand = planning.stand(self.run.options["cells"])
        if stand.faults:
            names = ", ".join(cell.cell for cell in stand.faults)
            raise Unavailable(f"The cell {names} does not answer. Name the other cells to leave it out, or resume when it is well.")
        return stand

    def _dealt(self, behind: dict[Member, Applied]) -> dict[Member, Ring]:
        return dealt(behind, canaries=self.run.options["canaries"])

    def _performed(self, row: FleetResult, *, crew: Crew[FleetResult, Outcome]) -> Outcome:
        """One member; what goes wrong is told, so that the others go on. Runs in a thread of the crew."""
        watch = _Stopwatch()
        way, attempts, error = "", 0, ""
        try:
            way, attempts = self._brought(row, pause=crew.pause, watch=watch)
        except Stopped:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the ledger must say so
            error = _told(fault)
            log.warning("fleet.member_failed", run=self.run.public_id, schema=row.schema, why=error)
        return Outcome(result_id=row.id, way=way, attempts=attempts, elapsed_ms=round(watch.seconds * 1000), error=error)

    def _brought(self, row: FleetResult, *, pause: Callable[[float], None], watch: "_Stopwatch") -> tuple[str, int]:
        """How a member came to the state of the code, and how many attempts its locks took."""
        way, attempts = FOUND, 0
        for _ in range(ROUNDS):
            member = _member_of(row, pause=pause)
            applied = None if member is None else self._state_of(member)
            if member is None or applied is None:
                return GONE, 0
            script = self._script(member, applied)
            if not script.steps:
                self._settle(member)
                return way, attempts
            try:
                with watch:
                    brought = bring(member, script=script, pause=pause)
            except StateChanged:
                continue
            way, attempts = brought.way.value, max(attempts, brought.attempts)
        raise Busy("The tables change under the migration; somebody else is migrating this tenant.")

    def _state_of(self, member: Member) -> Applied | None:
        """What was read with the others before the ring, then what is there."""
        with self.lock:
            known = self.applied.pop(member.schema, None)  # once: what is read a second time may have changed
        return known if known is not None else states.one(member)

    def _script(self, member: Member, applied: Applied) -> Script:
        """Compiled by whoever comes first; the others wait for it."""
        key = member.cell, applied
        with self.lock:
            if key not in self.scripts:
                self.scripts[key] = compiled(member, applied=applied)
            return self.scripts[key]

    def _settle(self, member: Member) -> None:
        """What belongs to new tables: a spare is one of this state, a tenant has the roles of this release."""
        if member.is_spare:
            _install_roles(member.ref(), actor=self.actor)
            Spare.objects.filter(id=member.id).update(template_state=self.run.target)
        elif TenantState(member.state) in {TenantState.ACTIVE, TenantState.SUSPENDED, TenantState.DELETING}:
            with tenancy.activate(member.ref(), purpose=Purpose.OPERATOR):
                if people.has_builtin_roles():
                    return
            _install_roles(queries.tenant(member.id).ref(), actor=self.actor)


@dataclass(slots=True)
class _Stopwatch:
    """How long a schema's migration took, from the wish for its locks to its commit, all attempts together."""

    seconds: float = 0.0
    started: float = 0.0

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.monotonic() - self.started


@dataclass(slots=True)
class _Watcher:
    """Keeps the ledger while a crew works, and stops it when the run is halted or too much fails."""

    job: _Migrating
    ring: Ring
    rows: dict[UUID, FleetResult]
    done: int = 0
    failed: int = 0

    def watch(self, outcomes: list[Outcome]) -> None:
        """Note what came in. Raises _Halted, FleetRunStopped, OperationCancelled."""
        if outcomes:
            ledger.close_rows(outcomes)
            self.done += len(outcomes)
            for outcome in outcomes:
                if outcome.error:
                    self.failed += 1
                    self._tell(self.rows[outcome.result_id], outcome.error)
        self.job.beat(self.done, len(self.rows))
        if self.failed > tolerated(self.ring, size=len(self.rows)):
            raise self.job.stopped_by(self.failed)
        if queries.fleet_run(self.job.run.id).state != RunState.RUNNING:
            raise _Halted

    @transaction.atomic(using=tenancy.HOME)
    def _tell(self, row: FleetResult, error: str) -> None:
        if row.tenant_id is None:
            return
        tenant = queries.tenant(row.tenant_id)
        outbox.record(
            events.TenantMigrationFailed(
                subject=tenant.public_id, subject_label=tenant.name, run=self.job.run.public_id, problem=error[:500]
            ),
            actor=self.job.actor,
            tenant_id=tenant.id,
        )


def _member_of(row: FleetResult, *, pause: Callable[[float], None]) -> Member | None:
    """The member that a row is about, as it is now; None when there is none any more. A spare may have become a tenant meanwhile."""
    for _ in range(MOVING_PAUSES):
        tenant = Tenant.objects.filter(schema=row.schema, cell=row.cell).exclude(state=TenantState.PURGED).first()
        if tenant is None:
            spare = Spare.objects.filter(schema=row.schema, cell=row.cell).first()
            return None if spare is None else Member(spare.id, spare.cell_id, spare.schema, spare.schema, is_spare=True)
        if tenant.state != TenantState.MOVING:
            return of_tenant(tenant)
        pause(MOVING_PAUSE_S)
    raise Busy("The tenant is being moved. Resume the run when it has arrived.")


def _install_roles(ref: TenantRef, *, actor: Actor) -> None:
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        identity.install_builtin_roles(actor=actor)


def _told(fault: Exception) -> str:
    if isinstance(fault, Problem):
        return fault.detail
    if isinstance(fault, Busy | StateChanged):
        return str(fault)
    first = (str(fault).splitlines() or [""])[0]
    return first if isinstance(fault, Error) else f"{type(fault).__name__}: {first}"
