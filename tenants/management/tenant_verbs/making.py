"""`manage.py tenant create|settings|plan`: a new tenant and its first owner, and what is set for it."""

from functools import partial
from typing import Any
from uuid import UUID

from kernel.commands import DONE, ERROR, Options, Outcome, dry_mark
from kernel.tenancy import PLATFORM_SLUG
from operations import queries as operations
from operations.models import Operation
from tenants import actions, documents, queries
from tenants.management import assignments, tables, waiting
from tenants.management.tenant_verbs.parts import TenantVerbs
from tenants.models import Tenant


class Making(TenantVerbs):
    """How a tenant comes to be."""

    def declare_making(self) -> None:
        """The verbs and their arguments."""
        create = self.changing_verb("create", self.create, help_text="Make a tenant and invite its first owner.")
        create.add_argument("slug", help="3 to 40 of a to z, 0 to 9 and single hyphens; leads the tenant's address")
        create.add_argument("--name", required=True, help="the tenant's name for people")
        create.add_argument("--owner-email", required=True, help="who is invited as the first owner")
        create.add_argument("--owner-name", required=True, help="the first owner's name")
        create.add_argument("--cell", help="where the tenant lives; the emptiest open cell when left out")
        create.add_argument("--plan", default="", help="code of the plan that the tenant is on")
        create.add_argument(
            "--residency", default="", help="jurisdiction that the tenant's data must stay in, as a region names it"
        )
        self.waiting_choices(create)
        settings = self.changing_verb("settings", self.settings, help_text="Show or change the settings of a tenant.")
        self.named("show the settings of", settings)
        settings.add_argument("assignments", nargs="*", metavar="NAME=VALUE", help="settings to change; NAME= takes one back")
        plan = self.changing_verb("plan", self.plan, help_text="Put a tenant on another plan.")
        self.named("put on a plan", plan)
        plan.add_argument("plan", help="code of the plan; - for none")

    def create(self, options: Options) -> Outcome:
        """Make a tenant and wait until it is open."""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                requested = actions.create_tenant(
                    options["slug"],
                    name=options["name"],
                    owner_email=options["owner_email"],
                    owner_name=options["owner_name"],
                    cell=options["cell"],
                    terms=actions.Terms(plan=options["plan"], residency=options["residency"]),
                    actor=self.actor,
                )
                tenant, operation = requested.tenant, requested.operation
                data: dict[str, Any] = {"tenant": documents.of_tenant(tenant), "operation": operation.public_id}
            if options["dry_run"]:
                return Outcome(
                    {**data, "dry_run": True}, tables.line(f"{tenant.slug} would be made in {tenant.cell_id}. Nothing was changed.")
                )
            if options["no_wait"] and not requested.is_open:
                return Outcome(data, tables.line(f"{tenant.slug} is being made: manage.py operation show {operation.public_id}"))
            if not requested.is_open:
                operation = self._finished(operation.id, patience_s=0.0 if options["inline"] else waiting.PATIENCE_S)
            return self._made(queries.tenant(tenant.id), operation=operation)

    def settings(self, options: Options) -> Outcome:
        """Show what holds for a tenant, after setting what is given."""
        tenant = queries.tenant_named(options["tenant"])
        wanted = assignments.read(options["assignments"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            if wanted:
                tenant = actions.change_settings(tenant.id, settings=wanted, actor=self.actor)
            return self._set(tenant, options=options)

    def plan(self, options: Options) -> Outcome:
        """Put a tenant on a plan, or on none."""
        tenant = queries.tenant_named(options["tenant"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            code = "" if options["plan"] == "-" else options["plan"]
            return self._set(actions.assign_plan(tenant.id, plan=code, actor=self.actor), options=options)

    def _set(self, tenant: Tenant, *, options: Options) -> Outcome:
        if options["dry_run"]:
            self.console.print("Dry run: it would be as shown. Nothing was changed.")
        dry = dry_mark(options)
        return Outcome({"tenant": tenant.slug, **documents.of_settings(tenant), **dry}, tables.of_settings(tenant))

    def _finished(self, operation_id: UUID, *, patience_s: float) -> Operation:
        work = partial(actions.provision_tenant, operation_id, actor=self.actor)
        return waiting.until_over(operation_id, work=work, patience_s=patience_s, console=self.console)

    def _made(self, tenant: Tenant, *, operation: Operation) -> Outcome:
        is_done = operation.state == "succeeded"
        result = operations.result_of(operation, actor=self.actor)
        data = {
            "tenant": documents.of_tenant(tenant),
            "operation": operation.public_id,
            "state": operation.state,
            "result": result,
            "problem": operation.problem,
        }
        if is_done:
            text = f"{tenant.slug} is open at {result['url']}\nThe owner's invitation: {result.get('invitation_url', 'used')}"
        else:
            why = (operation.problem or {}).get("detail", "It goes on when a worker takes it.")
            text = f"{tenant.slug} is not open yet ({operation.state}). {why}\nGo on with: manage.py operation resume {operation.public_id}"
        return Outcome(data, tables.line(text), exit_code=DONE if is_done else ERROR)
