"""Cells: where tenants live."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Confirm, FormPage, Page
from kernel.problems import Unavailable
from kernel.tenancy import breaker
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Cells", "console.cells"),)
OLD_PLACES_SHOWN = 8


def region_choices() -> list[tuple[str, str]]:
    """All regions with their jurisdictions."""
    return [(region.code, f"{region.code} · {region.jurisdiction}") for region in queries.regions()]


class Cells(Page):
    """All cells and how full they are."""

    access = {"GET": Permission.READ_CELLS}
    template = "console/pages/cells/list.html"
    title = "Cells"

    def get(self) -> HttpResponse:
        """One page of cells."""
        filters = forms.CellsQuery(self.request.GET).filters()
        found = queries.cells(q=filters["q"], state=filters["state"], region=filters["region"])
        page = self.listed(found, filters=filters, key="name")
        loads = [_shown(load) for load in queries.loads(page.items)]
        context = {"page": page, "loads": loads, "filters": filters, "states": forms.CellsQuery.STATES}
        return self.page(
            context | {"regions": [("", "Any region"), *region_choices()], "may_write": self.may(Permission.WRITE_CELLS)}
        )


class Cell(Page):
    """One cell."""

    access = {"GET": Permission.READ_CELLS}
    template = "console/pages/cells/detail.html"
    crumbs = CRUMBS

    def get(self, name: str) -> HttpResponse:
        """What the registry knows; what the database says is asked for by the page itself."""
        old = queries.leftovers(cell=name)[:OLD_PLACES_SHOWN]
        context = {"title": name, "cell": _shown(queries.load(name)), "leftovers": old}
        return self.page(context | {"may_write": self.may(Permission.WRITE_CELLS)})


class CellCheck(Page):
    """What is found when the cell is looked at now."""

    access = {"GET": Permission.READ_CELLS}
    template = "console/pages/cells/check.html"
    crumbs = CRUMBS

    def get(self, name: str) -> HttpResponse:
        """Ask its database; how full it is is left out when it does not answer."""
        found = actions.check_cell(name, actor=self.actor)
        try:
            capacity = actions.measure_cell(name, actor=self.actor)
        except Unavailable:
            capacity = None
        return self.page({"title": f"Check of {name}", "found": found, "capacity": capacity})


class NewCell(FormPage):
    """A database becomes a cell."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    title = "Add a cell"
    lead = "The database is looked at and prepared before the registry knows of it."
    verb = "Add the cell"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.NewCell(regions=region_choices()), back=reverse("console.cells"))

    def post(self) -> HttpResponse:
        """Look at the database and take it."""
        form = forms.NewCell(self.request.POST, regions=region_choices())
        with self.refusals(form):
            cell = actions.add_cell(**form.values(), actor=self.actor)
            return self.done(f"{cell.name} is a cell. Every process knows it.", to="console.cell", at=cell.name)
        return self.form(form, back=reverse("console.cells"))


class CellChange(FormPage):
    """Another capacity, region, kind or address."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Save"

    def get(self, name: str) -> HttpResponse:
        """The form with what holds now."""
        cell = queries.load(name)
        initial = {"region": cell.region, "kind": cell.kind, "capacity": cell.capacity, "version": cell.version}
        return self._page(name, forms.ChangedCell(initial=initial, regions=region_choices()))

    def post(self, name: str) -> HttpResponse:
        """Change it."""
        form = forms.ChangedCell(self.request.POST, regions=region_choices())
        with self.refusals(form):
            values: dict[str, Any] = form.values()
            version, url = values.pop("version"), values.pop("url") or None
            actions.change_cell(name, **values, url=url, expected_version=version, actor=self.actor)
            return self.done("Saved.", to="console.cell", at=name)
        return self._page(name, form)

    def _page(self, name: str, form: forms.ChangedCell) -> HttpResponse:
        return self.form(form, title=f"Change {name}", back=reverse("console.cell", args=[name]))


class CellDraining(Confirm):
    """No new tenants; those that it has go elsewhere."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Drain"

    def get(self, name: str) -> HttpResponse:
        """What will happen."""
        return self._page(name, forms.Draining(cells=_others(name)))

    def post(self, name: str) -> HttpResponse:
        """Do it."""
        form = forms.Draining(self.request.POST, cells=_others(name))
        with self.refusals(form):
            drained = actions.drain_cell(name, to=form.values()["to"], actor=self.actor)
            if drained.operation is None:
                return self.done("It takes no new tenants.", to="console.cell", at=name)
            return self.done("Its tenants are being moved.", to="console.operation", at=drained.operation.public_id)
        return self._page(name, form)

    def _page(self, name: str, form: forms.Draining) -> HttpResponse:
        load = queries.load(name)
        effects = [
            "No new tenant is put here.",
            f"Its {load.tenant_count} tenants work on, also while they are moved: writes wait less than half a second.",
            "It can be opened again at any time.",
        ]
        return self.confirm(form, title=f"Drain {name}?", consequences=effects, back=reverse("console.cell", args=[name]))


class CellOpening(Page):
    """Letting a cell take tenants."""

    access = {"POST": Permission.WRITE_CELLS}

    def post(self, name: str) -> HttpResponse:
        """Do it."""
        actions.open_cell(name, actor=self.actor)
        return self.done("Open: tenants are put here again.", to="console.cell", at=name)


class CellClosing(Confirm):
    """Taking an empty cell out of use."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Close"

    def get(self, name: str) -> HttpResponse:
        """What will happen."""
        return self._page(name, forms.Confirmation())

    def post(self, name: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.close_cell(name, actor=self.actor)
            return self.done("Closed.", to="console.cell", at=name)
        return self._page(name, form)

    def _page(self, name: str, form: forms.Confirmation) -> HttpResponse:
        effects = ["No tenant is put here.", "Probes, checks and the drill leave it out.", "It can be opened again."]
        return self.confirm(form, title=f"Close {name}?", consequences=effects, back=reverse("console.cell", args=[name]))


class CellRemoval(Confirm):
    """The end of a cell."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, name: str) -> HttpResponse:
        """What will happen."""
        return self._page(name, forms.Confirmation())

    def post(self, name: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_cell(name, actor=self.actor)
            return self.done(f"{name} is removed.", to="console.cells")
        return self._page(name, form)

    def _page(self, name: str, form: forms.Confirmation) -> HttpResponse:
        queries.load(name)
        effects = ["The registry forgets the cell and its address.", "Its database stays, and is yours to drop."]
        return self.confirm(form, title=f"Remove {name}?", consequences=effects, back=reverse("console.cell", args=[name]))


def _shown(load: queries.CellLoad) -> dict[str, Any]:
    """A cell with what this process knows of its health."""
    names = (*load.__dataclass_fields__, "room")
    return {name: getattr(load, name) for name in names} | {"is_away": breaker.is_open(load.name)}


def _others(name: str) -> list[tuple[str, str]]:
    """The open cells that tenants could go to."""
    return [(cell.name, f"To {cell.name}") for cell in queries.cells(state="open") if cell.name != name]
