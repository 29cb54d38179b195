"""`manage.py person import|bulk|undo|inactive`: many people at once."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.bulk.kinds import Kind
from identity.bulk.reading import BYTES_MOST
from identity.models import BulkRun
from kernel import clock, ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import NotFound, Unavailable

LOOK_AGAIN_S = 0.5
WOULD = {"done": "would change", "refused": "would be refused"}
"""What people read of a row that was only rehearsed; machines read its outcome, which is the same word either way."""


class BulkVerbs(OperatorCommand):
    """What `person` does to many people at once."""

    def declare_bulk(self) -> None:
        """The verbs of this part."""
        taking = self.changing_verb(
            "import", self.take_file, help_text="Invite, change, suspend, resume or deactivate the people of a CSV file."
        )
        taking.add_argument("file", help="a CSV file with a heading, or - for standard input")
        taking.add_argument("--kind", choices=queries.BULK_KINDS, required=True, help="what is done to each of them")
        taking.add_argument("--reason", default="", help="why, for rows of suspend and deactivate that give none")
        runs = self.verb("bulk", self.runs, help_text="List the changes to many people, or the rows of one of them.")
        runs.add_argument("run", nargs="?", default="", help="the id of a run, blk_…; without one all runs are listed")
        runs.add_argument("--outcome", choices=queries.BULK_OUTCOMES, default="", help="only rows with this outcome")
        runs.add_argument("-q", default="", metavar="TEXT", help="part of a file's name, of an address or of what came of a row")
        undo = self.changing_verb(
            "undo", self.undo, help_text="Take a change to many people back; who changed since stays as they are."
        )
        undo.add_argument("run", help="the id of the run, blk_…")
        inactive = self.changing_verb("inactive", self.inactive, help_text="Suspend people who were not seen for some days.")
        inactive.add_argument("--days", type=int, required=True, help="for how many days they were not seen")
        for parser in (taking, runs, undo, inactive):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def take_file(self, options: Options) -> Outcome:
        """Change the people of a file; under `--dry-run` every row is done and all of it is taken back."""
        kind = Kind(options["kind"])
        rows = queries.bulk_file_rows(content_of(options["file"]), kind=kind)
        name = Path(options["file"]).name

        def begin() -> BulkRun:
            return actions.start_bulk(kind, rows=rows, reason=options["reason"], file_name=name, actor=self.actor)

        return self._worked_off(begin, options)

    def undo(self, options: Options) -> Outcome:
        """Take a run back."""
        return self._worked_off(lambda: actions.undo_bulk(ids.wanted("blk", options["run"]), actor=self.actor), options)

    def runs(self, options: Options) -> Outcome:
        """All runs, or the rows of one."""
        with self.enter(options["tenant"]):
            if options["run"]:
                return rows_of(queries.bulk_run(ids.wanted("blk", options["run"])), options)
            found = list(queries.bulk_runs(q=options["q"]).order_by("-id"))
            standings = queries.bulk_standings(found)
            told = [documents.of_bulk_run(run, standing=standings[run.id]) for run in found]
        lines = Table(Column("Id", min_width=30), "Kind", "File", "State", "Done", "Refused", "Started", box=None)
        for one in told:
            kind = f"{one['kind']}{' (rehearsal)' if one['is_rehearsal'] else ''}"
            counts = one["counts"]
            cells = (one["id"], kind, one["file_name"], one["state"], counts["done"], counts["refused"], one["created_at"][:16])
            lines.add_row(*(Text(str(cell)) for cell in cells))
        return Outcome({"runs": told}, lines if told else Text("Nobody changed many people at once yet."))

    def inactive(self, options: Options) -> Outcome:
        """Suspend whoever was not seen; under `--dry-run` only say who that is."""
        with self.enter(options["tenant"]), self.changing(options):
            seen = {user.id: user for user in queries.inactive_people(days=options["days"])}
            found = actions.end_inactive(days=options["days"], actor=self.actor)
            suspended = [absent(seen.get(user.id, user)) for user in found.suspended]
            kept = [absent(user) for user in found.kept]
        would = "would be" if options["dry_run"] else "are"
        lines = [Text(f"{row['email']}  last seen {str(row['seen_at'])[:10]}") for row in suspended]
        lines += [Text(f"{row['email']} stays: the last owner.") for row in kept]
        told = Group(*lines, Text(f"{len(suspended)} people {would} suspended."))
        return Outcome({"suspended": suspended, "kept": kept, **dry_mark(options)}, told)

    def _worked_off(self, begin: Callable[[], BulkRun], options: Options) -> Outcome:
        """Begin a run and work it off here, or wait for the worker that was faster."""
        with self.enter(options["tenant"]), self.changing(options):
            run = begin()
            if run.operation_id is not None:
                actions.work_on_bulk(run.operation_id, actor=self.actor)
            while not queries.bulk_standing(run).is_over:
                if options["dry_run"]:  # nobody else sees it, so nobody else goes on with it
                    raise Unavailable(
                        "Something that it needs does not answer; the log tells what. Nothing was changed, try again."
                    )
                time.sleep(LOOK_AGAIN_S)
            return rows_of(queries.bulk_run(run.id), {**options, "q": "", "outcome": ""})


def content_of(name: str) -> bytes:
    """The bytes of a file or of standard input, one more than may be at most. Raises NotFound."""
    if name == "-":
        return sys.stdin.buffer.read(BYTES_MOST + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(BYTES_MOST + 1)
    except OSError as fault:
        raise NotFound(f"The file cannot be read: {fault.strerror}. Check its name.") from fault


def rows_of(run: BulkRun, options: Options) -> Outcome:
    """One run with its rows, for machines and for people."""
    document = documents.of_bulk_run(run, standing=queries.bulk_standing(run))
    rows = queries.bulk_rows(run, q=options["q"], outcome=options["outcome"]).order_by("number")
    found = [documents.of_bulk_row(row) for row in rows]
    lines = Table(
        Column("Line", justify="right"), Column("Address", overflow="fold"), "Outcome", Column("Why", overflow="fold"), box=None
    )
    is_rehearsed = bool(options.get("dry_run")) or run.is_rehearsal
    words = WOULD if is_rehearsed else {}
    for row in found:
        outcome = words.get(row["outcome"], row["outcome"])
        lines.add_row(*(Text(str(cell)) for cell in (row["line"], row["given"].get("email", ""), outcome, row["detail"])))
    counts = ", ".join(f"{number} {words.get(outcome, outcome)}" for outcome, number in document["counts"].items() if number)
    would = "; nothing was changed" if is_rehearsed else ""
    told = Text(f"{document['id']}  {run.kind}  {document['state']}: {counts or 'no rows'}{would}.", style="bold")
    parts: list[RenderableType] = [lines, told] if found else [told]
    data: dict[str, Any] = {"run": document, "rows": found}
    return Outcome({**data, **({"dry_run": True} if options.get("dry_run") else {})}, Group(*parts))


def absent(user: Any) -> dict[str, Any]:
    """One absent person for machines."""
    seen_at = getattr(user, "seen_at", None)
    return {"id": user.public_id, "email": user.email, "seen_at": clock.rfc3339_or_none(seen_at)}
