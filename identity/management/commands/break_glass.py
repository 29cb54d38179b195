"""`manage.py break_glass`: accounts that are kept for emergencies."""

import argparse
from collections.abc import Callable

from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.models import User
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """List, mark, unmark, arm and disarm break-glass accounts."""

    help = "List the accounts of a tenant that are kept for emergencies; mark and unmark them, arm them for a while, disarm them."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self._declared(self.verb("list", self.list, help_text="List the accounts."))
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or an address")
        self._of_one(
            self.changing_verb(
                "mark", self.mark, help_text="Keep an account for emergencies; it needs a passkey or hardware key first."
            )
        )
        self._of_one(self.changing_verb("unmark", self.unmark, help_text="Let an account be like any other again."))
        arm = self._of_one(self.changing_verb("arm", self.arm, help_text="Let an account enter for a while."))
        arm.add_argument("--hours", type=int, required=True, help="1 to 24")
        arm.add_argument("--reason", required=True, help="why; it stands in the trail")
        self._of_one(self.changing_verb("disarm", self.disarm, help_text="Shut an account before its time; its sessions end."))

    def list(self, options: Options) -> Outcome:
        """All of them."""
        with self.enter(options["tenant"]):
            found = [
                documents.of_break_glass_account(person) for person in queries.break_glass_accounts(options["q"]).order_by("email")
            ]
        lines = Table(Column("Id", min_width=30), "Address", "State", "Armed until", "Last sign-in", box=None)
        for row in found:
            told = (row["id"], row["email"], row["state"], row["armed_until"] or "", row["last_login_at"] or "never")
            lines.add_row(*(Text(cell) for cell in told))
        return Outcome({"accounts": found}, lines if found else Text("No account is kept for emergencies."))

    def mark(self, options: Options) -> Outcome:
        """Keep one for emergencies."""
        return self._changed(options, lambda person: actions.mark_break_glass(person.id, actor=self.actor))

    def unmark(self, options: Options) -> Outcome:
        """Let one be like any other."""
        return self._changed(options, lambda person: actions.unmark_break_glass(person.id, actor=self.actor))

    def arm(self, options: Options) -> Outcome:
        """Arm one."""
        terms = {"hours": options["hours"], "reason": options["reason"]}
        return self._changed(options, lambda person: actions.arm_break_glass(person.id, **terms, actor=self.actor))

    def disarm(self, options: Options) -> Outcome:
        """Disarm one."""
        return self._changed(options, lambda person: actions.disarm_break_glass(person.id, actor=self.actor))

    def _changed(self, options: Options, change: Callable[[User], User]) -> Outcome:
        with self.enter(options["tenant"]), self.changing(options):
            row = documents.of_break_glass_account(change(queries.person_by_email(options["email"])))
        would = "would be" if options["dry_run"] else "is"
        until = f" until {row['armed_until']}" if row["state"] == "armed" else ""
        return Outcome({"account": row, **dry_mark(options)}, Text(f"{row['email']} {would} {row['state']}{until}."))

    def _of_one(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("email", help="the account's address")
        return self._declared(parser)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser
