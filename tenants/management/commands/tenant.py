"""`manage.py tenant create|list|show|suspend|resume|rename`: the operator's hand on tenants."""

from functools import partial
from typing import Any
from uuid import UUID

from kernel.commands import DONE, ERROR, OperatorCommand, Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from operations import queries as operations
from tenants import actions, documents, queries
from tenants.management import tables, waiting
from tenants.models import Tenant, TenantState


class Command(OperatorCommand):
    """Make, list and change tenants.

    Exit codes: 0 done, 1 error (also: a tenant's making failed), 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "Make, list, show, suspend, resume and rename tenants."

    def declare(self) -> None:
        """The verbs and their arguments."""
        create = self.changing_verb("create", self.create, help_text="Make a tenant and invite its first owner.")
        create.add_argument("slug", help="3 to 40 of a to z, 0 to 9 and single hyphens; leads the tenant's address")
        create.add_argument("--name", required=True, help="the tenant's name for people")
        create.add_argument("--owner-email", required=True, help="who is invited as the first owner")
        create.add_argument("--owner-name", required=True, help="the first owner's name")
        create.add_argument("--cell", help="where the tenant lives; the emptiest open cell when left out")
        how = create.add_mutually_exclusive_group()
        how.add_argument(
            "--inline", action="store_true", help="do the work in this process instead of waiting two seconds for a worker"
        )
        how.add_argument("--no-wait", action="store_true", help="print the operation and leave the work to a worker")
        listing = self.verb("list", self.list, help_text="List tenants, newest first.")
        listing.add_argument("--q", default="", help="part of a slug, a name or a host")
        listing.add_argument("--state", default="", choices=[state.value for state in TenantState])
        self._named("show", self.verb("show", self.show, help_text="Show one tenant and its domains."))
        suspend = self._named(
            "suspend", self.changing_verb("suspend", self.suspend, help_text="Shut a tenant off; its data stays.")
        )
        suspend.add_argument("--reason", required=True, help="shown to the tenant's people")
        self._named("resume", self.changing_verb("resume", self.resume, help_text="Let a suspended tenant answer again."))
        rename = self._named("rename", self.changing_verb("rename", self.rename, help_text="Give a tenant another slug or name."))
        rename.add_argument("--slug", help="the new slug; the tenant's platform address moves along")
        rename.add_argument("--name", help="the new name")

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
                    actor=self.actor,
                )
                tenant, operation = requested.tenant, requested.operation
                data: dict[str, Any] = {"tenant": documents.of_tenant(tenant), "operation": operation.public_id}
            if options["dry_run"]:
                return Outcome(
                    {**data, "dry_run": True}, tables.line(f"{tenant.slug} would be made in {tenant.cell_id}. Nothing was changed.")
                )
            if options["no_wait"]:
                return Outcome(data, tables.line(f"{tenant.slug} is being made: manage.py operation show {operation.public_id}"))
            return self._made(tenant.id, operation.id, patience_s=0.0 if options["inline"] else waiting.PATIENCE_S)

    def list(self, options: Options) -> Outcome:
        """All tenants, or those that fit."""
        rows = queries.tenants(q=options["q"], state=options["state"]).order_by("-id")
        return Outcome({"tenants": [documents.of_tenant(row) for row in rows]}, tables.of_tenants(rows))

    def show(self, options: Options) -> Outcome:
        """One tenant."""
        return self._shown(queries.tenant_named(options["tenant"]))

    def suspend(self, options: Options) -> Outcome:
        """Shut a tenant off."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self._changed(actions.suspend_tenant(tenant_id, reason=options["reason"], actor=self.actor), options=options)

    def resume(self, options: Options) -> Outcome:
        """Let a suspended tenant answer again."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self._changed(actions.resume_tenant(tenant_id, actor=self.actor), options=options)

    def rename(self, options: Options) -> Outcome:
        """Change the slug, the name or both."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            renamed = actions.rename_tenant(tenant_id, slug=options["slug"], name=options["name"], actor=self.actor)
            return self._changed(renamed, options=options)

    def _made(self, tenant_id: UUID, operation_id: UUID, *, patience_s: float) -> Outcome:
        work = partial(actions.provision_tenant, operation_id, actor=self.actor)
        operation = waiting.until_over(operation_id, work=work, patience_s=patience_s, console=self.console)
        tenant = queries.tenant(tenant_id)
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

    def _changed(self, tenant: Tenant, *, options: Options) -> Outcome:
        """What the tenant is now, or would be."""
        outcome = self._shown(tenant)
        if not options["dry_run"]:
            return outcome
        self.console.print("Dry run: the tenant would be as shown. Nothing was changed.")
        return Outcome({**outcome.data, "dry_run": True}, outcome.text)

    def _shown(self, tenant: Tenant) -> Outcome:
        domains = list(queries.domains(tenant.id))
        data = {"tenant": documents.of_tenant(tenant), "domains": [documents.of_domain(domain) for domain in domains]}
        return Outcome(data, tables.of_tenant(tenant, domains=domains))

    def _named(self, verb: str, parser: Any) -> Any:
        """Add the argument that says which tenant."""
        parser.add_argument("tenant", help=f"slug or id of the tenant to {verb}")
        return parser
