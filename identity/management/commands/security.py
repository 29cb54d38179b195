"""`manage.py security`: the limits of a tenant for sessions, passwords, keys, absence and support."""

import argparse
from typing import Any

from rich.table import Column, Table

from identity import actions, documents, queries
from identity.problems import SecurityOutOfRange
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

FOLLOW = "default"
SWITCHES = {"yes": True, "no": False}
NUMBERS = {
    "session-idle-s": "seconds without a request after which a session ends",
    "session-absolute-s": "seconds after which a session ends in any case",
    "sessions-maximum": "sessions that a person may have at once",
    "password-minimum": "characters of the shortest password",
    "step-up-s": "seconds for which a proof counts as fresh before sensitive acts",
    "inactive-days": "days without a sign-in after which a person is put out; 0 for never",
    "key-days-maximum": "days of the longest life of an API key",
}
CHOICES = {
    "password-may-reset": "whether people may choose another password by mail",
    "support-may-enter": "whether the operator's support may act as people of the tenant",
}


class Command(OperatorCommand):
    """Show and change the limits."""

    help = "Show and change the limits of a tenant for sessions, passwords, keys, absence and support."

    def declare(self) -> None:
        """The verbs of this command."""
        self._declared(self.verb("show", self.show, help_text="Show what the tenant decided, and what counts."))
        change = self._declared(self.changing_verb("set", self.set, help_text="Change some limits; what is not given stays."))
        for name, words in NUMBERS.items():
            change.add_argument(f"--{name}", metavar="NUMBER", help=f"{words}; `{FOLLOW}` takes the installation's")
        for name, words in CHOICES.items():
            change.add_argument(f"--{name}", choices=sorted(SWITCHES), help=words)

    def show(self, options: Options) -> Outcome:
        """The limits."""
        with self.enter(options["tenant"]):
            return told(options)

    def set(self, options: Options) -> Outcome:
        """Change them. Raises SecurityOutOfRange."""
        with self.enter(options["tenant"]), self.changing(options):
            actions.change_security(changes_of(options), actor=self.actor)
            return told(options)

    def _declared(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")
        return parser


def changes_of(options: Options) -> dict[str, Any]:
    """What was given, as the action takes it. Raises SecurityOutOfRange for what is no number."""
    given = {name.replace("-", "_"): options[name.replace("-", "_")] for name in (*NUMBERS, *CHOICES)}
    changes: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    for name, text in changes.items():
        if name.replace("_", "-") in NUMBERS:
            changes[name] = None if text == FOLLOW else number(text, name=name)
        elif name.replace("_", "-") in CHOICES:
            changes[name] = SWITCHES[text]
    return changes


def number(text: str, *, name: str) -> int:
    """A whole number as it was typed. Raises SecurityOutOfRange."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        fault = {"pointer": f"/{name}", "code": "out_of_range", "detail": f"Give a whole number, or `{FOLLOW}`."}
        raise SecurityOutOfRange(f"{name} takes a whole number, or `{FOLLOW}`.", errors=[fault])
    return int(text)


def told(options: Options) -> Outcome:
    """The limits for machines and for people."""
    document = documents.of_security(queries.own_security_settings())
    lines = Table(Column("Limit"), "The tenant's", "What counts", box=None)
    for name, counts in document["effective"].items():
        own = document[name]
        lines.add_row(name, FOLLOW if own is None else str(own), str(counts))
    return Outcome({"security": document, **dry_mark(options)}, lines)
