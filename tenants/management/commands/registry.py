"""`manage.py registry publish|subscribe|status|drop`: read copies of the registry, so that a region routes on while home is away."""

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.filesize import decimal
from rich.table import Table

from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, addresses
from tenants.management import tables
from tenants.placement import opening
from tenants.registry_copy import following, publishing
from tenants.registry_copy.following import Copy

URL_VARIABLE = "REGISTRY_COPY_URL"


class Command(OperatorCommand):
    """Make, look at and drop read copies of the routing table. The address of a copy comes from a file, or from REGISTRY_COPY_URL.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 4 not allowed, 5 conflict, 6 a copy does not follow.
    """

    help = "Make, look at and drop read copies of the registry in other regions."

    def declare(self) -> None:
        """The verbs and their arguments."""
        self.verb("publish", self.publish, help_text="Let home offer its routing columns; repeat it after an update.")
        subscribe = self._address(
            self.verb("subscribe", self.subscribe, help_text="Make a database a read copy that follows home.")
        )
        subscribe.add_argument(
            "--home", default="", metavar="HOST[:PORT]", help="where the copy's server reaches home's, if not where we do"
        )
        self._address(self.verb("status", self.status, help_text="Show who follows home, and how far behind."))
        drop = self._address(self.verb("drop", self.drop, help_text="Drop a copy, or what home keeps for one that is lost."))
        drop.add_argument("--slot", help="only what home keeps under this name, for a copy whose database is lost")
        drop.add_argument("--publication", action="store_true", help="offer nothing any more; no copy may be left")

    def publish(self, options: Options) -> Outcome:
        """Let home offer its routing columns."""
        del options
        with self.enter(PLATFORM_SLUG):
            is_new = actions.publish_registry(actor=self.actor)
        text = "Home offers its routing columns." if is_new else "Home offers its routing columns already."
        return Outcome({"changed": is_new}, tables.line(text))

    def subscribe(self, options: Options) -> Outcome:
        """Make a database a read copy."""
        with self.enter(PLATFORM_SLUG):
            copy = actions.subscribe_copy(_required_url(options), home=options["home"], actor=self.actor)
        text = f"{copy.place} has {copy.tenant_count} tenants and follows home. Set {URL_VARIABLE} to its address in that region."
        return Outcome({"copy": asdict(copy)}, tables.line(text))

    def status(self, options: Options) -> Outcome:
        """What home offers and keeps, and how the copy is, if one is named."""
        is_published, slots = publishing.is_published(), publishing.slots()
        copy = _looked_at(options)
        data = {
            "is_published": is_published,
            "slots": [asdict(slot) for slot in slots],
            "copy": None if copy is None else asdict(copy),
        }
        is_fine = all(slot.is_active for slot in slots) and (copy is None or copy.is_following)
        return Outcome(data, _table(is_published, slots, copy), exit_code=DONE if is_fine else CHECK_FAILED)

    def drop(self, options: Options) -> Outcome:
        """Drop a copy, a slot or the publication."""
        with self.enter(PLATFORM_SLUG):
            if options["publication"]:
                dropped = actions.withdraw_registry(actor=self.actor)
            elif options["slot"]:
                dropped = actions.forget_copy(options["slot"], actor=self.actor)
            else:
                dropped = actions.drop_copy(_required_url(options), actor=self.actor)
        return Outcome({"dropped": dropped}, tables.line("Dropped." if dropped else "There was nothing to drop."))

    def _address(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        help_text = f"file with the copy's address, postgres://user:password@db.internal:5432/name; else {URL_VARIABLE}"
        parser.add_argument("--url-file", type=Path, metavar="FILE", help=help_text)
        return parser


def _table(is_published: bool, slots: list[publishing.Slot], copy: Copy | None) -> Table:  # noqa: FBT001 - what is shown
    table = tables.headed("What", "State", "Behind", "Log kept")
    table.add_row("home", "offers its routing columns" if is_published else "offers nothing", "", "")
    for slot in slots:
        state = "follows" if slot.is_active else "does not listen"
        table.add_row(slot.name, state, decimal(slot.behind_bytes), decimal(slot.kept_bytes))
    if copy is not None:
        heard = "" if copy.heard_s is None else f"heard {copy.heard_s:.1f} s ago"
        table.add_row(
            copy.place, f"{copy.tenant_count} tenants, {'follows' if copy.is_following else 'does not follow'}", heard, ""
        )
    return table


def _looked_at(options: dict[str, Any]) -> Copy | None:
    url = _url(options)
    if url:
        return following.look(addresses.entry_from(url))
    return following.look(opening.entry_of(settings.COPIES[0])) if settings.COPIES else None


def _required_url(options: dict[str, Any]) -> str:
    url = _url(options)
    if not url:
        raise Invalid(f"Name the copy's database: --url-file FILE, or {URL_VARIABLE} in the environment.")
    return url


def _url(options: dict[str, Any]) -> str:
    if options["url_file"] is None:
        return os.environ.get(URL_VARIABLE, "")
    try:
        text: str = options["url_file"].read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise Invalid(f"{options['url_file']} cannot be read ({type(fault).__name__}).") from fault
    return text
