"""`manage.py mfa_policy`: who needs which second factor."""

import argparse

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from identity import actions, documents, factors, queries
from identity.factors import policy as rules
from identity.models import MfaPolicy
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

TERMS = ("required", "allowed_factors", "allowed_aaguids", "grace_days", "remember_days", "trusted_amr")


class Command(OperatorCommand):
    """Say who needs which second factor. Of all rules that apply to a person the strictest counts."""

    help = "Say who of a tenant needs which second factor."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_policies, help_text="The rules of a tenant.")
        listing.add_argument("--q", default="", help="part of whom a rule is for")
        listing.add_argument("--required", default="", choices=["", *rules.LEVELS])
        creating = self.changing_verb(
            "create", self.create, help_text="Make a rule: for a role, a team, a person, or for everybody."
        )
        scope = creating.add_mutually_exclusive_group()
        scope.add_argument("--role", default="", help="the name of a role")
        scope.add_argument("--team", default="", help="the name of a team")
        scope.add_argument("--person", default="", help="the address of a person")
        changing = self.changing_verb("change", self.change, help_text="Let a rule ask for something else.")
        deleting = self.changing_verb("delete", self.delete, help_text="Take a rule away.")
        for parser in (changing, deleting):
            parser.add_argument("policy", help="mfa_…")
        for parser in (creating, changing):
            self._terms(parser)
        for parser in (listing, creating, changing, deleting):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_policies(self, options: Options) -> Outcome:
        """All rules that match."""
        with self.enter(options["tenant"]):
            found = queries.mfa_policies(q=options["q"], required=options["required"]).order_by("-id")
            shown = [documents.of_mfa_policy(policy) for policy in found]
        table = Table(Column("Rule", min_width=30), "For", "Asks for", "Factors", "Grace", "Trust", box=None)
        for row in shown:
            taken = ", ".join(row["allowed_factors"]) or "all"
            table.add_row(
                row["id"], escape(row["applies_to"]), row["required"], taken, f"{row['grace_days']} d", f"{row['remember_days']} d"
            )
        return Outcome({"mfa_policies": shown}, table if shown else Text("There are no rules that match."))

    def create(self, options: Options) -> Outcome:
        """Make one."""
        with self.enter(options["tenant"]), self.changing(options):
            scope = {name: options[name] for name in ("role", "team", "person")}
            return _shown(actions.create_mfa_policy(_terms(options), **scope, actor=self.actor), options=options)

    def change(self, options: Options) -> Outcome:
        """Change one."""
        with self.enter(options["tenant"]), self.changing(options):
            identifier = ids.wanted("mfa", options["policy"])
            return _shown(actions.change_mfa_policy(identifier, terms=_terms(options), actor=self.actor), options=options)

    def delete(self, options: Options) -> Outcome:
        """Delete one."""
        with self.enter(options["tenant"]), self.changing(options):
            policy = queries.mfa_policy(ids.wanted("mfa", options["policy"]))
            told = documents.of_mfa_policy(policy)
            actions.delete_mfa_policy(policy.id, actor=self.actor)
            would = "would be" if options["dry_run"] else "is"
            return Outcome({"mfa_policy": told, **dry_mark(options)}, Text(f"The rule for {told['applies_to']} {would} deleted."))

    def _terms(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--required", choices=rules.LEVELS, help="what it asks for")
        parser.add_argument(
            "--factor", action="append", dest="allowed_factors", choices=factors.KINDS, help="a kind that is taken; may be repeated"
        )
        parser.add_argument("--aaguid", action="append", dest="allowed_aaguids", help="a model of authenticator; may be repeated")
        parser.add_argument("--grace-days", type=int, help="days in which people without a factor may still enter")
        parser.add_argument("--remember-days", type=int, help="days that a browser may be trusted; 0 never")
        parser.add_argument(
            "--trusted-amr", action="append", help="a proof of an identity provider that counts, e.g. mfa; may be repeated"
        )


def _terms(options: Options) -> actions.Terms:
    return actions.Terms(**{name: options[name] for name in TERMS})


def _shown(policy: MfaPolicy, *, options: Options) -> Outcome:
    shown = documents.of_mfa_policy(policy)
    would = "would ask" if options["dry_run"] else "asks"
    text = Text(f"{shown['id']} {would} {shown['applies_to']} for: {shown['required']}.")
    return Outcome({"mfa_policy": shown, **dry_mark(options)}, text)
