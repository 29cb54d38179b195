"""Having the log checked, and saying in the log what came of it."""

from collections.abc import Iterable
from uuid import UUID

import structlog

from audit import events, queries, verifying
from audit.actions.recording import FAILURE, SUCCESS, record
from audit.models import Head
from audit.permissions import Permission
from audit.verifying import Answer, Depth, Held, Progress, Verification
from kernel import tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.problems import Problem
from operations import actions as operations
from operations import progress
from operations.models import Operation
from operations.problems import OperationCancelled

TEXT_MAXIMUM = 500
STEPS = ["Check every entry"]

log = structlog.get_logger(__name__)


def verify_chain(
    *,
    actor: Actor,
    depth: Depth = Depth.FULL,
    held: Held | None = None,
    lines: Iterable[str] = (),
    on_progress: Progress = verifying.quietly,
) -> Verification:
    """Check the active tenant's log, and record what was found: verified, failed, or unsettled. Raises Forbidden.

    `held` is a checkpoint that somebody outside kept, `lines` are what a log collector kept; both are compared with the log. The rows are
    read outside any transaction, which would stay open for as long.
    """
    actor.require(Permission.VERIFY)
    found = verifying.verify(depth=depth, held=held, lines=lines, on_progress=on_progress)
    tell_verification(found, actor=actor)
    return found


@tenancy.atomic
def start_verification(depth: Depth, *, actor: Actor) -> Operation:
    """Have the log checked by a long job, whose result is what was found. One that waits or runs is joined. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    here = tenancy.current()
    size = Head.objects.values_list("size", flat=True).first() or 0
    return operations.start(
        queries.VERIFYING,
        key=f"{queries.VERIFYING}:{depth}:{size}",
        subject=here.slug,
        label="Check of the audit trail",
        steps=STEPS,
        arguments={"depth": depth},
        actor=actor,
    )


def work_on_verification(operation_id: UUID, *, actor: Actor) -> None:
    """Work on such a job. The rows are read outside any transaction, so that its progress can be seen. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    operation = progress.claim(operation_id)
    if operation is None:
        return
    try:
        found = verifying.verify(
            depth=Depth(operation.arguments["depth"]),
            on_progress=lambda done, of: progress.beat(operation, detail_percent=100 * done // max(1, of)),
        )
        tell_verification(found, actor=actor)
        operations.succeed(operation.id, result=queries.check_document(found), secrets={}, actor=actor)
    except OperationCancelled as stopped:
        log.info("verification.left", operation=operation.public_id, why=stopped.detail)
    except Problem as fault:
        operations.fail(operation.id, problem=fault, attempt=operation.attempts, actor=actor)


@tenancy.atomic
def tell_verification(found: Verification, *, actor: Actor) -> None:
    """Say in the log what a check of it found. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    record(_event(found), actor=actor, outcome=SUCCESS if found.ok else FAILURE)


def _event(found: Verification) -> Event:
    here = tenancy.current()
    if found.answer is Answer.SOUND:
        return events.ChainVerified(
            subject=here.slug,
            checked=found.checked,
            broken_at=0,
            size=found.size,
            epoch=found.epoch,
            root=found.root,
            chain=found.chain,
            rests_on=found.basis.entry if found.basis else "",
        )
    first = (found.faults or found.doubts)[0]
    if found.answer is Answer.TAMPERED:
        return events.VerificationFailed(
            subject=here.slug,
            checked=found.checked,
            broken_at=found.broken_at,
            by=first.check,
            problem=first.what[:TEXT_MAXIMUM],
            expected=first.expected[:TEXT_MAXIMUM],
            found=first.found[:TEXT_MAXIMUM],
        )
    return events.VerificationUnsettled(subject=here.slug, checked=found.checked, problem=first.what[:TEXT_MAXIMUM])
