"""`manage.py tenant archive|unarchive|delete|undelete|purge|erasure|bulk`: how a tenant ends, and how it comes back."""

from collections.abc import Callable

from kernel.commands import Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from operations.models import Operation
from tenants import actions, bulk, documents, queries
from tenants.bulk import BulkAction
from tenants.management import tables
from tenants.management.tenant_verbs.parts import TenantVerbs
from tenants.models import Tenant, TenantState


class Ending(TenantVerbs):
    """How a tenant ends, and how it comes back."""

    def declare_ending(self) -> None:
        """The verbs and their arguments."""
        self._declare_archiving()
        self._declare_deleting()
        self._declare_bulk()

    def archive(self, options: Options) -> Outcome:
        """Put a tenant away as a tried copy."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                begun = actions.archive_tenant(tenant_id, reason=options["reason"], actor=self.actor)
            done = f"{begun.tenant.slug} is archived; its place is dropped. Bring it back with: manage.py tenant unarchive {begun.tenant.slug}"
            return self._worked(begun.tenant, begun.operation, work=actions.put_away_tenant, done=done, options=options)

    def unarchive(self, options: Options) -> Outcome:
        """Bring an archived tenant back."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                begun = actions.unarchive_tenant(tenant_id, cell=options["cell"], actor=self.actor)
            done = f"{begun.tenant.slug} is back in {begun.tenant.cell_id} and answers again."
            return self._worked(begun.tenant, begun.operation, work=actions.bring_back_tenant, done=done, options=options)

    def delete(self, options: Options) -> Outcome:
        """Take a tenant out of service for good, or show what that would take."""
        tenant = queries.tenant_named(options["tenant"])
        if options["dry_run"]:
            preview = queries.deletion_preview(tenant)
            return Outcome({"deletion": documents.of_deletion(preview), "dry_run": True}, tables.of_deletion(preview))
        with self.enter(PLATFORM_SLUG):
            deletion = actions.delete_tenant(
                tenant.id, slug=options["yes_i_mean"] or "", reason=options["reason"], actor=self.actor
            )
            until = f"{deletion.tenant.delete_after:%Y-%m-%d %H:%M} UTC"
            done = f"{tenant.slug} answers nobody any more and is erased after {until}. Until then: manage.py tenant undelete {tenant.slug}"
            if deletion.operation is None:
                return Outcome(documents.of_begun(deletion.tenant, operation=None), tables.line(done))
            return self._worked(deletion.tenant, deletion.operation, work=actions.take_final_copy, done=done, options=options)

    def undelete(self, options: Options) -> Outcome:
        """Undo a deletion within its grace time."""
        tenant_id = queries.tenant_named(options["tenant"]).id
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self.changed(actions.undelete_tenant(tenant_id, actor=self.actor), options=options)

    def purge(self, options: Options) -> Outcome:
        """Erase a deleted tenant for good."""
        tenant_id, typed = queries.tenant_named(options["tenant"]).id, options["yes_i_mean"] or ""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                if options["now"] or options["without_export"]:
                    purge = actions.purge_tenant_now(
                        tenant_id,
                        slug=typed,
                        reason=options["reason"],
                        without_export=options["without_export"] or "",
                        actor=self.actor,
                    )
                else:
                    purge = actions.purge_tenant(tenant_id, slug=typed, actor=self.actor)
            done = f"{purge.tenant.slug} is erased. The proof: manage.py tenant erasure {purge.tenant.public_id}"
            return self._worked(purge.tenant, purge.operation, work=actions.erase_tenant, done=done, options=options)

    def erasure(self, options: Options) -> Outcome:
        """The proof that a tenant was erased."""
        tenant = queries.purged_named(options["tenant"])
        document = documents.of_erasure(queries.erasure(tenant))
        return Outcome({"erasure": document}, tables.of_erasure(document))

    def bulk(self, options: Options) -> Outcome:
        """Change many tenants, or say what would become of each."""
        action, names = BulkAction(options["action"]), self._chosen(options)
        if options["dry_run"]:
            outcomes = bulk.preview(action, tenants=names)
            return Outcome({"outcomes": outcomes, "dry_run": True}, tables.of_outcomes(outcomes))
        with self.enter(PLATFORM_SLUG):
            operation = actions.change_many(
                action, tenants=names, reason=options["reason"], confirm=options["yes_i_mean"] or "", actor=self.actor
            )
            operation = self.over(operation.id, work=actions.work_through, options=options)
            return self.ended(operation, data={}, done=tables.of_outcomes(operation.result.get("outcomes", [])))

    def _declare_archiving(self) -> None:
        archive = self.named(
            "archive",
            self.changing_verb("archive", self.archive, help_text="Put a tenant away as a tried copy and drop its place."),
        )
        archive.add_argument("--reason", required=True, help="why; stands in the trail and beside the tenant")
        self.waiting_choices(archive)
        unarchive = self.named(
            "unarchive", self.changing_verb("unarchive", self.unarchive, help_text="Bring an archived tenant back into a cell.")
        )
        unarchive.add_argument("--cell", help="the cell it comes back to; the emptiest that it may lie in when left out")
        self.waiting_choices(unarchive)

    def _declare_deleting(self) -> None:
        delete = self.named(
            "delete",
            self.changing_verb("delete", self.delete, help_text="Take a tenant out of service; it is erased after its grace time."),
        )
        delete.add_argument("--reason", required=True, help="why; stands in the trail and beside the tenant")
        self._typed(delete)
        self.waiting_choices(delete)
        self.named("undelete", self.changing_verb("undelete", self.undelete, help_text="Undo a deletion within its grace time."))
        purge = self.named(
            "purge", self.changing_verb("purge", self.purge, help_text="Erase a deleted tenant; this cannot be undone.")
        )
        self._typed(purge)
        purge.add_argument("--now", action="store_true", help="do not wait for the end of the grace time; needs --reason")
        purge.add_argument("--reason", default="", help="why it is erased now")
        purge.add_argument(
            "--without-export", metavar="SLUG", help="the slug once more: erase although there is no final copy; needs --reason"
        )
        self.waiting_choices(purge)
        self.named("erasure", self.verb("erasure", self.erasure, help_text="Show the proof that a tenant was erased."))

    def _declare_bulk(self) -> None:
        many = self.changing_verb(
            "bulk", self.bulk, help_text="Suspend, resume, archive, delete or undelete many tenants in one go."
        )
        many.add_argument("action", choices=[action.value for action in BulkAction])
        many.add_argument("--slug", nargs="+", default=[], metavar="SLUG", help="the tenants, by slug or id")
        many.add_argument("--state", default="", choices=[state.value for state in TenantState], help="all tenants in this state")
        many.add_argument("--q", default="", help="all tenants with this in slug, name or host")
        many.add_argument("--reason", default="", help="why; needed to suspend, archive and delete")
        many.add_argument("--yes-i-mean", metavar="NUMBER", help="to delete: how many tenants they are")
        self.waiting_choices(many)

    def _typed(self, parser: object) -> None:
        parser.add_argument("--yes-i-mean", metavar="SLUG", help="the tenant's slug once more, to confirm")  # type: ignore[attr-defined]

    def _chosen(self, options: Options) -> list[str]:
        """The tenants that are named, or those that the filters find; platform is never found by a filter."""
        if options["slug"] or not (options["state"] or options["q"]):
            return list(options["slug"])
        found = queries.tenants(q=options["q"], state=options["state"]).exclude(slug=PLATFORM_SLUG)
        return [tenant.slug for tenant in found.order_by("id")]

    def _worked(self, tenant: Tenant, operation: Operation, *, work: Callable[..., None], done: str, options: Options) -> Outcome:
        """What became of it; under `--dry-run` what would."""
        if options["dry_run"]:
            text = f"{tenant.slug} would be {tenant.state}. Nothing was changed."
            return Outcome({"tenant": documents.of_tenant(tenant), "dry_run": True}, tables.line(text))
        over = self.over(operation.id, work=work, options=options)
        return self.worked(over, tenant_id=tenant.id, done=done)
