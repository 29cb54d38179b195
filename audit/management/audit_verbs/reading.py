"""`manage.py audit list|show|tail`: reading one tenant's trail."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from rich.markup import escape
from rich.table import Table

from audit import actions, events, queries
from audit.management.audit_verbs import filtering
from audit.models import ID_PREFIX, Entry, Seal
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome

LIMIT = 50
LOOK_EVERY_S = 1.0


class Reading(OperatorCommand):
    """Looking at entries; that somebody looked stands in the trail."""

    def declare_reading(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list_entries, help_text="The newest entries that fit.")
        listing.add_argument("--limit", type=int, default=LIMIT, help=f"how many (default {LIMIT})")
        tailing = self.verb(
            "tail", self.tail_entries, help_text="Entries as they are sealed, one JSON document a line or one line each."
        )
        tailing.add_argument(
            "--after", type=int, default=None, metavar="SEQ", help="read on behind this place; left out, from now on"
        )
        tailing.add_argument(
            "--for", type=float, default=None, dest="seconds", metavar="SECONDS", help="stop after as long; left out, at Ctrl-C"
        )
        for parser in (listing, tailing):
            filtering.declare_filters(parser)
        showing = self.verb("show", self.show_entry, help_text="One entry with its seal.")
        showing.add_argument("id", help="ent_…")
        for parser in (listing, tailing, showing):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_entries(self, options: Options) -> Outcome:
        """The newest entries that fit, newest first. Raises Invalid, SearchTooLong."""
        chosen = filtering.chosen(options)
        with self.enter(options["tenant"]):
            rows = queries.newest(chosen, limit=max(1, options["limit"]))
            documents = _documents(rows)
            actions.record_read(events.EntriesListed(subject="trail", filters=chosen.as_dict()), actor=self.actor)
        table = Table("Time", "Action", "Outcome", "Actor", "Subject")
        for row in rows:
            about = escape(row.subject_label or row.subject)
            table.add_row(f"{row.received_at:%Y-%m-%d %H:%M:%S}", row.action, row.outcome, escape(row.actor_label), about)
        return Outcome({"entries": documents}, table)

    def show_entry(self, options: Options) -> Outcome:
        """One entry. Raises EntryNotFound."""
        with self.enter(options["tenant"]):
            entry = queries.entry(ids.wanted(ID_PREFIX, options["id"]))
            document = _documents([entry])[0]
            actions.record_read(events.EntryRead(subject=entry.public_id, subject_label=entry.action), actor=self.actor)
        text = orjson.dumps(document["document"], option=orjson.OPT_INDENT_2).decode()
        return Outcome({"entry": document}, escape(text))

    def tail_entries(self, options: Options) -> Outcome:
        """Print what is sealed until the time is over or somebody interrupts. Raises Invalid."""
        chosen, until = filtering.chosen(options), _end(options["seconds"])
        shown, after = 0, options["after"]
        with self.enter(options["tenant"]):
            actions.record_read(events.EntriesListed(subject="trail", filters=chosen.as_dict()), actor=self.actor)
            try:
                while True:
                    tail = queries.tail(after=after, filters=chosen)
                    after, shown = tail.after, shown + len(tail.items)
                    self._print_all([found.entry for found in tail.items if found.entry is not None], as_json=options["as_json"])
                    if tail.is_at_end and time.monotonic() >= until:
                        break
                    if tail.is_at_end:
                        time.sleep(LOOK_EVERY_S)
            except KeyboardInterrupt:
                pass
        return Outcome({"shown": shown, "after": after}, f"{shown} entries, up to number {after}.")

    def _print_all(self, rows: Sequence[Entry], *, as_json: bool) -> None:
        for row, document in zip(rows, _documents(rows), strict=True):
            line = f"{row.received_at:%Y-%m-%d %H:%M:%S} {row.action} {row.outcome} {row.actor_label} → {row.subject_label or row.subject}"
            self.stdout.write(orjson.dumps(document).decode() if as_json else line)


def _documents(rows: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries for machines: what each says, the exact text that was hashed, and its place in the chain."""
    seals, shown = queries.seals_of(list(rows)), queries.opened_all(rows)
    return [_document(row, seals.get(row.pk), shown=document) for row, document in zip(rows, shown, strict=True)]


def _document(entry: Entry, seal: Seal | None, *, shown: dict[str, Any]) -> dict[str, Any]:
    place = None if seal is None else {"seq": seal.seq, "leaf": bytes(seal.leaf).hex(), "chain": bytes(seal.chain).hex()}
    return {"id": entry.public_id, "canonical": entry.canonical, "document": shown, "seal": place}


def _end(seconds: float | None) -> float:
    return float("inf") if seconds is None else time.monotonic() + seconds
