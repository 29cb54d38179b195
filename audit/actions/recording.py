"""The one way onto the trail."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connections

from audit import canonical, drafting, events, keeping, mirroring, nudging, personal, queries, telling
from audit.drafting import Prepared
from audit.models import Mirrored
from kernel import context, tenancy
from kernel.actors import Actor, ActorKind
from kernel.events import Event
from kernel.problems import Forbidden, Problem, Unauthenticated

SUCCESS, FAILURE, DENIED = "success", "failure", "denied"
ANONYMOUS = Actor(kind=ActorKind.SYSTEM, id="anonymous", label="anonymous", tenant_id=None, grants=())


@tenancy.joining
def record(event: Event, *, actor: Actor, outcome: str = SUCCESS) -> UUID:
    """Put what happened on the active tenant's trail, in the transaction of the change itself; the entry's id.

    One raw INSERT that goes out with the COMMIT, or before the next statement, and one statement more for persons of whom the trail tells for the
    first time; sealing follows after the commit. An actor of another tenant (the platform) leaves a copy on its own trail too.
    """
    prepared = drafting.drafted(event, actor=actor, outcome=outcome)
    keeping.keep(prepared)
    if outcome != SUCCESS:
        telling.note_told()
    if actor.tenant_id is not None and actor.tenant_id != tenancy.current().id:
        Mirrored.objects.create(entry_id=prepared.id)
        nudging.mirror_after_commit()
    nudging.after_commit()
    return prepared.id


def record_refusal(problem: Problem, *, action: str, actor: Actor | None) -> UUID | None:
    """Put a refusal on the trail, in a transaction of its own, so that it stays when the refused change is rolled back.

    The same refusal of the same caller is written once a minute, and of strangers few in all: a door that is hammered must not fill the trail.
    None when it was not written.
    """
    who = actor or ANONYMOUS
    if not _is_worth_telling(problem, action=action, actor=actor):
        return None
    event = events.RequestRefused(
        subject=who.id, subject_label=who.label, action=action[:200], problem=problem.type, detail=problem.detail[:500]
    )
    return record(event, actor=who, outcome=DENIED)


def record_failure(problem: Problem, *, action: str, actor: Actor | None) -> UUID | None:
    """Put on the trail that a request which wanted to change something changed nothing, in a transaction of its own, after the rollback.

    What was written of the same request already is not written again; otherwise as `record_refusal`, whose part it does for refusals. Who only
    brought no credentials is not told of: they got no further than the door, and credentials that were refused are recorded as such.
    """
    if telling.is_told() or (actor is None and isinstance(problem, Unauthenticated)):
        return None
    if isinstance(problem, (Forbidden, Unauthenticated)):
        return record_refusal(problem, action=action, actor=actor)
    who = actor or ANONYMOUS
    if not _is_worth_telling(problem, action=action, actor=actor):
        return None
    event = events.RequestFailed(
        subject=who.id, subject_label=who.label, action=action[:200], problem=problem.type, detail=problem.detail[:500]
    )
    return record(event, actor=who, outcome=FAILURE)


def record_given_up(fault: Exception, *, name: str, actor: Actor) -> UUID | None:
    """Put on the trail that a task or a command ended in a fault, in a transaction of its own; the same fault once a minute.

    The text of a fault that is no refusal may hold anything, so that only its kind is told; the log has the rest.
    """
    problem, detail = (fault.type, fault.detail) if isinstance(fault, Problem) else (type(fault).__name__, "")
    if not telling.is_worth_telling(f"{actor.id}|{name}|{problem}"):
        return None
    event = events.WorkGivenUp(subject=name[:80], subject_label=name[:200], problem=problem, detail=detail[:500])
    return record(event, actor=actor, outcome=FAILURE)


def record_read(event: Event, *, actor: Actor) -> UUID | None:
    """Put on the trail that somebody looked at something sensitive; the same look of the same caller once a minute.

    In a transaction of its own whose commit does not wait for the disk: a crash may lose the looks of its last half second, never a change.
    """
    if not telling.is_first_look(f"{actor.id}|{event.name}|{event.subject}|{event.details()}"):
        return None
    with tenancy.atomic():
        with connections[tenancy.current_alias()].cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        return record(event, actor=actor)


def prepare(event: Event, *, actor: Actor, outcome: str = SUCCESS) -> Prepared:
    """The entry of an event, for `append` to put on a trail later; what is personal stands beside its document, not yet sealed.

    Raises OutsideDomain for a field without canonical form: whoever delivers it later could do nothing about that.
    """
    prepared = drafting.drafted(event, actor=actor, outcome=outcome)
    canonical.require_inside(prepared.document)
    canonical.require_personal(prepared.personal)
    return prepared


@tenancy.joining
def append(prepared: Prepared) -> None:
    """Put a prepared entry on the active tenant's trail, sealed under that trail's keys. Idempotent by its id: an entry that is there stays.

    Raises OutsideDomain.
    """
    keeping.keep_unless_there(prepared)
    nudging.after_commit()


@tenancy.joining
def append_many(prepared: Iterable[Prepared]) -> set[UUID]:
    """The same for many entries with one statement; the ids of those that were not there yet."""
    added = keeping.keep_many(prepared)
    nudging.after_commit()
    return added


def mirror_to(platform: tenancy.TenantRef) -> int:
    """Copy to the platform's trail what its callers did in the active tenant; the number copied.

    The copy's id is the entry's own, so that repeating after a crash between the two transactions adds nothing. What is personal in it is only
    the caller's, who is the platform's own, and is sealed anew under the platform's key.
    """
    waiting = queries.mirrored()
    for entry, shown in zip(waiting, personal.opened_all(waiting), strict=True):
        copy = mirroring.copy_of(entry, shown=shown)
        with tenancy.activate(platform, purpose=tenancy.Purpose.JOB):
            append(copy)
        Mirrored.objects.filter(pk=entry.pk).delete()
    return len(waiting)


@tenancy.atomic
def forget_mirrored() -> int:
    """Let no copy of this tenant's entries be made for the platform any more: in a restored copy they are another tenant's. The number of those."""
    return Mirrored.objects.all().delete()[0]


def _is_worth_telling(problem: Problem, *, action: str, actor: Actor | None) -> bool:
    what = f"{(actor or ANONYMOUS).id}|{context.current().address}|{problem.type}|{action}"
    return telling.is_worth_telling_of_stranger(what) if actor is None else telling.is_worth_telling(what)
