"""Changing many tenants in one go: one operation, one outcome per tenant, each change with an entry of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, Problem, Unavailable
from kernel.tenancy import TenantRef
from operations import actions as operations
from operations import progress
from operations.models import Operation
from tenants import bulk, events, operators, outbox, queries, texts
from tenants.actions import working
from tenants.actions.archiving import archive_tenant
from tenants.actions.deleting import delete_tenant, undelete_tenant
from tenants.actions.life import resume_tenant, suspend_tenant
from tenants.actions.standing import refuse_platform
from tenants.bulk import DONE, SKIPPED, UNCHANGED, BulkAction
from tenants.models import Tenant, TenantState
from tenants.queries import BULK

STEPS = ("Change the tenants",)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_many(action: BulkAction, *, tenants: Sequence[str], reason: str = "", confirm: str = "", actor: Actor) -> Operation:
    """Queue one change of up to 500 tenants, each named by slug or id; what cannot be changed is skipped and the outcome says why.

    Deleting wants slugs, and in `confirm` how many they are, as text. Raises RegistryClosed, Forbidden, Invalid.
    """
    operators.require(bulk.PERMISSIONS[action], actor=actor)
    reason = texts.reason(reason) if action in bulk.WITH_REASON else ""
    names = bulk.checked(tenants)
    if action is BulkAction.DELETE:
        _require_confirmed(names, confirm=confirm)
    plan = _plan(ids.new_id(), action=action, names=names, reason=reason)
    operation = operations.start(**plan, actor=actor)
    outbox.record(
        events.BulkRequested(
            subject=operation.public_id, subject_label=plan["label"], action=action.value, count=len(names), reason=reason
        ),
        actor=actor,
        tenant_id=tenancy.current().id,
        operation=plan,
    )
    return operation


def preview_many(action: BulkAction, *, tenants: Sequence[str], actor: Actor) -> list[dict[str, str]]:
    """What would become of each of up to 500 tenants if the change was made now. Changes nothing. Raises RegistryClosed, Forbidden, Invalid."""
    operators.require(bulk.PERMISSIONS[action], actor=actor)
    return bulk.preview(action, tenants=tenants)


def work_through(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a change of many tenants until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(bulk.LEAST, actor=actor)
    working.work(operation_id, job=_Bulk.of, actor=actor)


@dataclass(slots=True)
class _Bulk(working.Job):
    """One attempt. Tenants that an earlier one has an outcome for are not touched again."""

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Bulk":
        return cls(operation=operation, actor=actor, platform=platform)

    def steps(self) -> Sequence[Callable[[], None]]:
        """The one step; how far it is stands in the outcomes."""
        return (self._change_all,)

    def end(self) -> working.Ending:
        """The outcomes, and how many of each kind."""
        return working.Ending(result=self.operation.result)

    def _change_all(self) -> None:
        names = self.operation.arguments["tenants"]
        outcomes: list[dict[str, str]] = list(self.operation.result.get("outcomes", []))
        for name in names[len(outcomes) :]:
            self.beat(len(outcomes), len(names), name)
            outcomes.append(self._outcome(name))
            progress.note(self.operation, result=_told(outcomes))
            tenancy.rest()

    def _outcome(self, name: str) -> dict[str, str]:
        """Change one tenant, in transactions of its own. A part that is away stops the work instead of skipping everybody."""
        try:
            tenant = queries.tenant_named(name)
            refuse_platform(tenant)
            changed, started = (tenant, "") if self._was_cut_short(tenant) else self._change(tenant)
        except Unavailable:
            raise
        except Problem as problem:
            return {"tenant": name, "outcome": SKIPPED, "why": problem.detail, "problem": problem.type}
        outcome = DONE if self._is_ours(changed) or started else UNCHANGED
        return {"tenant": name, "outcome": outcome, "state": changed.state, **({"operation": started} if started else {})}

    def _change(self, tenant: Tenant) -> tuple[Tenant, str]:
        """The tenant as it is then, and the operation that goes on with it, if one does."""
        reason, actor = self.operation.arguments["reason"], self.actor
        match BulkAction(self.operation.arguments["action"]):
            case BulkAction.SUSPEND:
                return suspend_tenant(tenant.id, reason=reason, actor=actor), ""
            case BulkAction.RESUME:
                return resume_tenant(tenant.id, actor=actor), ""
            case BulkAction.ARCHIVE:
                begun = archive_tenant(tenant.id, reason=reason, actor=actor)
                return begun.tenant, begun.operation.public_id
            case BulkAction.DELETE:
                deletion = delete_tenant(tenant.id, slug=tenant.slug, reason=reason, actor=actor)
                return deletion.tenant, "" if deletion.operation is None else deletion.operation.public_id
            case BulkAction.UNDELETE:
                return undelete_tenant(tenant.id, actor=actor), ""

    def _was_cut_short(self, tenant: Tenant) -> bool:
        """Whether an earlier attempt changed this tenant and died before it could say so."""
        action = BulkAction(self.operation.arguments["action"])
        is_there = tenant.state != TenantState.DELETING if action is BulkAction.UNDELETE else tenant.state == bulk.TARGETS[action]
        is_there = is_there or (action is BulkAction.ARCHIVE and tenant.is_being_archived)
        return is_there and self.operation.attempts > 1 and self._is_ours(tenant)

    def _is_ours(self, tenant: Tenant) -> bool:
        """Whether the tenant entered its state since this operation was asked for, by this attempt or one before."""
        return tenant.state_since >= self.operation.created_at


def _told(outcomes: list[dict[str, str]]) -> dict[str, Any]:
    counts = {kind: sum(1 for row in outcomes if row["outcome"] == kind) for kind in (DONE, UNCHANGED, SKIPPED)}
    return {"outcomes": outcomes, "counts": counts}


def _plan(run_id: UUID, *, action: BulkAction, names: list[str], reason: str) -> dict[str, Any]:
    return {
        "kind": BULK,
        "key": f"{BULK}:{run_id}",
        "subject": f"tenants ({len(names)})",
        "label": f"{action.value.capitalize()} {len(names)} tenants",
        "steps": list(STEPS),
        "arguments": {"action": action.value, "tenants": names, "reason": reason},
    }


def _require_confirmed(names: list[str], *, confirm: str) -> None:
    if confirm != str(len(names)):
        detail = f"To delete {len(names)} tenants, confirm with their number."
        raise Invalid(detail, errors=[{"pointer": "/confirm", "code": "confirm", "detail": detail}])
