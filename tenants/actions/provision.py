"""Making a tenant's place, step by step, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from identity import actions as identity
from identity import queries as people
from identity.problems import PersonNotFound
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations.models import Operation
from tenants import links, operators, provisioning, queries
from tenants.actions import working
from tenants.actions.life import activate_tenant, fail_provisioning, resume_provisioning
from tenants.models import Tenant
from tenants.permissions import Permission

LOST_AFTER = timedelta(minutes=10)
MAKER = Actor.system("task:tenants.provision")
"""Who acts inside a tenant that is being made: whoever asked for it has no rights there."""


def provision_tenant(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a provisioning operation until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    working.work(operation_id, job=_Making.of, actor=actor)


def open_spare(tenant: Tenant, operation: Operation) -> tuple[Tenant, Operation]:
    """Invite the owner into a complete place that is this tenant's now, open it, and end its operation; both as they are then.

    The same as the last steps of the operation, which does them again when this is interrupted. Platform is active.
    """
    with tenancy.activate(tenant.ref(), purpose=Purpose.OPERATOR):
        arguments = operation.arguments
        added = identity.add_person(arguments["owner_email"], arguments["owner_name"], ["owner"], actor=MAKER)
    opened = activate_tenant(tenant.id, actor=MAKER)
    ending = _ending(operation, token=added.invitation_token)
    return opened, operations.succeed(operation.id, result=dict(ending.result), secrets=ending.secrets, actor=MAKER)


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


@dataclass(slots=True)
class _Making(working.Job):
    """One attempt at one tenant."""

    ref: TenantRef
    invitation_token: str = field(default="", repr=False)

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Making":
        tenant = resume_provisioning(UUID(operation.arguments["tenant_id"]), actor=actor)
        return cls(operation=operation, actor=actor, platform=platform, ref=tenant.ref())

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else makes this tenant meanwhile."""
        return provisioning.alone(self.ref)

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `provisioning.STEPS` names them."""
        return (self._create_schema, self._create_tables, self._install_roles, self._invite_owner, self._open)

    def end(self) -> working.Ending:
        """Hand over the invitation."""
        return _ending(self.operation, token=self._token())

    def give_up(self, problem: Problem) -> None:
        """The tenant is shown as failed."""
        fail_provisioning(self.ref.id, reason=problem.detail, actor=self.actor)

    def _create_schema(self) -> None:
        provisioning.create_schema(self.ref)

    def _create_tables(self) -> None:
        provisioning.create_tables(self.ref, on_progress=self.beat)

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

    def _token(self) -> str:
        """How the owner comes in. A token that died with an earlier attempt is replaced by a new one; none once the owner is in."""
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            owner = people.person_by_email(self.operation.arguments["owner_email"])
            if not self.invitation_token and owner.status == "invited":
                self.invitation_token = identity.renew_invitation(owner.id, actor=self.actor).invitation_token
        return self.invitation_token


def _ending(operation: Operation, *, token: str) -> working.Ending:
    """Where the tenant answers, and the link that lets its owner in; without a token, the owner is in already."""
    base = links.of_tenant(UUID(operation.arguments["tenant_id"]))
    result = {"tenant": operation.subject, "url": base, "owner_email": operation.arguments["owner_email"]}
    return working.Ending(result=result, secrets={"invitation_url": f"{base}/invitation/{token}"} if token else {})
