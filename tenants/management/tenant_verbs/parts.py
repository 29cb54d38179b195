"""What the verbs of `manage.py tenant` share: naming a tenant, and showing what became of it."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from rich.console import RenderableType

from kernel.commands import DONE, ERROR, OperatorCommand, Options, Outcome
from operations import queries as operations
from operations.models import Operation
from tenants import documents, queries
from tenants.management import tables, waiting
from tenants.models import Tenant


class TenantVerbs(OperatorCommand):
    """Verbs of `manage.py tenant`; a subclass declares its own in one method and handles them."""

    def named(self, verb: str, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """Add the argument that says which tenant."""
        parser.add_argument("tenant", help=f"slug or id of the tenant to {verb}")
        return parser

    def waiting_choices(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments that say who does the work of the operation that a verb starts: `inline` and `no_wait`."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--inline", action="store_true", help="do the work in this process instead of waiting two seconds for a worker"
        )
        how.add_argument("--no-wait", action="store_true", help="print the operation and leave the work to a worker")

    def shown(self, tenant: Tenant) -> Outcome:
        """One tenant and its domains."""
        domains = list(queries.domains(tenant.id))
        data = {"tenant": documents.of_tenant(tenant), "domains": [documents.of_domain(domain) for domain in domains]}
        return Outcome(data, tables.of_tenant(tenant, domains=domains))

    def changed(self, tenant: Tenant, *, options: Options) -> Outcome:
        """What the tenant is now, or would be."""
        outcome = self.shown(tenant)
        if not options["dry_run"]:
            return outcome
        self.console.print("Dry run: the tenant would be as shown. Nothing was changed.")
        return Outcome({**outcome.data, "dry_run": True}, outcome.text)

    def over(self, operation_id: UUID, *, work: Callable[..., None], options: Options) -> Operation:
        """Wait for an operation, with platform active; `work(operation_id, actor=…)` is done here when no worker takes it.

        Reads `inline` and `no_wait` of the options; under `--no-wait` the operation comes back as it is.
        """
        if options["no_wait"]:
            return operations.operation(operation_id)
        helping = partial(work, operation_id, actor=self.actor)
        patience_s = 0.0 if options["inline"] else waiting.PATIENCE_S
        return waiting.until_over(operation_id, work=helping, patience_s=patience_s, console=self.console)

    def worked(self, operation: Operation, *, tenant_id: UUID, done: str) -> Outcome:
        """What became of a tenant by an operation; `done` is the sentence for people when it succeeded. Exit code 1 when it did not."""
        return self.ended(operation, data={"tenant": documents.of_tenant(queries.tenant(tenant_id))}, done=tables.line(done))

    def ended(self, operation: Operation, *, data: dict[str, Any], done: RenderableType) -> Outcome:
        """How an operation stands, after `data`: its state, result and problem. Exit code 1 when it failed or was cancelled."""
        data = {
            **data,
            "operation": operation.public_id,
            "state": operation.state,
            "result": operation.result,
            "problem": operation.problem,
        }
        if operation.state == "succeeded":
            return Outcome(data, done)
        why = (operation.problem or {}).get("detail", "It goes on when a worker takes it.")
        is_waiting = operation.state in {"queued", "running"}
        verb = "show" if is_waiting else "resume"
        text = f"{operation.label}: {operation.state}. {why}\nLook or go on with: manage.py operation {verb} {operation.public_id}"
        return Outcome(data, tables.line(text), exit_code=DONE if is_waiting else ERROR)
