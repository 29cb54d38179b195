"""`manage.py tenant export|restore`: copies of a tenant."""

from pathlib import Path
from uuid import UUID

from kernel import ids
from kernel.commands import Options, Outcome
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import copying, tables
from tenants.management.tenant_verbs.parts import TenantVerbs


class Copies(TenantVerbs):
    """Copies of a tenant, and what is made from them."""

    def declare_copies(self) -> None:
        """The verbs and their arguments."""
        export = self.named(
            "copy", self.changing_verb("export", self.export, help_text="Copy a tenant into one file, from one snapshot.")
        )
        export.add_argument("--to", type=Path, help="also put the file there; it must not exist yet")
        export.add_argument("--plain", action="store_true", help="put it there unsealed, as a tar of gzip files, for the customer")
        self.waiting_choices(export)
        restore = self.changing_verb(
            "restore",
            self.restore,
            help_text="Make a new tenant from a copy, or replace all that a tenant has by what a copy holds.",
        )
        restore.add_argument("source", help="id of a backup (bak_…), or a file")
        how = restore.add_mutually_exclusive_group(required=True)
        how.add_argument("--as", dest="as_slug", metavar="SLUG", help="slug of the new tenant")
        how.add_argument(
            "--replace", metavar="SLUG", help="slug of the tenant whose rows are replaced; typed to show that it is meant"
        )
        restore.add_argument("--name", help="name of the new tenant; the copied one's when left out")
        restore.add_argument("--cell", help="where the new tenant lives; the emptiest cell that fits when left out")
        self.waiting_choices(restore)

    def export(self, options: Options) -> Outcome:
        """Copy a tenant, and hand the file out if it was asked for."""
        copying.require_free(options["to"], plain=options["plain"])
        tenant = queries.tenant_named(options["tenant"])
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                operation = actions.back_up_tenant(tenant.id, actor=self.actor)
            if options["dry_run"]:
                return Outcome({"dry_run": True}, tables.line(f"{tenant.slug} would be copied. Nothing was changed."))
            operation = self.over(operation.id, work=actions.work_on_backup, options=options)
            outcome = self.worked(
                operation, tenant_id=tenant.id, done=f"{tenant.slug} is copied: {operation.result.get('backup', '')}"
            )
            if operation.state != "succeeded":
                return outcome
            backup = queries.backup_named(str(operation.result["backup"]))
            given = copying.hand_out(backup.id, to=options["to"], plain=options["plain"], actor=self.actor) if options["to"] else ""
        return Outcome({**outcome.data, "backup": documents.of_backup(backup), "file": given}, tables.of_backup(backup))

    def restore(self, options: Options) -> Outcome:
        """Restore a copy and wait until the tenant is open."""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                asked = self._replacing(options) if options["replace"] else self._restoring(options)
            if options["dry_run"]:
                copying.undo_taking_in(asked.backup)
                data = {"tenant": documents.of_tenant(asked.tenant), "dry_run": True}
                return Outcome(
                    data, tables.line(f"{asked.tenant.slug} would be restored in {asked.tenant.cell_id}. Nothing was changed.")
                )
            work = actions.work_on_replacement if options["replace"] else actions.work_on_restore
            operation = self.over(asked.operation.id, work=work, options=options)
            return self.worked(operation, tenant_id=asked.tenant.id, done=f"{asked.tenant.slug} is restored and open.")

    def _restoring(self, options: Options) -> actions.Restoring:
        named = actions.Named(slug=options["as_slug"], name=options["name"] or options["as_slug"], cell=options["cell"])
        backup_id = _backup_id(options["source"])
        if backup_id is None:
            return actions.restore_file(Path(options["source"]), named=named, actor=self.actor)
        return actions.restore_tenant(backup_id, named=named, actor=self.actor)

    def _replacing(self, options: Options) -> actions.Restoring:
        if options["name"] or options["cell"]:
            raise Invalid("--name and --cell are for a new tenant: a replaced one keeps its name and its cell.")
        backup_id = _backup_id(options["source"])
        if backup_id is None:
            return actions.replace_from_file(Path(options["source"]), slug=options["replace"], actor=self.actor)
        return actions.replace_tenant(backup_id, slug=options["replace"], actor=self.actor)


def _backup_id(source: str) -> UUID | None:
    """The id of a copy; None where a file is meant."""
    try:
        return ids.parse("bak", source)
    except ValueError:
        return None
