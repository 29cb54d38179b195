"""Work that is done later: `@task` names a function, `enqueue` asks for it by that name.

A message carries ids and keyword arguments, never rows; the task base enters the tenant that the message names and leaves it afterwards.
Publishing is a nudge: it happens after the commit, and if the broker is away the row that the task would have worked on stays for a sweep.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, cast
from uuid import UUID

import structlog
from celery import Task, current_app, shared_task
from celery.exceptions import Ignore, Reject, Retry
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from kernel import context, tenancy
from kernel.actors import Actor
from kernel.problems import NotFound, Problem, TenantMoving, TenantNotReady, TenantSuspended, Unavailable

log = structlog.get_logger(__name__)

TENANT_HEADER = "freehold_tenant"
REQUEST_HEADER = "freehold_request"
PARKED_S = 60
MOVING_S = 2
PARKED_MOST, MOVING_MOST = 1_440, 900
"""How often a message comes back: a day for a suspended tenant, half an hour for one that moves. Sweeps find what it asked for after that.

Without a number Celery gives up at the third time.
"""
NOT_THE_END = (Retry, Ignore, Reject)
QUEUE_OF: dict[str, str] = {}
"""The queue of each known task. A name that is missing here is a fault of ours, and raises KeyError where it is enqueued."""


class TenantTask(Task[Any, Any]):
    """The base of every task: restores the request id, enters the tenant by its present state, and parks while it is suspended."""

    abstract = True
    acks_late = True
    reject_on_worker_lost = True
    ignore_result = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task's function inside the tenant that the message names, or outside any."""
        headers = self.request.get("headers") or {}
        tenant_id = headers.get(TENANT_HEADER)
        unit = context.RequestContext(
            headers.get(REQUEST_HEADER, ""), route=f"task:{self.name}", task_id=str(self.request.get("id") or "")
        )
        with context.bound(unit), self._edges():
            if tenant_id is None:
                return self._outside(*args, **kwargs)
            return self._inside(tenant_id, *args, **kwargs)

    @contextmanager
    def _edges(self) -> Iterator[None]:
        """Before and after a task let go of connections that are worn, too old or dead, as at the edges of a request.

        Whoever calls a task as a function, or has it applied at once, goes on with the connections that it had.
        """
        if self.request.called_directly or self.request.is_eager:
            yield
            return
        close_old_connections()
        try:
            yield
        finally:
            close_old_connections()

    def _inside(self, tenant_id: str, /, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as stack:
            try:
                ref = import_string(settings.TENANT_BY_ID)(UUID(tenant_id))
                stack.enter_context(tenancy.activate(ref, purpose=self._purpose()))
            except (TenantSuspended, TenantNotReady) as closed:
                raise self.retry(exc=closed, countdown=PARKED_S, max_retries=PARKED_MOST) from closed
            except TenantMoving as moving:
                raise self.retry(exc=moving, countdown=MOVING_S, max_retries=MOVING_MOST) from moving
            except NotFound:
                log.info("task.dropped", task=self.name, tenant=tenant_id, why="it has ended, or only waits to become a tenant")
                return None
            return self._worked(*args, **kwargs)

    def _worked(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except NOT_THE_END:
            raise
        except Exception as fault:
            # The tenant left for another cell while the task ran in the old place; there it will find its rows.
            moved = import_string(settings.TENANT_MOVED)(fault) if isinstance(fault, DatabaseError) else None
            if moved is None:
                self._give_up(fault)
                raise
            raise self.retry(exc=moved, countdown=MOVING_S, max_retries=MOVING_MOST) from fault

    def _outside(self, *args: Any, **kwargs: Any) -> Any:
        """The same for a task of nobody's; what becomes of it stands in the trail of the platform."""
        try:
            with tenancy.outside():
                return super().__call__(*args, **kwargs)
        except NOT_THE_END:
            raise
        except Exception as fault:
            with suppress(NotFound, Unavailable, DatabaseError):
                platform = import_string(settings.TENANT_BY_SLUG)(tenancy.PLATFORM_SLUG)
                with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
                    self._give_up(fault)
            raise

    def _give_up(self, fault: Exception) -> None:
        """Tell the trail that the task ends in a fault and nobody will repeat it; the fault itself goes on, to Celery and the log."""
        try:
            with tenancy.activate(tenancy.current(), purpose=tenancy.Purpose.OPERATOR):
                import_string(settings.WORK_RECORDER)(fault, name=self.name, actor=Actor.system(f"task:{self.name}"))
        except (Problem, DatabaseError) as away:
            log.warning("task.failure_not_recorded", task=self.name, why=str(away))

    def work_here(self) -> None:
        """See `work_here` of this module."""
        with tenancy.activate(tenancy.current(), purpose=self._purpose()):
            try:
                self.run()
            except Exception as fault:
                log.exception("task.failed_here", task=self.name)
                self._give_up(fault)

    def _purpose(self) -> tenancy.Purpose:
        return tenancy.Purpose(getattr(self, "tenant_purpose", tenancy.Purpose.JOB))


def task(name: str, *, queue: str = "soon", **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Register a function as the task `name` (`app.verb`). Queues by patience: `now`, `soon`, `bulk`; take the most patient you can.

    `options` are Celery's own (`bind`, `max_retries` …) and `tenant_purpose` for tasks that enter the tenant for something else than a job.
    """
    QUEUE_OF[name] = queue
    decorator: Callable[[Callable[..., Any]], Any] = shared_task(base=TenantTask, name=name, **options)
    return decorator


def enqueue(name: str, **arguments: Any) -> None:
    """Ask for a task after the running transaction commits, for the active tenant if there is one.

    Never raises for a broker that is away: the caller's row is the durable queue and a sweep finds it.
    """
    enqueue_later(name, delay_s=0.0, **arguments)


def enqueue_later(name: str, *, delay_s: float, **arguments: Any) -> None:
    """The same for a task that is to begin `delay_s` seconds after that: a few at most, for a worker holds it in memory until then."""
    ref = tenancy.current_or_none()
    headers = {REQUEST_HEADER: context.current().request_id}
    if ref is not None:
        headers[TENANT_HEADER] = str(ref.id)
    publish = partial(_publish, name, arguments, headers, queue=QUEUE_OF[name], delay_s=delay_s)
    transaction.on_commit(publish, using=_committing_alias(ref))


def work_here(name: str) -> None:
    """Do a task of the active tenant now and in this process: between tasks that follow one another a message costs more than little work.

    What goes wrong is told as of any task, and is not the caller's: whoever relies on the task has a sweep that finds what it left.
    """
    cast("TenantTask", current_app.tasks[name]).work_here()


def visit_tenants(work: Callable[[], Any], *, purpose: tenancy.Purpose) -> None:
    """Do a chore in every tenant whose place is complete. What goes wrong in one is logged and does not keep the others waiting.

    Tenants of a cell that is known to be away are left to the next round.
    """
    for ref in import_string(settings.SERVING_TENANTS)():
        if tenancy.breaker.is_open(ref.cell):
            log.info("chore.skipped", tenant=ref.slug, why=f"{ref.cell} is away")
            continue
        try:
            with tenancy.activate(ref, purpose=purpose):
                work()
        except Exception:
            log.exception("chore.failed", tenant=ref.slug, chore=getattr(work, "__qualname__", str(work)))
        tenancy.rest()


def _committing_alias(ref: tenancy.TenantRef | None) -> str:
    """The alias whose commit ends the unit of work: the tenant's cell when a transaction is open there, home otherwise."""
    if ref is not None and connections[ref.cell].in_atomic_block:
        return ref.cell
    return tenancy.HOME


def _publish(name: str, arguments: dict[str, Any], headers: dict[str, str], *, queue: str, delay_s: float) -> None:
    try:
        current_app.send_task(name, kwargs=arguments, headers=headers, queue=queue, countdown=delay_s or None, retry=False)
    except (OperationalError, OSError) as fault:
        log.warning("task.not_published", task=name, why=str(fault))
