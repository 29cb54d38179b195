"""Work that is done later: `@task` names a function, `enqueue` asks for it by that name.

A message carries ids and keyword arguments, never rows; the task base enters the tenant that the message names and leaves it afterwards.
Publishing is a nudge: it happens after the commit, and if the broker is away the row that the task would have worked on stays for a sweep.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from celery import Task, current_app, shared_task
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from kernel import context, tenancy
from kernel.problems import NotFound, TenantMoving, TenantNotReady, TenantSuspended

log = structlog.get_logger(__name__)

TENANT_HEADER = "freehold_tenant"
REQUEST_HEADER = "freehold_request"
PARKED_S = 60
MOVING_S = 2
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
        with ExitStack() as stack:
            stack.enter_context(context.bound(context.RequestContext(headers.get(REQUEST_HEADER, ""), route=f"task:{self.name}")))
            if tenant_id is None:
                stack.enter_context(tenancy.outside())
                return super().__call__(*args, **kwargs)
            try:
                ref = import_string(settings.TENANT_BY_ID)(UUID(tenant_id))
                stack.enter_context(tenancy.activate(ref, purpose=self._purpose()))
            except (TenantSuspended, TenantNotReady) as closed:
                raise self.retry(exc=closed, countdown=PARKED_S, max_retries=None) from closed
            except TenantMoving as moving:
                raise self.retry(exc=moving, countdown=MOVING_S, max_retries=None) from moving
            except NotFound:
                log.info("task.dropped", task=self.name, tenant=tenant_id, why="it has ended, or only waits to become a tenant")
                return None
            try:
                return super().__call__(*args, **kwargs)
            except DatabaseError as fault:
                # The tenant left for another cell while the task ran in the old place; there it will find its rows.
                moved = import_string(settings.TENANT_MOVED)(fault)
                if moved is None:
                    raise
                raise self.retry(exc=moved, countdown=MOVING_S, max_retries=None) from fault

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
    ref = tenancy.current_or_none()
    headers = {REQUEST_HEADER: context.current().request_id}
    if ref is not None:
        headers[TENANT_HEADER] = str(ref.id)
    publish = partial(_publish, name, arguments, headers, queue=QUEUE_OF[name])
    transaction.on_commit(publish, using=_committing_alias(ref))


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


def _publish(name: str, arguments: dict[str, Any], headers: dict[str, str], *, queue: str) -> None:
    try:
        current_app.send_task(name, kwargs=arguments, headers=headers, queue=queue, retry=False)
    except (OperationalError, OSError) as fault:
        log.warning("task.not_published", task=name, why=str(fault))
