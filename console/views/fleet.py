"""The fleet: how the tables of all tenants stand to the code, and the runs that bring them there."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Confirm, Page
from tenants import actions, documents, queries
from tenants.permissions import Permission

CRUMBS = (("Fleet", "console.fleet"),)


class Fleet(Page):
    """How all stand, the spare places, and the runs."""

    access = {"GET": Permission.READ_FLEET}
    template = "console/pages/fleet/overview.html"
    title = "Fleet"

    def get(self) -> HttpResponse:
        """Ask every cell, one query each."""
        filters = forms.RunsQuery(self.request.GET).filters()
        stand = queries.fleet_stand()
        context: dict[str, Any] = {
            "stand": documents.of_stand(stand, run=None),
            "pools": queries.pools(template_state=stand.target),
        }
        context |= {"page": self.listed(queries.fleet_runs(state=filters["state"]), filters=filters), "filters": filters}
        context |= {"states": forms.RunsQuery.STATES, "open_run": queries.open_fleet_run()}
        return self.page(context | {"may_write": self.may(Permission.WRITE_FLEET)})


class Migration(Confirm):
    """Bringing all tenants to the state of the code."""

    access = {"GET": Permission.WRITE_FLEET, "POST": Permission.WRITE_FLEET}
    crumbs = CRUMBS
    verb = "Migrate"
    tone = "primary"

    def get(self) -> HttpResponse:
        """What would run."""
        return self._page(forms.Migration())

    def post(self) -> HttpResponse:
        """Begin it."""
        form = forms.Migration(self.request.POST)
        with self.refusals(form):
            values = form.values()
            values["canaries"] = values["canaries"].split()
            run = actions.start_fleet_run(**values, actor=self.actor)
            return self.done("The run has begun.", to="console.fleet-run", at=run.public_id)
        return self._page(form)

    def _page(self, form: forms.Migration) -> HttpResponse:
        plan = documents.of_plan_of_fleet(queries.fleet_plan(queries.fleet_stand()))
        return self.confirm(form, title="Migrate all tenants", consequences=_effects(plan), back=reverse("console.fleet"))


class Run(Page):
    """One run; asked for again every second while it is at work."""

    access = {"GET": Permission.READ_FLEET}
    template = "console/pages/fleet/run.html"
    crumbs = CRUMBS

    def get(self, run_id: str) -> HttpResponse:
        """How far it is, and what became of each schema."""
        run = queries.fleet_run_named(run_id)
        filters = forms.ResultsQuery(self.request.GET).filters()
        found = queries.fleet_results(
            run.id, q=filters["q"], state=filters["state"], ring=queries.ring_words().get(filters["ring"])
        )
        page = self.listed(found, filters=filters)
        words = {ring.value: word for word, ring in queries.ring_words().items()}
        rows = [{"row": row, "ring": words[row.ring]} for row in page.items]
        context = {"title": f"Run of {run.created_at:%d %b %Y}", "run": run, "counts": queries.fleet_counts(run.id), "rows": rows}
        context |= {"page": page, "filters": filters, "form": forms.ResultsQuery, "unfinished": run.state == "running"}
        return self.page(context | {"may_write": self.may(Permission.WRITE_FLEET)})


class RunPause(Page):
    """Stopping a run for a while."""

    access = {"POST": Permission.WRITE_FLEET}

    def post(self, run_id: str) -> HttpResponse:
        """Say so to its workers."""
        actions.pause_fleet_run(queries.fleet_run_named(run_id).id, actor=self.actor)
        return self.done("It pauses after the schemas that are being migrated now.", to="console.fleet-run", at=run_id)


class RunContinuation(Confirm):
    """Letting a paused or failed run go on."""

    access = {"GET": Permission.WRITE_FLEET, "POST": Permission.WRITE_FLEET}
    crumbs = CRUMBS
    verb = "Go on"
    tone = "primary"

    def get(self, run_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(queries.fleet_run_named(run_id), forms.Continuation())

    def post(self, run_id: str) -> HttpResponse:
        """Do it."""
        form, run = forms.Continuation(self.request.POST), queries.fleet_run_named(run_id)
        with self.refusals(form):
            actions.resume_fleet_run(run.id, until=form.values()["until"], actor=self.actor)
            return self.done("It goes on.", to="console.fleet-run", at=run_id)
        return self._page(run, form)

    def _page(self, run: Any, form: forms.Continuation) -> HttpResponse:
        counts = queries.fleet_counts(run.id)
        effects = [
            f"{counts.waiting:,} schemas that wait are migrated; {counts.failed:,} that failed are tried again.",
            f"{counts.done:,} that are done are left alone.",
        ]
        back = reverse("console.fleet-run", args=[run.public_id])
        return self.confirm(form, title="Go on with the run", consequences=effects, back=back)


class RunCancellation(Page):
    """Giving a run up."""

    access = {"POST": Permission.WRITE_FLEET}

    def post(self, run_id: str) -> HttpResponse:
        """Do it."""
        actions.cancel_fleet_run(queries.fleet_run_named(run_id).id, actor=self.actor)
        return self.done("Cancelled. Schemas that are done stay done.", to="console.fleet-run", at=run_id)


def _effects(plan: dict[str, Any]) -> list[str]:
    """What a run would do, in sentences."""
    rings = plan["rings"]
    count = sum(rings.values())
    if not count:
        return ["Every schema is in the state of the code: a run would find nothing to do."]
    lines = [
        f"{count:,} schemas: {rings['spares']:,} spare places, then {rings['canary']:,}, then {rings['early']:,}, then {rings['rest']:,}."
    ]
    lines += [f"{step['migration']} on {step['schemas']:,}{_way(step)}." for step in plan["migrations"]]
    seconds = max(1, round(plan["estimate_s"]))
    return [*lines, f"About {seconds:,} s. The product serves meanwhile; the run pauses when too many fail, and can be resumed."]


def _way(step: dict[str, Any]) -> str:
    return "" if step["way"] == "replay" else ", one by one by Django: it cannot be replayed"
