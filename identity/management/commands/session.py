"""`manage.py session`: who is signed in to a tenant, and the end of it."""

import argparse

from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """List sessions, end one, end all of a person."""

    help = "List who is signed in to a tenant and where, end one session, or all of a person."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self._declared(self.verb("list", self.list, help_text="List the living sessions, newest first."))
        listing.add_argument(
            "-q", default="", metavar="TEXT", help="part of a person's name or address, or the beginning of an IP address"
        )
        one = self._declared(
            self.changing_verb("end", self.end, help_text="End one session; its browser is refused with its next request.")
        )
        one.add_argument("session", help="ses_…")
        everything = self._declared(self.changing_verb("end-all", self.end_all, help_text="Sign a person out everywhere."))
        everything.add_argument("email", help="the person's address")

    def list(self, options: Options) -> Outcome:
        """All that live."""
        with self.enter(options["tenant"]):
            found = [documents.of_session(session) for session in queries.living_sessions(options["q"]).order_by("-id")]
        lines = Table(Column("Id", min_width=30), "Person", "Device", "Address", "Method", "Last seen", box=None)
        for row in found:
            told = (row["id"], row["person"]["email"], row["device"], row["last_address"], row["method"], row["last_seen_at"][:16])
            lines.add_row(*(Text(cell) for cell in told))
        return Outcome({"sessions": found}, lines if found else Text("Nobody is signed in."))

    def end(self, options: Options) -> Outcome:
        """End one."""
        with self.enter(options["tenant"]), self.changing(options):
            actions.end_session(ids.wanted("ses", options["session"]), actor=self.actor)
        would = "would end" if options["dry_run"] else "has ended"
        return Outcome({"session": options["session"], **dry_mark(options)}, Text(f"{options['session']} {would}."))

    def end_all(self, options: Options) -> Outcome:
        """End all of a person."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            ended = actions.end_sessions(person.id, actor=self.actor)
        would = "would end" if options["dry_run"] else "ended"
        text = Text(f"{ended} session{'' if ended == 1 else 's'} of {person.email} {would}.")
        return Outcome({"person": person.public_id, "sessions_ended": ended, **dry_mark(options)}, text)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser
