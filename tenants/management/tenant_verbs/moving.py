"""`manage.py tenant move|moves|leftovers`: a tenant in another cell, and what moves leave behind."""

from rich.markup import escape

from kernel.commands import Options, Outcome
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import tables
from tenants.management.tenant_verbs.parts import TenantVerbs


class Moving(TenantVerbs):
    """A tenant goes to another cell."""

    def declare_moving(self) -> None:
        """The verbs and their arguments."""
        move = self.named("move", self.changing_verb("move", self.move, help_text="Move a tenant to another cell while it works."))
        move.add_argument("--to", required=True, metavar="CELL", help="the cell in which it shall live")
        self.waiting_choices(move)
        moves = self.verb("moves", self.moves, help_text="List moves, newest first.")
        moves.add_argument("--q", default="", help="part of a slug, a cell or a tenant's id")
        leftovers = self.verb("leftovers", self.leftovers, help_text="List places that nobody uses and when they are dropped.")
        leftovers.add_argument("--cell", default="", help="only those in this cell")

    def move(self, options: Options) -> Outcome:
        """Move a tenant and wait until it has arrived."""
        tenant = queries.tenant_named(options["tenant"])
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                operation = actions.move_tenant(tenant.id, cell=options["to"], actor=self.actor)
                data = {"move": documents.of_move(operation)}
            if options["dry_run"]:
                text = f"{tenant.slug} would be moved from {tenant.cell_id} to {options['to']}. Nothing was changed."
                return Outcome({**data, "dry_run": True}, tables.line(text))
            operation = self.over(operation.id, work=actions.carry_out_move, options=options)
            still_ms = operation.result.get("freeze_ms")
            stood = f" It took no writes for {still_ms} ms." if still_ms is not None else ""
            return self.worked(operation, tenant_id=tenant.id, done=f"{tenant.slug} lives in {options['to']} now.{stood}")

    def moves(self, options: Options) -> Outcome:
        """All moves, or those that fit."""
        with self.enter(PLATFORM_SLUG):
            rows = [documents.of_move(row) for row in queries.moves(q=options["q"]).order_by("-id")]
        table = tables.headed("Tenant", "From", "To", "State", "Still", "Operation")
        for row in rows:
            still = "" if row["freeze_ms"] is None else f"{row['freeze_ms']} ms"
            table.add_row(row["tenant"], row["from_cell"], row["to_cell"], row["state"], still, row["operation"])
        return Outcome({"moves": rows}, table)

    def leftovers(self, options: Options) -> Outcome:
        """Places that wait to be dropped."""
        rows = [documents.of_leftover(row) for row in queries.leftovers(cell=options["cell"])]
        table = tables.headed("Cell", "Schema", "Left because", "Dropped after")
        for row in rows:
            table.add_row(row["cell"], row["schema"], escape(row["reason"]), row["drop_after"])
        return Outcome({"leftovers": rows}, table)
