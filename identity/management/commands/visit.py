"""`manage.py visit`: somebody of the operator who acts as a person of a tenant. A visit begins in the console; it can be ended here."""

import argparse

from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """List the visits of support, and end them all."""

    help = "List where support acts as a person of a tenant now, and end all such visits."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self._declared(self.verb("list", self.list, help_text="List the visits."))
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or an address")
        self._declared(self.changing_verb("end", self.end, help_text="End all visits to the tenant at once."))

    def list(self, options: Options) -> Outcome:
        """All that go on."""
        with self.enter(options["tenant"]):
            found = [documents.of_session(session) for session in queries.support_sessions(options["q"]).order_by("-id")]
        lines = Table(Column("Session", min_width=30), "Who", "As", "Why", "Until", box=None)
        for row in found:
            told = (row["id"], row["support"]["label"], row["person"]["email"], row["support"]["reason"], row["expires_at"][:16])
            lines.add_row(*(Text(cell) for cell in told))
        return Outcome({"visits": found}, lines if found else Text("Nobody of support acts here."))

    def end(self, options: Options) -> Outcome:
        """End them all."""
        with self.enter(options["tenant"]), self.changing(options):
            ended = actions.end_visits(actor=self.actor)
        would = "would end" if options["dry_run"] else "ended"
        return Outcome({"sessions_ended": ended, **dry_mark(options)}, Text(f"{ended} visit{'' if ended == 1 else 's'} {would}."))

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser
