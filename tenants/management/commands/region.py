"""`manage.py region list|add|change|remove`: where cells lie, and under which law."""

from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, queries
from tenants.management import tables
from tenants.models import Region


class Command(OperatorCommand):
    """Make and change regions. Residency rules are about a region's jurisdiction.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "List, add, change and remove the regions that cells lie in."

    def declare(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List the regions by code.")
        listing.add_argument("--q", default="", help="part of a code, a name or a jurisdiction")
        add = self.changing_verb("add", self.add, help_text="Make a region.")
        add.add_argument("code", help="1 to 40 of a to z, 0 to 9 and single hyphens, such as eu")
        add.add_argument("--jurisdiction", required=True, help="the law that holds there, such as EU")
        add.add_argument("--label", required=True, help="the region's name for people")
        change = self.changing_verb("change", self.change, help_text="Change a region's name or jurisdiction.")
        change.add_argument("code", help="the region to change")
        change.add_argument("--jurisdiction", help="the law that holds there; refused while tenants rely on the present one")
        change.add_argument("--label", help="the region's name for people")
        remove = self.changing_verb("remove", self.remove, help_text="Remove a region without cells and backups.")
        remove.add_argument("code", help="the region to remove")

    def list(self, options: Options) -> Outcome:
        """All regions, or those that fit."""
        rows, counts = queries.regions(q=options["q"]), queries.cells_per_region()
        data = [documents.of_region(row, cell_count=counts.get(row.code, 0)) for row in rows]
        return Outcome({"regions": data}, tables.of_regions(rows, counts=counts))

    def add(self, options: Options) -> Outcome:
        """Make a region."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            region = actions.add_region(
                options["code"], jurisdiction=options["jurisdiction"], label=options["label"], actor=self.actor
            )
        return self._shown(region, options=options)

    def change(self, options: Options) -> Outcome:
        """Change a region."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            region = actions.change_region(
                options["code"], jurisdiction=options["jurisdiction"], label=options["label"], actor=self.actor
            )
        return self._shown(region, options=options)

    def remove(self, options: Options) -> Outcome:
        """Remove a region."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.remove_region(options["code"], actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        dry = dry_mark(options)
        return Outcome({"removed": options["code"], **dry}, tables.line(f"{options['code']} {ending}"))

    def _shown(self, region: Region, *, options: Options) -> Outcome:
        counts = queries.cells_per_region()
        dry = dry_mark(options)
        if dry:
            self.console.print("Dry run: the region would be as shown. Nothing was changed.")
        document = documents.of_region(region, cell_count=counts.get(region.code, 0))
        return Outcome({"region": document, **dry}, tables.of_regions([region], counts=counts))
