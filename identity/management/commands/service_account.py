"""`manage.py service_account`: the programs of a tenant that are nobody's."""

import argparse
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, queries
from identity.management import attributes
from identity.models import ServiceAccount, Status
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

STATUSES = [str(Status.ACTIVE), str(Status.SUSPENDED), str(Status.DEACTIVATED)]


class Command(OperatorCommand):
    """Make, list, show, change, suspend, resume and deactivate service accounts."""

    help = "Make, list, show, change, suspend, resume and deactivate the service accounts of a tenant."

    def declare(self) -> None:
        """The verbs of this command."""
        create = self._named(self.changing_verb("create", self.create, help_text="Make a service account, without roles and keys."))
        create.add_argument("--label", required=True, help="what people read")
        create.add_argument("--description", default="", help="what the account is for")
        listing = self._tenanted(self.verb("list", self.list, help_text="List the service accounts, by name."))
        listing.add_argument("--status", choices=STATUSES, default="", help="only accounts with this status")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or a label")
        self._named(self.verb("show", self.show, help_text="Show one service account."))
        self._changing(self._named(self.changing_verb("change", self.change, help_text="Change label, description or attributes.")))
        suspend = self._named(self.changing_verb("suspend", self.suspend, help_text="Refuse its keys until it is resumed."))
        suspend.add_argument("--reason", required=True, help="why; it stands in the trail")
        self._named(self.changing_verb("resume", self.resume, help_text="Let a suspended or deactivated account work again."))
        deactivate = self._named(self.changing_verb("deactivate", self.deactivate, help_text="End an account and revoke its keys."))
        deactivate.add_argument("--reason", required=True, help="why; it stands in the trail")

    def create(self, options: Options) -> Outcome:
        """Make an account."""
        with self.enter(options["tenant"]), self.changing(options):
            words = {"label": options["label"], "description": options["description"]}
            return shown(actions.create_service_account(options["name"], **words, actor=self.actor), options=options)

    def list(self, options: Options) -> Outcome:
        """All accounts that match."""
        with self.enter(options["tenant"]):
            found = list(queries.service_accounts(q=options["q"], status=options["status"]).order_by("name"))
            return Outcome({"service_accounts": [documents.of_service_account(account) for account in found]}, table(found))

    def show(self, options: Options) -> Outcome:
        """One account."""
        with self.enter(options["tenant"]):
            account = queries.service_account_by_name(options["name"])
            teams = [team.name for team in queries.teams_of(account)]
            text = Group(*described(account), Text(f"teams       {', '.join(teams) or 'none'}"))
            return Outcome({"service_account": documents.of_service_account(account), "teams": teams}, text)

    def change(self, options: Options) -> Outcome:
        """Another label, description or set of attributes."""
        changes = {"label": options["label"], "description": options["description"], "attributes": attributes.read(options)}
        return self._changed(options, lambda account: actions.change_service_account(account.id, **changes, actor=self.actor))

    def suspend(self, options: Options) -> Outcome:
        """Stop it until resumed."""
        return self._changed(
            options, lambda account: actions.suspend_service_account(account.id, reason=options["reason"], actor=self.actor)
        )

    def resume(self, options: Options) -> Outcome:
        """Let it work again."""
        return self._changed(options, lambda account: actions.resume_service_account(account.id, actor=self.actor))

    def deactivate(self, options: Options) -> Outcome:
        """End it."""
        return self._changed(
            options, lambda account: actions.deactivate_service_account(account.id, reason=options["reason"], actor=self.actor)
        )

    def _changed(self, options: Options, change: Callable[[ServiceAccount], ServiceAccount]) -> Outcome:
        with self.enter(options["tenant"]), self.changing(options):
            return shown(change(queries.service_account_by_name(options["name"])), options=options)

    def _changing(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--label", help="what people read")
        parser.add_argument("--description", help="what the account is for")
        attributes.declare(parser)

    def _named(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("name", help="the account's name")
        return self._tenanted(parser)

    def _tenanted(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser


def shown(account: ServiceAccount, *, options: Options) -> Outcome:
    """What became of one account."""
    note = [Text("Nothing was changed.")] if options["dry_run"] else []
    return Outcome(
        {"service_account": documents.of_service_account(account), **dry_mark(options)}, Group(*described(account), *note)
    )


def described(account: ServiceAccount) -> "tuple[RenderableType, ...]":
    """One account for people, line by line."""
    why = f" ({account.status_reason})" if account.status_reason else ""
    known = ", ".join(f"{name}={text}" for name, text in sorted(account.attributes.items()))
    return (
        Text(f"{account.label}  {account.name}  {account.public_id}", style="bold"),
        Text(f"status      {account.status}{why}"),
        Text(f"for         {account.description or 'nothing said'}"),
        Text(f"roles       {', '.join(account.role_names) or 'none'}"),
        Text(f"attributes  {known or 'none'}"),
    )


def table(accounts: "list[ServiceAccount]") -> RenderableType:
    """Accounts for people."""
    if not accounts:
        return Text("There are no service accounts that match.")
    lines = Table(Column("Id", min_width=30), "Name", Column("Label", overflow="fold"), "Status", "Roles", box=None)
    for account in accounts:
        row = (account.public_id, account.name, account.label, str(account.status), ", ".join(account.role_names))
        lines.add_row(*(Text(cell) for cell in row))
    return lines
