"""`manage.py tenant list|show|suspend|resume|rename`: tenants as they are, and their daily changes."""

from kernel.commands import Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import tables
from tenants.management.tenant_verbs.parts import TenantVerbs
from tenants.models import TenantState

FILTERS = {
    "cell": "the name of a cell",
    "region": "the code of a region",
    "plan": "the code of a plan",
    "residency": "the jurisdiction that the data must stay in",
}


class Life(TenantVerbs):
    """Reading tenants, shutting them off and on, naming them."""

    def declare_life(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List tenants, newest first.")
        listing.add_argument("--q", default="", help="part of a slug, a name or a host")
        listing.add_argument("--state", default="", choices=[state.value for state in TenantState])
        for name, meaning in FILTERS.items():
            listing.add_argument(f"--{name}", default="", help=meaning)
        self.named("show", self.verb("show", self.show, help_text="Show one tenant and its domains."))
        suspend = self.named("suspend", self.changing_verb("suspend", self.suspend, help_text="Shut a tenant off; its data stays."))
        suspend.add_argument("--reason", required=True, help="shown to the tenant's people")
        self.named("resume", self.changing_verb("resume", self.resume, help_text="Let a suspended tenant answer again."))
        rename = self.named("rename", self.changing_verb("rename", self.rename, help_text="Give a tenant another slug or name."))
        rename.add_argument("--slug", help="the new slug; the tenant's platform address moves along")
        rename.add_argument("--name", help="the new name")

    def list(self, options: Options) -> Outcome:
        """All tenants, or those that fit."""
        filters = {name: options[name] for name in ("q", "state", *FILTERS)}
        rows = queries.tenants(**filters).order_by("-id")
        return Outcome({"tenants": [documents.of_tenant(row) for row in rows]}, tables.of_tenants(rows))

    def show(self, options: Options) -> Outcome:
        """One tenant."""
        return self.shown(queries.tenant_named(options["tenant"]))

    def suspend(self, options: Options) -> Outcome:
        """Shut a tenant off."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self.changed(actions.suspend_tenant(tenant_id, reason=options["reason"], actor=self.actor), options=options)

    def resume(self, options: Options) -> Outcome:
        """Let a suspended tenant answer again."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self.changed(actions.resume_tenant(tenant_id, actor=self.actor), options=options)

    def rename(self, options: Options) -> Outcome:
        """Change the slug, the name or both."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            renamed = actions.rename_tenant(tenant_id, slug=options["slug"], name=options["name"], actor=self.actor)
            return self.changed(renamed, options=options)
