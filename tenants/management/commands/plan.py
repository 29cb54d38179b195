"""`manage.py plan list|show|add|change|remove|settings`: what kinds of customers there are, and what is set for them."""

from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries, tenant_settings
from tenants.management import assignments, tables
from tenants.models import CellKind, Plan

KINDS = [kind.value for kind in CellKind]


class Command(OperatorCommand):
    """Make and change plans. A plan sets defaults for its tenants and decides which kind of cell new ones are put into.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "List, make, change and remove plans."

    def declare(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List the plans by code.")
        listing.add_argument("--q", default="", help="part of a code or a label")
        self.verb("show", self.show, help_text="Show one plan.").add_argument("code", help="code of the plan")
        add = self.changing_verb("add", self.add, help_text="Make a plan that tenants can be put on.")
        add.add_argument("code", help="1 to 40 of a to z, 0 to 9 and single hyphens")
        add.add_argument("--label", required=True, help="the plan's name for people")
        add.add_argument("--cell-kind", default=CellKind.SHARED.value, choices=KINDS, help="where its tenants are put")
        add.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the plan's tenants; may be repeated"
        )
        change = self.changing_verb("change", self.change, help_text="Change a plan; its settings hold for its tenants at once.")
        change.add_argument("code", help="code of the plan")
        change.add_argument("--label", help="the new label")
        change.add_argument("--cell-kind", choices=KINDS, help="where tenants to come are put")
        change.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a setting to change, may be repeated; NAME= takes one back to its default",
        )
        remove = self.changing_verb("remove", self.remove, help_text="Remove a plan that no tenant is on.")
        remove.add_argument("code", help="code of the plan")
        self.verb("settings", self.settings, help_text="List what can be set for a plan or a tenant.")

    def list(self, options: Options) -> Outcome:
        """All plans, or those that fit."""
        rows = list(queries.plans(q=options["q"]))
        return Outcome({"plans": [documents.of_plan(row) for row in rows]}, tables.of_plans(rows))

    def show(self, options: Options) -> Outcome:
        """One plan."""
        return _shown(queries.plan(options["code"]), options=options)

    def add(self, options: Options) -> Outcome:
        """Make a plan."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            made = actions.add_plan(
                options["code"],
                label=options["label"],
                settings=assignments.read(options["set"]),
                cell_kind=options["cell_kind"],
                actor=self.actor,
            )
            return self._told(made, options=options)

    def change(self, options: Options) -> Outcome:
        """Change a plan."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            changed = actions.change_plan(
                options["code"],
                label=options["label"],
                settings=assignments.read(options["set"]),
                cell_kind=options["cell_kind"],
                actor=self.actor,
            )
            return self._told(changed, options=options)

    def remove(self, options: Options) -> Outcome:
        """Remove a plan."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.remove_plan(options["code"], actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        return Outcome({"removed": options["code"], **dry_mark(options)}, tables.line(f"{options['code']} {ending}"))

    def settings(self, options: Options) -> Outcome:
        """The catalogue of settings."""
        del options
        catalogue = [documents.of_setting(setting) for _, setting in sorted(tenant_settings.CATALOGUE.items())]
        return Outcome({"settings": catalogue}, tables.of_catalogue())

    def _told(self, plan: Plan, *, options: Options) -> Outcome:
        if options["dry_run"]:
            self.console.print("Dry run: the plan would be as shown. Nothing was changed.")
        return _shown(queries.plan(plan.code), options=options)


def _shown(plan: Plan, *, options: Options) -> Outcome:
    return Outcome({"plan": documents.of_plan(plan), **dry_mark(options)}, tables.of_plans([plan]))
