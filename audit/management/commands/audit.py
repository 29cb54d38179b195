"""`manage.py audit list|show|verify`: the trail of one tenant."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.models import ID_PREFIX, Entry, Seal
from kernel import ids, tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome

LIMIT = 50


class Command(OperatorCommand):
    """Reads a tenant's trail, and checks its chain. Exit code 6 when the chain does not hold."""

    help = "Read a tenant's audit trail and check its chain."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_entries, help_text="The newest entries.")
        listing.add_argument("--q", default="", help="searches actor, subject, action and request id")
        listing.add_argument("--action", default="", help="one action, or a beginning with *")
        listing.add_argument("--outcome", default="", choices=["", "success", "failure", "denied"])
        listing.add_argument("--limit", type=int, default=LIMIT, help=f"how many (default {LIMIT})")
        showing = self.verb("show", self.show_entry, help_text="One entry with its seal.")
        showing.add_argument("id", help="ent_…")
        checking = self.verb("verify", self.verify, help_text="Check every sealed entry against its text, its MAC and the chain.")
        for parser in (listing, showing, checking):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_entries(self, options: Options) -> Outcome:
        """The newest entries, newest first."""
        with self.enter(options["tenant"]):
            found = queries.entries(q=options["q"], action=options["action"], outcome=options["outcome"]).order_by("-id")
            rows = list(found[: max(1, options["limit"])])
            seals = queries.seals_of(rows)
        table = Table("Time", "Action", "Outcome", "Actor", "Subject")
        for row in rows:
            about = escape(row.subject_label or row.subject)
            table.add_row(f"{row.received_at:%Y-%m-%d %H:%M:%S}", row.action, row.outcome, escape(row.actor_label), about)
        return Outcome({"entries": [_document(row, seals.get(row.pk)) for row in rows]}, table)

    def show_entry(self, options: Options) -> Outcome:
        """One entry. Raises EntryNotFound."""
        with self.enter(options["tenant"]):
            entry = queries.entry(ids.wanted(ID_PREFIX, options["id"]))
            seal = queries.seal_of(entry)
        return Outcome({"entry": _document(entry, seal)}, escape(entry.canonical))

    def verify(self, options: Options) -> Outcome:
        """The whole chain."""
        with self.enter(options["tenant"]):
            found = actions.verify_chain(actor=self.actor)
        data = {"ok": found.ok, "checked": found.checked, "broken_at": found.broken_at, "reason": found.reason}
        text = (
            f"[green]The chain holds[/]: {found.checked} entries."
            if found.ok
            else f"[bold red]Broken at {found.broken_at}[/]: {found.reason}."
        )
        return Outcome(data, text, exit_code=DONE if found.ok else CHECK_FAILED)


def _document(entry: Entry, seal: Seal | None) -> dict[str, Any]:
    """One entry for machines: the exact text that was hashed, and its place in the chain."""
    place = None if seal is None else {"seq": seal.seq, "leaf": bytes(seal.leaf).hex(), "chain": bytes(seal.chain).hex()}
    return {"id": entry.public_id, "canonical": entry.canonical, "document": entry.document, "seal": place}
