"""`manage.py factor`: the second factors of people."""

from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from identity import actions, queries
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """See which factors people have, and remove those that are lost. Factors are added by the person alone, signed in."""

    help = "See the second factors of people, and remove those that are lost."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_factors, help_text="A person's factors, and what the rules ask of them.")
        listing.add_argument("--q", default="", help="part of a factor's name")
        removing = self.changing_verb("remove", self.remove, help_text="Remove one factor of a person.")
        clearing = self.changing_verb(
            "clear",
            self.clear,
            help_text="Remove all factors, recovery codes and trusted browsers of a person, and end their sessions.",
        )
        for parser in (listing, removing, clearing):
            parser.add_argument("email", help="the person's address")
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        removing.add_argument("factor", help="fac_…")
        for parser in (removing, clearing):
            parser.add_argument("--reason", required=True, help="why; it stands in the trail")

    def list_factors(self, options: Options) -> Outcome:
        """The factors of one person."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            told = queries.person_factors_document(person)
            found = queries.factors_of(person, q=options["q"])
        table = Table("Factor", "Kind", "Name", "Which", "Last used", box=None)
        for one in found:
            seen = f"{one.last_used_at:%Y-%m-%d %H:%M} UTC" if one.last_used_at else "never"
            table.add_row(one.id, one.kind, escape(one.name), escape(one.hint), seen)
        shown: dict[str, Any] = told | {"factors": [queries.factor_document(one) for one in found]}
        return Outcome(shown, table if found else Text("There are no factors that match."))

    def remove(self, options: Options) -> Outcome:
        """Remove one."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            factor = ids.wanted("fac", options["factor"])
            actions.remove_factor_of(person.id, factor_id=factor, reason=options["reason"], actor=self.actor)
            return _outcome(1, email=person.email, options=options)

    def clear(self, options: Options) -> Outcome:
        """Remove everything."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            removed = actions.remove_factors_of(person.id, reason=options["reason"], actor=self.actor)
            return _outcome(removed, email=person.email, options=options)


def _outcome(removed: int, *, email: str, options: Options) -> Outcome:
    would = "would be" if options["dry_run"] else "are" if removed != 1 else "is"
    text = Text(f"{removed} factor{'' if removed == 1 else 's'} of {email} {would} removed.")
    return Outcome({"email": email, "removed": removed, **dry_mark(options)}, text)
