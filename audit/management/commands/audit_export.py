"""`manage.py audit_export start|list|fetch|remove`: entries of one tenant's trail as a file."""

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.formats import FORMATS
from audit.management.audit_verbs import filtering
from audit.models import EXPORT_PREFIX, Export
from kernel import ids, tenancy
from kernel.clock import rfc3339, rfc3339_or_none
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Conflict

LIMIT = 50


class Command(OperatorCommand):
    """Writes what is sealed to a file that is kept sealed for a week; each fetch stands in the trail."""

    help = "Export a tenant's audit trail: start, list, fetch and remove."

    def declare(self) -> None:
        """The verbs and their arguments."""
        starting = self.changing_verb("start", self.start, help_text="Have the entries that fit written to a file by a worker.")
        starting.add_argument("--format", default="jsonl", choices=list(FORMATS))
        starting.add_argument("--inline", action="store_true", help="write it in this process instead of waiting for a worker")
        filtering.declare_filters(starting)
        listing = self.verb("list", self.list_exports, help_text="Exports, newest first, and how far each is.")
        listing.add_argument("--limit", type=int, default=LIMIT, help=f"how many (default {LIMIT})")
        fetching = self.changing_verb(
            "fetch", self.fetch, help_text="Put the file of an export somewhere; the trail tells that it was fetched."
        )
        fetching.add_argument("--to", type=Path, required=True, help="the new file")
        removing = self.changing_verb("remove", self.remove, help_text="Remove the file of an export before its time.")
        for parser in (fetching, removing):
            parser.add_argument("export", help="the export's id, exp_…")
        for parser in (starting, listing, fetching, removing):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def start(self, options: Options) -> Outcome:
        """Start one. Raises Invalid, ExportRunning."""
        filters = filtering.chosen(options).as_dict()
        with self.enter(options["tenant"]):
            with self.changing(options):
                export = actions.start_export(options["format"], filters=filters, actor=self.actor)
            if options["inline"] and not options["dry_run"] and export.operation_id is not None:
                actions.work_on_export(export.operation_id, actor=self.actor)
                export = queries.export(export.pk)
            return _told([export], options)

    def list_exports(self, options: Options) -> Outcome:
        """The newest ones."""
        with self.enter(options["tenant"]):
            return _told(list(queries.exports().order_by("-id")[: max(1, options["limit"])]), options)

    def fetch(self, options: Options) -> Outcome:
        """Write the file, which must not be there yet. Raises ExportNotFound, ExportNotReady, ExportDamaged, Conflict."""
        with self.enter(options["tenant"]), self.changing(options):
            export = actions.hand_out_export(ids.wanted(EXPORT_PREFIX, options["export"]), actor=self.actor)
            if not options["dry_run"]:
                _write(options["to"], export)
        data = {"export": export.public_id, "file": str(options["to"]), "sha256": export.sha256, "size_bytes": export.size_bytes}
        return Outcome(data | dry_mark(options), escape(f"{export.size_bytes} bytes in {options['to']}, SHA-256 {export.sha256}."))

    def remove(self, options: Options) -> Outcome:
        """Remove it. Raises ExportNotFound."""
        with self.enter(options["tenant"]), self.changing(options):
            if options["dry_run"]:
                export = queries.export(ids.wanted(EXPORT_PREFIX, options["export"]))
            else:
                export = actions.remove_export(ids.wanted(EXPORT_PREFIX, options["export"]), actor=self.actor)
        return Outcome({"removed": export.public_id} | dry_mark(options), f"The file of {export.public_id} is gone.")


def _write(target: Path, export: Export) -> None:
    try:
        with target.open("xb") as file:
            for piece in queries.pieces_of(export):
                file.write(piece)
    except FileExistsError:
        raise Conflict(f"Choose another name: {target} is there already.") from None


def _told(rows: list[Export], options: Options) -> Outcome:
    standings = queries.standings(rows)
    table = Table("Export", "State", "Format", "Entries", "Bytes", "Asked by", "Kept until")
    for row in rows:
        figures = (str(row.row_count), str(row.size_bytes), escape(row.asked_by), rfc3339_or_none(row.expires_at) or "-")
        table.add_row(row.public_id, standings[row.pk].state, row.format, *figures)
    return Outcome({"exports": [_document(row, standings[row.pk]) for row in rows]} | dry_mark(options), table)


def _document(row: Export, standing: queries.Standing) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "state": standing.state,
        "format": row.format,
        "filters": row.filters,
        "row_count": row.row_count,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "progress_percent": standing.progress_percent,
        "problem": standing.problem,
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339_or_none(row.expires_at),
    }
