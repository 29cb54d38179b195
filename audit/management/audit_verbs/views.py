"""`manage.py audit views|view-save|view-change|view-remove`: filters of the trail under a name."""

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.management.audit_verbs import filtering
from audit.models import VIEW_PREFIX, SavedView
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark

AUDIENCES = (actions.OWN, actions.SHARED)


class Views(OperatorCommand):
    """Keeps filters for a tenant's people; declared by the command `audit`."""

    def declare_views(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb(
            "views", self.list_views, help_text="The saved views that are shared, and those that commands keep for themselves."
        )
        listing.add_argument("--q", default="", help="part of a name")
        saving = self.changing_verb("view-save", self.save_view, help_text="Keep filters under a name, by default for everybody.")
        changing = self.changing_verb("view-change", self.change_view, help_text="Change a saved view; what is left out stays.")
        removing = self.changing_verb("view-remove", self.remove_view, help_text="Remove a saved view; entries stay as they are.")
        saving.add_argument("name", help="what people call it")
        saving.add_argument("--audience", default=actions.SHARED, choices=AUDIENCES, help="default: shared")
        changing.add_argument("--name", default=None, help="what people call it from now on")
        changing.add_argument("--audience", default=None, choices=AUDIENCES)
        for parser in (changing, removing):
            parser.add_argument("view", help="the view's id, viw_…")
        for parser in (saving, changing):
            filtering.declare_filters(parser)
        for parser in (listing, saving, changing, removing):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_views(self, options: Options) -> Outcome:
        """All that a command may use."""
        with self.enter(options["tenant"]):
            rows = list(queries.views(actor=self.actor, q=options["q"]).order_by("name"))
        table = Table("Id", "Name", "Audience", "Filters")
        for row in rows:
            told = ", ".join(f"{name} {value}" for name, value in row.filters.items()) or "everything"
            table.add_row(row.public_id, escape(row.name), row.audience, escape(told))
        return Outcome({"views": [queries.view_document(row, actor=self.actor) for row in rows]}, table)

    def save_view(self, options: Options) -> Outcome:
        """Keep one. Raises Invalid, TooManyViews, ViewNameTaken."""
        filters = filtering.chosen(options).as_dict()
        with self.enter(options["tenant"]), self.changing(options):
            view = actions.save_view(options["name"], filters=filters, audience=options["audience"], actor=self.actor)
            return self._view(view, options=options)

    def change_view(self, options: Options) -> Outcome:
        """Change one; filters that are given replace all that it had. Raises Invalid, ViewNotFound, ViewNameTaken."""
        filters, wanted = filtering.chosen(options).as_dict(), ids.wanted(VIEW_PREFIX, options["view"])
        with self.enter(options["tenant"]), self.changing(options):
            view = actions.change_view(
                wanted, name=options["name"], filters=filters or None, audience=options["audience"], actor=self.actor
            )
            return self._view(view, options=options)

    def remove_view(self, options: Options) -> Outcome:
        """Remove one. Raises ViewNotFound."""
        wanted = ids.wanted(VIEW_PREFIX, options["view"])
        with self.enter(options["tenant"]), self.changing(options):
            view = queries.view(wanted, actor=self.actor)
            shown = queries.view_document(view, actor=self.actor)
            actions.remove_view(view.pk, actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        return Outcome({"removed": shown, **dry_mark(options)}, f"{escape(shown['name'])} {ending}")

    def _view(self, view: SavedView, *, options: Options) -> Outcome:
        shown = queries.view_document(view, actor=self.actor)
        table = Table(show_header=False)
        for name, value in shown.items():
            table.add_row(name, escape(str(value)))
        return Outcome({"view": shown, **dry_mark(options)}, table)
