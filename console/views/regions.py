"""Regions: where cells lie, and which law holds there."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Confirm, FormPage, Page
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Regions", "console.regions"),)


class Regions(Page):
    """All regions."""

    access = {"GET": Permission.READ_CELLS}
    template = "console/pages/regions/list.html"
    title = "Regions"

    def get(self) -> HttpResponse:
        """One page of regions, each with its number of cells."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.regions(q=filters["q"]), filters=filters, key="code")
        counts = queries.cells_per_region()
        rows = [{"region": region, "cell_count": counts.get(region.code, 0)} for region in page.items]
        return self.page({"page": page, "rows": rows, "filters": filters, "may_write": self.may(Permission.WRITE_CELLS)})


class NewRegion(FormPage):
    """A region that cells can lie in."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    title = "Add a region"
    verb = "Add the region"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.NewRegion(), back=reverse("console.regions"))

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewRegion(self.request.POST)
        with self.refusals(form):
            region = actions.add_region(**form.values(), actor=self.actor)
            return self.done(f"{region.code} is there. Cells can lie in it now.", to="console.regions")
        return self.form(form, back=reverse("console.regions"))


class RegionChange(FormPage):
    """Another label or jurisdiction."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Save"

    def get(self, code: str) -> HttpResponse:
        """The form with what holds now."""
        region = queries.region(code)
        initial = {"label": region.label, "jurisdiction": region.jurisdiction, "version": region.version}
        return self._page(code, forms.ChangedRegion(initial=initial))

    def post(self, code: str) -> HttpResponse:
        """Change it."""
        form = forms.ChangedRegion(self.request.POST)
        with self.refusals(form):
            values = form.values()
            version = values.pop("version")
            actions.change_region(code, **values, expected_version=version, actor=self.actor)
            return self.done("Saved.", to="console.regions")
        return self._page(code, form)

    def _page(self, code: str, form: forms.ChangedRegion) -> HttpResponse:
        return self.form(form, title=f"Change {code}", back=reverse("console.regions"))


class RegionRemoval(Confirm):
    """The end of a region."""

    access = {"GET": Permission.WRITE_CELLS, "POST": Permission.WRITE_CELLS}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, code: str) -> HttpResponse:
        """What will happen."""
        return self._page(code, forms.Confirmation())

    def post(self, code: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_region(code, actor=self.actor)
            return self.done(f"{code} is removed.", to="console.regions")
        return self._page(code, form)

    def _page(self, code: str, form: forms.Confirmation) -> HttpResponse:
        queries.region(code)
        effects = ["No cell and no backup may lie in it.", "It can be added again under the same code."]
        return self.confirm(form, title=f"Remove {code}?", consequences=effects, back=reverse("console.regions"))
