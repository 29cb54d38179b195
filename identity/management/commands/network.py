"""`manage.py network`: from where people, service accounts and keys of a tenant may come."""

from rich.console import RenderableType
from rich.table import Column, Table
from rich.text import Text

from identity import actions, bindings, documents, queries
from identity.models import IpRule
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """Allow networks, take them back, and let people in again who were shut out."""

    help = "Say from which networks people, service accounts and keys of a tenant may come."

    def declare(self) -> None:
        """The verbs of this command."""
        listing = self.verb("list", self.list, help_text="List the networks that are allowed, newest first.")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a network or a note")
        listing.add_argument("--role", default="", metavar="NAME", help="only the list of this role")
        check = self.verb("check", self.check_address, help_text="Say whether the rules let a person come from an address.")
        check.add_argument("email", help="the person")
        check.add_argument("address", help="e.g. 192.0.2.7 or 2001:db8::7")
        add = self.changing_verb("add", self.add, help_text="Allow a network; from the first of a list on, all others are refused.")
        add.add_argument("cidr", help="e.g. 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")
        add.add_argument("--role", default="", metavar="NAME", help="only for those who have this role (default: for everybody)")
        add.add_argument("--note", default="", help="what it is, e.g. the office")
        remove = self.changing_verb("remove", self.remove, help_text="Allow a network no longer.")
        remove.add_argument("id", help="ipr_…, as `network list` shows it")
        clear = self.changing_verb(
            "clear", self.clear, help_text="Remove every rule of a tenant, so that its people can come in from anywhere."
        )
        clear.add_argument("--reason", required=True, help="why; it stands in the trail")
        for parser in (listing, check, add, remove, clear):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list(self, options: Options) -> Outcome:
        """All networks that match."""
        with self.enter(options["tenant"]):
            found = list(queries.networks(q=options["q"], role=options["role"]).order_by("-id"))
        return Outcome({"networks": [documents.of_network(rule) for rule in found]}, table(found))

    def check_address(self, options: Options) -> Outcome:
        """Whether a person may come from an address."""
        with self.enter(options["tenant"]):
            person = queries.person_by_email(options["email"])
            may_come = queries.may_come_from(person, options["address"])
        words = "may come" if may_come else "may not come"
        data = {"person": person.public_id, "address": options["address"], "allowed": may_come}
        return Outcome(data, Text(f"{person.email} {words} from {options['address']}."))

    def add(self, options: Options) -> Outcome:
        """Allow one network."""
        with self.enter(options["tenant"]), self.changing(options):
            role_id = bindings.find([options["role"]])[0].id if options["role"] else None
            rule = actions.add_network(options["cidr"], role_id=role_id, note=options["note"], actor=self.actor)
        done = "could be allowed" if options["dry_run"] else "is allowed"
        return Outcome({"network": documents.of_network(rule), **dry_mark(options)}, Text(f"{rule.cidr} {done} for {_whom(rule)}."))

    def remove(self, options: Options) -> Outcome:
        """Take one network back."""
        with self.enter(options["tenant"]), self.changing(options):
            rule = actions.remove_network(ids.wanted("ipr", options["id"]), actor=self.actor)
        done = "could be removed" if options["dry_run"] else "is removed"
        return Outcome({"removed": options["id"], **dry_mark(options)}, Text(f"{rule.cidr} {done} from the list of {_whom(rule)}."))

    def clear(self, options: Options) -> Outcome:
        """Remove all rules."""
        with self.enter(options["tenant"]), self.changing(options):
            removed = actions.clear_networks(reason=options["reason"], actor=self.actor)
        done = "would be removed" if options["dry_run"] else "are removed"
        return Outcome({"removed": removed, **dry_mark(options)}, Text(f"{removed} rules {done}. Keys keep networks of their own."))


def table(rules: "list[IpRule]") -> RenderableType:
    """Rules for people."""
    if not rules:
        return Text("There are no rules that match: without any, people may come from anywhere.")
    lines = Table(Column("Id", min_width=30), "Network", "For", "Note", box=None)
    for rule in rules:
        lines.add_row(*(Text(cell) for cell in (rule.public_id, rule.cidr, _whom(rule), rule.note)))
    return lines


def _whom(rule: IpRule) -> str:
    return "everybody" if rule.role is None else f"the role {rule.role.name}"
