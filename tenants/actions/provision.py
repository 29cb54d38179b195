"""Making a tenant's place, step by step, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError

from identity import actions as identity
from identity import queries as people
from identity.problems import PersonNotFound
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import InternalError, Problem, Unavailable
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations import progress
from operations.models import Operation
from operations.problems import OperationCancelled
from tenants import links, operators, provisioning, queries
from tenants.actions.life import activate_tenant, fail_provisioning, resume_provisioning
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.problems import BeingMade

LOST_AFTER = timedelta(minutes=10)
ATTEMPTS = 5
"""After as many the operation fails; `resume` grants as many again."""

log = structlog.get_logger(__name__)


def provision_tenant(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a provisioning operation until it is done, has failed, or is somebody else's. Platform is active.

    Not one transaction: each step commits by itself, and what is finished is noted in the operation. A fault that may pass leaves the operation
    to the sweep, which sends it again after its lease; one that will not, or the last attempt's, ends it. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    operation = progress.claim(operation_id)
    if operation is None:
        return
    try:
        _Making.of(operation, actor=actor).run()
    except (OperationCancelled, BeingMade) as stopped:
        log.info("provisioning.left", operation=operation.public_id, why=stopped.detail)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the operation must say so
        _give_up_or_leave(operation, fault, actor=actor)


def settle_unfinished(*, actor: Actor) -> int:
    """Give up tenants whose making has ended without them: cancelled, failed half-way through saying so, or lost. Platform is active.

    Idempotent; returns how many. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    settled = 0
    for tenant in queries.unfinished_tenants().exclude(slug=tenancy.PLATFORM_SLUG):
        reason = _ended_without(tenant)
        if reason:
            fail_provisioning(tenant.id, reason=reason, actor=actor)
            settled += 1
    return settled


def _ended_without(tenant: Tenant) -> str:
    """Why nobody will finish this tenant; empty while somebody may."""
    operation = queries.making_of(tenant.id)
    if operation is None:
        is_old = tenant.state_since < clock.now() - LOST_AFTER
        return "Its operation was lost before it was written down. Ask for the tenant anew under another slug." if is_old else ""
    if not operation.is_over or operation.state == "succeeded":
        return ""
    return str((operation.problem or {}).get("detail", f"Its operation was {operation.state}."))


def _give_up_or_leave(operation: Operation, fault: Exception, *, actor: Actor) -> None:
    cause = None if isinstance(fault, Problem) else fault
    log.error("provisioning.failed", operation=operation.public_id, attempt=operation.attempts, why=str(fault), exc_info=cause)
    will_not_pass = isinstance(fault, Problem) and not isinstance(fault, Unavailable)
    if not will_not_pass and operation.attempts % ATTEMPTS:
        return
    problem = fault if isinstance(fault, Problem) else _as_problem(fault)
    operations.fail(operation.id, problem=problem, attempt=operation.attempts, actor=actor)
    fail_provisioning(UUID(operation.arguments["tenant_id"]), reason=problem.detail, actor=actor)


def _as_problem(fault: Exception) -> Problem:
    if isinstance(fault, DatabaseError):
        return Unavailable(
            "The cell's database refused a step or does not answer; the log tells more. Resume the operation when it is well."
        )
    return InternalError(
        f"A step failed with {type(fault).__name__}; the log tells more. Resume the operation when the cause is gone."
    )


@dataclass(slots=True)
class _Making:
    """One attempt at one tenant."""

    operation: Operation
    actor: Actor
    platform: TenantRef
    ref: TenantRef
    invitation_token: str = field(default="", repr=False)

    @classmethod
    def of(cls, operation: Operation, *, actor: Actor) -> "_Making":
        tenant = resume_provisioning(UUID(operation.arguments["tenant_id"]), actor=actor)
        return cls(operation=operation, actor=actor, platform=tenancy.current(), ref=tenant.ref())

    def run(self) -> None:
        """Do the steps that are left, then hand over the invitation."""
        steps: tuple[Callable[[], None], ...] = (
            self._create_schema,
            self._create_tables,
            self._install_roles,
            self._invite_owner,
            self._open,
        )
        with provisioning.alone(self.ref):
            for step in steps[self.operation.step :]:
                step()
                progress.step_done(self.operation)
            base = links.base_url(queries.tenant(self.ref.id).host)
            result = {"tenant": self.operation.subject, "url": base, "owner_email": self.operation.arguments["owner_email"]}
            operations.succeed(self.operation.id, result=result, secrets=self._invitation(base), actor=self.actor)

    def _create_schema(self) -> None:
        provisioning.create_schema(self.ref)

    def _create_tables(self) -> None:
        provisioning.migrate(self.ref, on_progress=self._beat)

    def _install_roles(self) -> None:
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            identity.install_builtin_roles(actor=self.actor)

    def _invite_owner(self) -> None:
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            try:
                people.person_by_email(self.operation.arguments["owner_email"])
            except PersonNotFound:
                added = identity.add_person(
                    self.operation.arguments["owner_email"], self.operation.arguments["owner_name"], ["owner"], actor=self.actor
                )
                self.invitation_token = added.invitation_token

    def _open(self) -> None:
        activate_tenant(self.ref.id, actor=self.actor)

    def _invitation(self, base: str) -> dict[str, str]:
        """How the owner comes in. A token that died with an earlier attempt is replaced by a new one; none once the owner is in."""
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            owner = people.person_by_email(self.operation.arguments["owner_email"])
            if not self.invitation_token and owner.status == "invited":
                self.invitation_token = identity.renew_invitation(owner.id, actor=self.actor).invitation_token
        return {"invitation_url": f"{base}/invitation/{self.invitation_token}"} if self.invitation_token else {}

    def _beat(self, done: int, of: int, what: str) -> None:
        """Tell platform's operation how far the tables are; called from inside the tenant's migration."""
        del what
        with tenancy.activate(self.platform, purpose=Purpose.OPERATOR):
            progress.beat(self.operation, detail_percent=100 * done // max(of, 1))
