"""`manage.py backup list|show|run|check|drill|file|remove`: the operator's hand on copies of tenants."""

from pathlib import Path

from django.conf import settings
from rich.progress import Progress

from kernel.commands import CHECK_FAILED, DONE, Options, Outcome
from kernel.problems import Problem
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import copying, tables
from tenants.management.tenant_verbs.parts import TenantVerbs
from tenants.models import Backup, BackupKind, BackupState


class Command(TenantVerbs):
    """Look at copies of tenants, take those that are due, try them, hand them out, remove them.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict, 6 a copy is damaged.
    """

    help = "List, take, try, hand out and remove copies of tenants."

    def declare(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List copies, newest first.")
        listing.add_argument("--tenant", default="", help="slug or id of one tenant")
        listing.add_argument("--q", default="", help="part of a tenant's slug or name")
        listing.add_argument("--state", default="", choices=[state.value for state in BackupState])
        listing.add_argument("--kind", default="", choices=[kind.value for kind in BackupKind])
        listing.add_argument("--limit", type=int, default=50, help="how many at most")
        show = self.verb("show", self.show, help_text="Show one copy.")
        run = self.changing_verb(
            "run", self.run, help_text="Remove copies whose time is over and take those that are due, as the timetable does."
        )
        run.add_argument("--within", type=float, default=600.0, help="begin no copy after as many seconds")
        check = self.changing_verb(
            "check", self.try_one, help_text="Restore one copy for trial, compare every checksum, and say how long it took."
        )
        drill = self.changing_verb("drill", self.try_some, help_text="Try the newest copies of some tenants, chosen by lot.")
        drill.add_argument("--number", type=int, default=settings.BACKUP_DRILLS, help="how many tenants")
        file = self.changing_verb(
            "file", self.file, help_text="Put a copy's file somewhere; the trail tells that it was handed out."
        )
        file.add_argument("--to", type=Path, required=True, help="the new file")
        file.add_argument("--plain", action="store_true", help="unsealed, as a tar of gzip files")
        remove = self.changing_verb(
            "remove", self.remove, help_text="Remove a copy's file for good; never a tenant's newest good one."
        )
        for parser in (show, check, file, remove):
            parser.add_argument("backup", help="the copy's id, bak_…")

    def list(self, options: Options) -> Outcome:
        """The newest copies that fit."""
        tenant_id = queries.tenant_named(options["tenant"]).id if options["tenant"] else None
        found = queries.backups(q=options["q"], tenant_id=tenant_id, state=options["state"], kind=options["kind"])
        rows = [*found.order_by("-id")[: max(1, options["limit"])]]
        return Outcome({"backups": [documents.of_backup(row) for row in rows]}, tables.of_backups(rows))

    def show(self, options: Options) -> Outcome:
        """One copy."""
        return self._told(queries.backup_named(options["backup"]))

    def run(self, options: Options) -> Outcome:
        """What is due now."""
        due = queries.due_tenants()
        if options["dry_run"]:
            over = [row.public_id for row in queries.expired_backups()]
            data = {"due": [tenant.slug for tenant in due], "expired": over, "dry_run": True}
            return Outcome(data, tables.line(f"{len(due)} would be copied, {len(over)} removed. Nothing was changed."))
        with self.enter(PLATFORM_SLUG):
            removed = actions.expire_backups(actor=self.actor)
            taken = actions.back_up_due(within_s=options["within"], actor=self.actor)
        data = {"taken": [documents.of_backup(row) for row in taken], "due": len(due), "removed": removed}
        return Outcome(data, tables.of_backups(taken), exit_code=DONE if len(taken) == len(due) else CHECK_FAILED)

    def try_one(self, options: Options) -> Outcome:
        """Try one copy here and now."""
        backup = queries.backup_named(options["backup"])
        if options["dry_run"]:
            return Outcome({"dry_run": True}, tables.line(f"{backup.public_id} would be tried. Nothing was changed."))
        with self.enter(PLATFORM_SLUG), Progress(console=self.console) as progress:
            bar = progress.add_task("Restoring for trial", total=100)
            try:
                tried = actions.drill_backup(
                    backup.id,
                    on_progress=lambda done, of, what: progress.update(
                        bar, completed=100 * done / max(of, 1), description=what or "Done"
                    ),
                    actor=self.actor,
                )
            except Problem as fault:
                self.console.print(fault.detail, markup=False)
                tried = queries.backup(backup.id)
        return self._told(tried)

    def try_some(self, options: Options) -> Outcome:
        """Try some."""
        if options["dry_run"]:
            return Outcome({"dry_run": True}, tables.line(f"Up to {options['number']} copies would be tried. Nothing was changed."))
        with self.enter(PLATFORM_SLUG):
            tried = actions.drill_backups(number=options["number"], actor=self.actor)
        is_sound = all(row.verified_at and not row.fault for row in tried)
        data = {"tried": [documents.of_backup(row) for row in tried]}
        return Outcome(data, tables.of_backups(tried), exit_code=DONE if is_sound else CHECK_FAILED)

    def file(self, options: Options) -> Outcome:
        """Hand a copy out."""
        copying.require_free(options["to"], plain=options["plain"])
        backup = queries.backup_named(options["backup"])
        if options["dry_run"]:
            return Outcome(
                {"dry_run": True}, tables.line(f"{backup.public_id} would be put into {options['to']}. Nothing was changed.")
            )
        with self.enter(PLATFORM_SLUG):
            path = copying.hand_out(backup.id, to=options["to"], plain=options["plain"], actor=self.actor)
        return Outcome({"backup": documents.of_backup(backup), "file": path}, tables.line(path))

    def remove(self, options: Options) -> Outcome:
        """Remove a copy."""
        backup = queries.backup_named(options["backup"])
        if options["dry_run"]:
            return Outcome({"dry_run": True}, tables.line(f"{backup.public_id} would be removed. Nothing was changed."))
        with self.enter(PLATFORM_SLUG):
            return self._told(actions.remove_backup(backup.id, actor=self.actor))

    def _told(self, backup: Backup) -> Outcome:
        is_damaged = bool(backup.fault) and backup.state == BackupState.READY
        return Outcome(
            {"backup": documents.of_backup(backup)}, tables.of_backup(backup), exit_code=CHECK_FAILED if is_damaged else DONE
        )
