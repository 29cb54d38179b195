"""`manage.py invitation`: the invitations of a tenant."""

import argparse

from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """List invitations, send them again and withdraw them."""

    help = "List the invitations of a tenant, send one again, and withdraw one. New people are invited with `person add`."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self._declared(self.verb("list", self.list, help_text="List the invitations, newest first."))
        listing.add_argument("--state", choices=queries.INVITATION_STATES, default="", help="only invitations in this state")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or an address")
        renew = self._declared(
            self.changing_verb(
                "renew", self.renew, help_text="Make a new link, which is printed once; the one before stops working."
            )
        )
        revoke = self._declared(
            self.changing_verb("revoke", self.revoke, help_text="Withdraw an invitation; its link stops working.")
        )
        for parser in (renew, revoke):
            parser.add_argument("invitation", help="its id, inv_…")

    def list(self, options: Options) -> Outcome:
        """All that match."""
        with self.enter(options["tenant"]):
            rows = queries.invitations(q=options["q"], state=options["state"]).order_by("-id")
            found = [documents.of_invitation(row) for row in rows]
        lines = Table(Column("Id", min_width=30), Column("Address", overflow="fold"), "State", "Until", "Mailed", box=None)
        for row in found:
            mailed = str(row["mailed_at"] or "-")[:16]
            lines.add_row(
                *(Text(cell) for cell in (row["id"], row["person"]["email"], row["state"], row["expires_at"][:16], mailed))
            )
        return Outcome({"invitations": found}, lines if found else Text("There are no invitations that match."))

    def renew(self, options: Options) -> Outcome:
        """Another link for the same person."""
        with self.enter(options["tenant"]), self.changing(options):
            found = queries.invitation_by_id(ids.wanted("inv", options["invitation"]))
            added = actions.renew_invitation(found.user_id, actor=self.actor)
        if options["dry_run"]:
            return Outcome({"dry_run": True}, Text("Nothing was changed: the person could be invited again."))
        path = f"/invitation/{added.invitation_token}"
        return Outcome({"invitation_path": path}, Text(f"The link, shown this once; put the tenant's address in front:\n{path}"))

    def revoke(self, options: Options) -> Outcome:
        """Withdraw one."""
        with self.enter(options["tenant"]), self.changing(options):
            found = actions.revoke_invitation(ids.wanted("inv", options["invitation"]), actor=self.actor)
            document = documents.of_invitation(found)
        would = "would be" if options["dry_run"] else "is"
        text = Text(f"The invitation of {document['person']['email']} {would} withdrawn.")
        return Outcome({"invitation": document, **dry_mark(options)}, text)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser
