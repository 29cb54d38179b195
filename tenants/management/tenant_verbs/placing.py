"""`manage.py tenant where|residency`: where a tenant is, and where it may be."""

from kernel.commands import CHECK_FAILED, DONE, Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, queries
from tenants.management import tables
from tenants.management.tenant_verbs.parts import TenantVerbs
from tenants.whereabouts import report
from tenants.whereabouts.report import PlaceState


class Placing(TenantVerbs):
    """Where a tenant is, and where it may be."""

    def declare_placing(self) -> None:
        """The verbs and their arguments."""
        self.named("find", self.verb("where", self.where, help_text="Find every place where rows or copies of a tenant lie, now."))
        residency = self.named(
            "bind", self.changing_verb("residency", self.residency, help_text="Bind a tenant's data to a jurisdiction, or free it.")
        )
        how = residency.add_mutually_exclusive_group(required=True)
        how.add_argument("jurisdiction", nargs="?", help="where the data must stay, such as EU")
        how.add_argument("--none", action="store_true", help="the data may lie anywhere")

    def where(self, options: Options) -> Outcome:
        """Where a tenant is; exit code 6 when a place breaks its residency."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG):
            found = actions.locate_tenant(tenant_id, actor=self.actor)
        is_broken = found.state is PlaceState.VIOLATES
        return Outcome(report.document(found), tables.of_whereabouts(found), exit_code=CHECK_FAILED if is_broken else DONE)

    def residency(self, options: Options) -> Outcome:
        """Bind a tenant to a jurisdiction, or free it."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        wanted = "" if options["none"] else options["jurisdiction"]
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self.changed(actions.change_residency(tenant_id, jurisdiction=wanted, actor=self.actor), options=options)
