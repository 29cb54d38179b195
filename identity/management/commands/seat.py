"""`manage.py seat`: the licence seats of a tenant."""

import argparse

from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

UNLIMITED = "unlimited"


class Command(OperatorCommand):
    """Show and set how many people may be active at once, and what becomes of one too many."""

    help = "Show the seats of a tenant, say how many there are and what becomes of one person too many, and let in those who wait."

    def declare(self) -> None:
        """The verbs of this command."""
        self._declared(self.verb("show", self.show, help_text="Show how many seats there are and how many are taken."))
        holders = self._declared(self.verb("list", self.list, help_text="List the people who have a seat or wait for one."))
        holders.add_argument("--state", choices=queries.SEAT_STATES, default="", help="only seats in this state")
        holders.add_argument("-q", default="", metavar="TEXT", help="part of a name or an address")
        change = self._declared(
            self.changing_verb("set", self.set, help_text="Say how many seats there are and what becomes of one person too many.")
        )
        change.add_argument("--maximum", metavar="NUMBER", help=f"how many people may be active at once, or `{UNLIMITED}`")
        change.add_argument("--rule", choices=queries.SEAT_RULES, help="what becomes of one person too many")
        self._declared(self.changing_verb("fill", self.fill, help_text="Let in whoever waits and has a free seat."))

    def show(self, options: Options) -> Outcome:
        """The seats."""
        with self.enter(options["tenant"]):
            return told(options)

    def list(self, options: Options) -> Outcome:
        """All who have one or wait."""
        with self.enter(options["tenant"]):
            people = queries.seat_holders(q=options["q"], state=options["state"]).order_by("-id")
            found = [documents.of_seat_holder(person) for person in people]
        lines = Table(Column("Id", min_width=30), "Name", Column("Address", overflow="fold"), "Seat", "Since", box=None)
        for row in found:
            lines.add_row(*(Text(str(row[name])) for name in ("id", "name", "email", "state", "since")))
        return Outcome({"holders": found}, lines if found else Text("Nobody matches."))

    def set(self, options: Options) -> Outcome:
        """Another number, another rule, or both; what is not given stays."""
        with self.enter(options["tenant"]), self.changing(options):
            policy = queries.seat_policy()
            maximum = policy.maximum if options["maximum"] is None else number(options["maximum"])
            actions.change_seats(maximum=maximum, rule=options["rule"] or policy.rule, actor=self.actor)
            return told(options)

    def fill(self, options: Options) -> Outcome:
        """Let in who waits."""
        with self.enter(options["tenant"]), self.changing(options):
            entered = [person.email for person in actions.fill_seats(actor=self.actor)]
        would = "would enter" if options["dry_run"] else "entered"
        text = Text(f"{len(entered)} {would}: {', '.join(entered)}." if entered else "Nobody waits for a seat that is free.")
        return Outcome({"entered": entered, **dry_mark(options)}, text)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser


def number(text: str) -> int | None:
    """The maximum as it was typed; what is no number becomes one that the action refuses."""
    if text == UNLIMITED:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def told(options: Options) -> Outcome:
    """The seats for machines and for people."""
    document = documents.of_seats(queries.seat_policy(), count=queries.seat_count())
    maximum = "any number of" if document["maximum"] is None else document["maximum"]
    text = Text(
        f"{document['taken']} of {maximum} seats are taken, {document['over']} too many, {document['waiting']} people wait; "
        f"rule: {document['rule']}."
    )
    return Outcome({"seats": document, **dry_mark(options)}, text)
