"""`manage.py product_action list|show|register|retire`: what the vendor's product may tell tenants' trails of."""

from pathlib import Path

import orjson

from kernel import ids
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import tables
from tenants.models import ACTION_PREFIX, ProductAction


class Command(OperatorCommand):
    """Register and end the actions of the vendor's product. Their events then come by `POST /v1/audit/events`.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "List, register and end what the product may tell trails of."

    def declare(self) -> None:
        """The verbs and their arguments."""
        self.verb("list", self.list, help_text="List all versions of all actions.").add_argument(
            "--q", default="", help="part of a name or a title"
        )
        self.verb("show", self.show, help_text="Show one version with its schema.").add_argument("id", help="act_…")
        register = self.changing_verb("register", self.register, help_text="Register an action, or the next version of one.")
        register.add_argument("name", help="2 to 5 words joined by points, such as invoice.paid")
        register.add_argument("--schema", required=True, type=Path, metavar="FILE", help="JSON Schema (2020-12) of the details")
        register.add_argument("--title", default="", help="its name for people")
        register.add_argument("--category", default="product", help="one of the trail's categories")
        register.add_argument("--severity", type=int, default=1, help="1 informational to 5 critical")
        register.add_argument(
            "--personal", action="append", default=[], metavar="FIELD", help="a field that is about a person; may be repeated"
        )
        retire = self.changing_verb("retire", self.retire, help_text="End one version: its events are refused from then on.")
        retire.add_argument("id", help="act_…")

    def list(self, options: Options) -> Outcome:
        """All versions, or those that fit."""
        rows = list(queries.product_actions(q=options["q"]))
        return Outcome({"actions": [documents.of_product_action(row) for row in rows]}, tables.of_product_actions(rows))

    def show(self, options: Options) -> Outcome:
        """One version."""
        return _told(queries.product_action(ids.wanted(ACTION_PREFIX, options["id"])))

    def register(self, options: Options) -> Outcome:
        """Register an action."""
        schema = _read(options["schema"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            made = actions.register_product_action(
                options["name"],
                schema=schema,
                title=options["title"],
                category=options["category"],
                severity=options["severity"],
                personal=options["personal"],
                actor=self.actor,
            )
            told = _told(made)
        return Outcome({**told.data, **dry_mark(options)}, told.text)

    def retire(self, options: Options) -> Outcome:
        """End one version."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            ended = actions.retire_product_action(ids.wanted(ACTION_PREFIX, options["id"]), actor=self.actor)
        return Outcome({"action": documents.of_product_action(ended), **dry_mark(options)}, tables.of_product_actions([ended]))


def _told(action: ProductAction) -> Outcome:
    return Outcome({"action": documents.of_product_action(action)}, tables.of_product_actions([action]))


def _read(path: Path) -> dict[str, object]:
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise Invalid(f"{path.name} cannot be read as JSON: {fault}.") from fault
    if not isinstance(document, dict):
        raise Invalid(f"{path.name} holds no JSON object.")
    return document
