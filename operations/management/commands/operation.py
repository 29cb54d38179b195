"""`manage.py operation list|show|resume|cancel`: the operator's hand on long jobs."""

from typing import Any
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from kernel import ids
from kernel.clock import rfc3339
from kernel.commands import DONE, ERROR, OperatorCommand, Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from operations import actions, queries
from operations.models import FAILED, ID_PREFIX, Operation
from operations.problems import OperationNotFound


class Command(OperatorCommand):
    """Look at long jobs, send failed ones on, cancel running ones. They belong to a tenant: `platform` unless told otherwise.

    Exit codes: 0 done, 1 error (`show`: the operation failed), 2 wrong usage, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "List, show, resume and cancel operations."

    def declare(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List operations, newest first.")
        listing.add_argument("--state", default="", choices=["queued", "running", "succeeded", "failed", "cancelled"])
        listing.add_argument("--limit", type=int, default=50, help="how many at most")
        show = self.verb("show", self.show, help_text="Show one operation.")
        resume = self.changing_verb("resume", self.resume, help_text="Send a failed or stuck operation to a worker again.")
        cancel = self.changing_verb("cancel", self.cancel, help_text="Stop an operation at its next step; what it has done stays.")
        for parser in (show, resume, cancel):
            parser.add_argument("operation", help="the operation's id, op_…")
        for parser in (listing, show, resume, cancel):
            parser.add_argument("--tenant", default=PLATFORM_SLUG, help="slug of the tenant whose operations are meant")

    def list(self, options: Options) -> Outcome:
        """The newest operations."""
        with self.enter(options["tenant"]):
            rows = [*queries.operations(state=options["state"]).order_by("-id")[: max(1, options["limit"])]]
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("Id", "Operation", "State", "Done", "Step"):
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(row.public_id, escape(row.label), row.state, f"{row.progress_percent} %", row.step_name)
        return Outcome({"operations": [_document(row) for row in rows]}, table)

    def show(self, options: Options) -> Outcome:
        """One operation."""
        with self.enter(options["tenant"]):
            return self._shown(queries.operation(_id(options)))

    def resume(self, options: Options) -> Outcome:
        """Send it on."""
        with self.enter(options["tenant"]), self.changing(options):
            return self._shown(actions.resume(_id(options), actor=self.actor))

    def cancel(self, options: Options) -> Outcome:
        """Stop it."""
        with self.enter(options["tenant"]), self.changing(options):
            return self._shown(actions.cancel(_id(options), actor=self.actor))

    def _shown(self, row: Operation) -> Outcome:
        """One operation with all of its result: an operator's command may see the secret part."""
        result = actions.show_result(row, actor=self.actor)
        table = Table(show_header=False, box=None, pad_edge=False)
        facts = {
            "Operation": row.label,
            "State": row.state,
            "Done": f"{row.progress_percent} %",
            "Step": row.step_name,
            "Attempts": str(row.attempts),
            "Problem": str((row.problem or {}).get("detail", "")),
            **{name.replace("_", " ").capitalize(): str(value) for name, value in result.items()},
            "Id": row.public_id,
        }
        for label, value in facts.items():
            if value:
                table.add_row(f"[dim]{label}[/]", escape(value))
        document = {**_document(row), "result": result}
        return Outcome({"operation": document}, table, exit_code=ERROR if row.state == FAILED else DONE)


def _id(options: Options) -> UUID:
    try:
        return ids.parse(ID_PREFIX, options["operation"])
    except ValueError as fault:
        raise OperationNotFound("An operation's id begins with op_. List the operations to find it.") from fault


def _document(row: Operation) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "subject": row.subject,
        "label": row.label,
        "state": row.state,
        "steps": row.steps,
        "step": row.step,
        "progress_percent": row.progress_percent,
        "attempts": row.attempts,
        "problem": row.problem,
        "result": row.result,
        "created_at": rfc3339(row.created_at),
    }
