"""`manage.py hold list|preview|place|ask-lift|refuse|lift`: legal holds on a tenant's entries."""

import argparse
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.models import HOLD_PREFIX, LegalHold
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

TERMS = ("actor", "subject", "action", "since", "until")


class Command(OperatorCommand):
    """Keep entries whatever a period says. Lifting takes two: what a command asked for, a person must confirm in the console, or the other way round."""

    help = "Keep entries of a tenant whatever a period says, and lift such holds by two people."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_holds, help_text="The legal holds of a tenant.")
        listing.add_argument("--state", default="", choices=["", *queries.HOLD_STATES])
        preview = self.verb("preview", self.preview, help_text="How many entries a hold would name.")
        placing = self.changing_verb("place", self.place, help_text="Place a hold; terms that are left out mean any.")
        placing.add_argument("name", help="what people call it")
        placing.add_argument("--matter", default="", help="the number of the case")
        placing.add_argument("--reason", required=True, help="stands in the trail")
        for parser in (preview, placing):
            self._terms(parser)
        asking = self.changing_verb("ask-lift", self.ask_lift, help_text="Ask for the end of a hold; somebody else confirms.")
        asking.add_argument("--reason", required=True, help="stands in the trail")
        refusing = self.changing_verb("refuse", self.refuse, help_text="Let a hold stand whose end was asked for.")
        lifting = self.changing_verb("lift", self.lift, help_text="Confirm the end of a hold that somebody else asked for.")
        for parser in (asking, refusing, lifting):
            parser.add_argument("hold", help="hld_…")
        for parser in (listing, preview, placing, asking, refusing, lifting):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_holds(self, options: Options) -> Outcome:
        """All holds, newest first."""
        with self.enter(options["tenant"]):
            shown = [queries.hold_document(hold) for hold in queries.legal_holds(state=options["state"]).order_by("-id")]
        table = Table("Hold", "Name", "Matter", "State", "Names")
        for row in shown:
            terms = ", ".join(f"{name} {value}" for name, value in row["terms"].items() if value) or "everything"
            table.add_row(row["id"], escape(row["name"]), escape(row["matter"]), row["state"], escape(terms))
        return Outcome({"holds": shown}, table)

    def preview(self, options: Options) -> Outcome:
        """The number of entries. Raises Invalid."""
        with self.enter(options["tenant"]):
            found = queries.hold_preview(_terms(options))
        return Outcome(found, f"{found['entries']:,} entries, {found['copies']:,} of them copies of removed months.")

    def place(self, options: Options) -> Outcome:
        """Place it. Raises Invalid."""
        with self.enter(options["tenant"]), self.changing(options):
            hold = actions.place_hold(
                options["name"], matter=options["matter"], reason=options["reason"], terms=_terms(options), actor=self.actor
            )
            return _shown(hold, options=options)

    def ask_lift(self, options: Options) -> Outcome:
        """Ask. Raises HoldNotFound, HoldIsLifted, LiftAlreadyAsked."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.ask_lift(_id(options), reason=options["reason"], actor=self.actor), options=options)

    def refuse(self, options: Options) -> Outcome:
        """Refuse. Raises HoldNotFound, HoldIsLifted, LiftNotAsked."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.refuse_lift(_id(options), actor=self.actor), options=options)

    def lift(self, options: Options) -> Outcome:
        """Confirm. Raises HoldNotFound, HoldIsLifted, LiftNotAsked, SecondPersonNeeded."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.lift_hold(_id(options), actor=self.actor), options=options)

    def _terms(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--actor", default="", help="id of who acted")
        parser.add_argument("--subject", default="", help="id of what the entries are about")
        parser.add_argument("--action", default="", help="an action, or a beginning with *")
        parser.add_argument("--since", default="", help="received at this moment or later, e.g. 2026-01-01T00:00:00Z")
        parser.add_argument("--until", default="", help="received before this moment")


def _terms(options: Options) -> dict[str, str]:
    return {name: options[name] for name in TERMS if options[name]}


def _id(options: Options) -> UUID:
    return ids.wanted(HOLD_PREFIX, options["hold"])


def _shown(hold: LegalHold, *, options: Options) -> Outcome:
    shown = queries.hold_document(hold)
    return Outcome({"hold": shown, **dry_mark(options)}, f"{shown['id']} {escape(shown['name'])}: {shown['state']}")
