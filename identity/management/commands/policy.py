"""`manage.py policy list|show|check|create|change|enable|disable|delete|clock|templates`: the policies of a tenant."""

import sys
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from identity import actions, documents, queries
from identity.models import Policy, PolicyState
from kernel import tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid


class Command(OperatorCommand):
    """Write policies and put them into force. No policy is about this command, so that it is the way out when one keeps everybody from changing it."""

    help = "Write the policies of a tenant, check them, and put them into force and out of it."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_policies, help_text="The policies of a tenant.")
        listing.add_argument("--state", default="", choices=["", *(str(state) for state in PolicyState)])
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name, a description or a text")
        show = self.verb("show", self.show, help_text="The text of a policy.")
        templates = self.verb("templates", self.templates, help_text="Policies to start from.")
        check = self.verb(
            "check", self.check_text, help_text="Whether a file holds a valid policy, and what is wrong in which line."
        )
        create = self.changing_verb("create", self.create, help_text="Write a policy, as a draft.")
        change = self.changing_verb("change", self.change, help_text="Give a policy another text or description.")
        enable = self.changing_verb("enable", self.enable, help_text="Put a policy into force.")
        disable = self.changing_verb("disable", self.disable, help_text="Take a policy out of force.")
        delete = self.changing_verb("delete", self.delete, help_text="Delete a policy.")
        clock = self.changing_verb("clock", self.clock, help_text="Choose the time zone by which policies read hours and days.")
        clock.add_argument("timezone", help="e.g. Europe/Berlin")
        for parser in (show, create, change, enable, disable, delete):
            parser.add_argument("policy", help="its name, e.g. business-hours")
        check.add_argument("file", help="a file, or - for standard input")
        create.add_argument("file", help="a file with the text, or - for standard input")
        change.add_argument("--file", default=None, help="a file with the text, or - for standard input")
        for parser in (create, change):
            parser.add_argument("--description", default=None, help="what it is for")
        for parser in (listing, show, templates, check, create, change, enable, disable, delete, clock):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_policies(self, options: Options) -> Outcome:
        """All that match, newest first."""
        with self.enter(options["tenant"]):
            found = list(queries.policies(q=options["q"], state=options["state"]).order_by("-id"))
            zone = queries.policy_timezone()
        table = Table("Policy", "State", "Version", "Description", box=None)
        for policy in found:
            table.add_row(policy.name, policy.state, str(policy.version), escape(policy.description))
        told = table if found else Text("There are no policies that match.")
        return Outcome({"policies": [documents.of_policy(policy) for policy in found], "timezone": zone}, told)

    def show(self, options: Options) -> Outcome:
        """One. Raises PolicyNotFound."""
        with self.enter(options["tenant"]):
            policy = queries.policy_by_name(options["policy"])
        return Outcome({"policy": documents.of_policy(policy)}, Text(policy.text))

    def templates(self, options: Options) -> Outcome:  # noqa: ARG002  (the signature of a handler)
        """All."""
        found = queries.policy_templates()
        shown = [{"name": one.name, "label": one.label, "description": one.description, "text": one.text} for one in found]
        return Outcome({"templates": shown}, Text("\n".join(f"// {one.label}: {one.description}\n{one.text}" for one in found)))

    def check_text(self, options: Options) -> Outcome:
        """Check a text; nothing is stored. Raises Invalid for a file that cannot be read."""
        text = _read(options["file"])
        with self.enter(options["tenant"]):
            faults = queries.policy_faults(text)
            remarks = [] if faults else queries.policy_remarks(text)
        lines = [f"line {fault['line']}, column {fault['column']}: {fault['detail']}" for fault in faults] + remarks
        outcome = {"is_valid": not faults, "faults": faults, "remarks": remarks}
        return Outcome(outcome, Text("\n".join(lines) or "The policy is valid."), exit_code=CHECK_FAILED if faults else DONE)

    def create(self, options: Options) -> Outcome:
        """Write one. Raises InputInvalid, PolicyFaulty, PolicyTaken."""
        with self.enter(options["tenant"]), self.changing(options):
            text, purpose = _read(options["file"]), options["description"] or ""
            return _shown(
                actions.create_policy(options["policy"], text=text, description=purpose, actor=self.actor), options=options
            )

    def change(self, options: Options) -> Outcome:
        """Change one. Raises PolicyNotFound, InputInvalid, PolicyFaulty."""
        text = None if options["file"] is None else _read(options["file"])
        with self.enter(options["tenant"]), self.changing(options):
            wanted = queries.policy_by_name(options["policy"]).id
            policy = actions.change_policy(wanted, text=text, description=options["description"], actor=self.actor)
            return _shown(policy, options=options)

    def enable(self, options: Options) -> Outcome:
        """Put one into force. Raises PolicyNotFound, PolicyFaulty."""
        with self.enter(options["tenant"]), self.changing(options):
            wanted = queries.policy_by_name(options["policy"]).id
            return _shown(actions.enable_policy(wanted, actor=self.actor), options=options)

    def disable(self, options: Options) -> Outcome:
        """Take one out of force. Raises PolicyNotFound."""
        with self.enter(options["tenant"]), self.changing(options):
            wanted = queries.policy_by_name(options["policy"]).id
            return _shown(actions.disable_policy(wanted, actor=self.actor), options=options)

    def delete(self, options: Options) -> Outcome:
        """Delete one. Raises PolicyNotFound."""
        with self.enter(options["tenant"]), self.changing(options):
            policy = actions.delete_policy(queries.policy_by_name(options["policy"]).id, actor=self.actor)
        return Outcome({"policy": policy.name, **dry_mark(options)}, f"{policy.name}: deleted")

    def clock(self, options: Options) -> Outcome:
        """Choose the zone. Raises InputInvalid."""
        with self.enter(options["tenant"]), self.changing(options):
            zone = actions.set_policy_timezone(options["timezone"], actor=self.actor)
        return Outcome({"timezone": zone, **dry_mark(options)}, zone)


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"Name a text file that can be read: {fault}.") from fault


def _shown(policy: Policy, *, options: Options) -> Outcome:
    return Outcome({"policy": documents.of_policy(policy), **dry_mark(options)}, f"{policy.name}: {policy.state}")
