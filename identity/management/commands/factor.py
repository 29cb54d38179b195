"""`manage.py factor`: the second factors of people."""

from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.models import TrustedDevice
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """See which factors people have and which browsers they trust, and end what is lost. Factors are added by the person alone, signed in."""

    help = "See the second factors and the trusted browsers of people, and end what is lost."

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
        browsers = self.verb(
            "browsers", self.list_browsers, help_text="The browsers in which a person is not asked for a factor now."
        )
        browsers.add_argument("-q", default="", metavar="TEXT", help="part of what a browser is called")
        untrusting = self.changing_verb(
            "untrust", self.untrust, help_text="Trust a browser of a person no more; it is asked for a factor again."
        )
        for parser in (listing, removing, clearing, browsers, untrusting):
            parser.add_argument("email", help="the person's address")
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        removing.add_argument("factor", help="fac_…")
        untrusting.add_argument("browser", help="tdv_…, as `factor browsers` shows it")
        for parser in (removing, clearing):
            parser.add_argument("--reason", required=True, help="why; it stands in the trail")

    def list_factors(self, options: Options) -> Outcome:
        """The factors of one person."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            told = documents.of_person_factors(person)
            found = queries.factors_of(person, q=options["q"])
        table = Table("Factor", "Kind", "Name", "Which", "Last used", box=None)
        for one in found:
            table.add_row(one.id, one.kind, escape(one.name), escape(one.hint), _minute(one.last_used_at))
        shown: dict[str, Any] = told | {"factors": [documents.of_factor(one) for one in found]}
        return Outcome(shown, table if found else Text("There are no factors that match."))

    def remove(self, options: Options) -> Outcome:
        """Remove one."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            factor = ids.wanted("fac", options["factor"])
            actions.remove_factor_of(person.id, factor_id=factor, reason=options["reason"], actor=self.actor)
            return _outcome(1, email=person.email, options=options)

    def list_browsers(self, options: Options) -> Outcome:
        """The trusted browsers of one person, newest first."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            found = list(queries.trusted_devices(person, q=options["q"]).order_by("-id"))
        shown = {"person": person.public_id, "trusted_devices": [documents.of_trusted_device(one) for one in found]}
        return Outcome(shown, _browsers(found))

    def untrust(self, options: Options) -> Outcome:
        """Trust one no more."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            device = queries.trusted_device(person, ids.wanted("tdv", options["browser"]))
            actions.revoke_trusted_device(device.id, actor=self.actor)
        would = "would be" if options["dry_run"] else "is"
        text = Text(f"{device.label} {would} asked for a factor again when {person.email} signs in.")
        return Outcome({"person": person.public_id, "trusted_device": device.public_id, **dry_mark(options)}, text)

    def clear(self, options: Options) -> Outcome:
        """Remove everything."""
        with self.enter(options["tenant"]), self.changing(options):
            person = queries.person_by_email(options["email"])
            removed = actions.remove_factors_of(person.id, reason=options["reason"], actor=self.actor)
            return _outcome(removed, email=person.email, options=options)


def _browsers(found: list[TrustedDevice]) -> RenderableType:
    if not found:
        return Text("There are no trusted browsers that match.")
    table = Table(Column("Id", min_width=30), "Browser", "Address", "Last used", "Until", box=None)
    for one in found:
        row = (one.public_id, one.label, one.address, _minute(one.last_used_at), _minute(one.expires_at))
        table.add_row(*(Text(cell) for cell in row))
    return table


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _outcome(removed: int, *, email: str, options: Options) -> Outcome:
    would = "would be" if options["dry_run"] else "are" if removed != 1 else "is"
    text = Text(f"{removed} factor{'' if removed == 1 else 's'} of {email} {would} removed.")
    return Outcome({"email": email, "removed": removed, **dry_mark(options)}, text)
