"""The fleet over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.fleet import planning
from tenants.fleet.rings import WORDS
from tenants.models import FleetRun
from tenants.permissions import Permission

MIGRATION = {
    "migration": "identity.0007_keys_have_notes",
    "way": "replay",
    "why": "",
    "contracts": [],
    "excuse": "",
    "needed": ["identity.apikey.note"],
    "schemas": 120,
}
FLEET = {
    "target": "5c1d0e6f7a2b",
    "is_current": False,
    "current": 1,
    "behind": 120,
    "ahead": 0,
    "missing": 0,
    "cells": [{"cell": "cell-1", "current": 1, "behind": 120, "ahead": 0, "missing": 0, "fault": ""}],
    "run": None,
    "migrations": [MIGRATION],
    "rings": {"spares": 2, "early": 2, "rest": 116},
    "order": "tables_first",
    "estimate_s": 1.2,
    "spares": [{"cell": "cell-1", "ready": 2, "building": 0, "outdated": 0}],
}
RUN = {
    "id": "fl_06f0kt8m1wfvx5r2c9h3qjz4ab",
    "target": "5c1d0e6f7a2b",
    "state": "running",
    "until": "rest",
    "jobs": 2,
    "canaries": ["acme"],
    "cells": [],
    "counts": {"total": 120, "waiting": 80, "done": 40, "failed": 0},
    "migrations": [MIGRATION],
    "operation": "op_06f0kt8m1wfvx5r2c9h3qjz4ac",
    "problem": "",
    "version": 1,
    "created_at": "2026-01-31T12:00:00.000000Z",
    "finished_at": None,
}
RESULT = {
    "id": "flr_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4ae",
    "label": "acme",
    "schema": "t_0199f0d1f5b07a3c8a54c1d0e6f7a2b3",
    "cell": "cell-1",
    "ring": "canary",
    "state": "done",
    "way": "replay",
    "attempts": 1,
    "elapsed_ms": 6,
    "error": "",
    "finished_at": "2026-01-31T12:00:01.000000Z",
}


class Fleet(View):
    """All schemas with a tenant's tables."""

    access = {"GET": Permission.READ_FLEET}

    @extend_schema(tags=["Fleet"], summary="Read the fleet", responses=shapes.FleetOut, examples=[answered("The fleet", FLEET)])
    def get(self, request: Request) -> HttpResponse:
        """How all tenants' tables stand to the code, what a migration would do, and the places that wait for a tenant."""
        stand = planning.stand()
        plan = planning.plan(stand, canaries=queries.canaries(), jobs=1)
        pools = [documents.of_pool(pool) for pool in queries.pools(template_state=stand.target)]
        return self.answer(
            {**documents.of_stand(stand, run=queries.open_fleet_run()), **documents.of_plan_of_fleet(plan), "spares": pools}
        )


class _OfRun(View):
    """What the views of runs share."""

    def _shown(self, run: FleetRun, *, status: int = 200) -> HttpResponse:
        location = f"/v1/fleet/runs/{run.public_id}" if status == 202 else ""
        document = documents.of_fleet_run(run, counts=queries.fleet_counts(run.id))
        return self.answer(document, status=status, version=run.version, location=location)


class Runs(_OfRun):
    """All migrations of the fleet."""

    access = {"GET": Permission.READ_FLEET, "POST": Permission.WRITE_FLEET}

    @extend_schema(
        tags=["Fleet"],
        summary="List fleet runs",
        parameters=[shapes.FleetRunQuery],
        responses=page_of(shapes.FleetRunOut),
        examples=[answered("A page", {"data": [RUN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Runs, newest first."""
        query = self.query(shapes.FleetRunQuery)
        return self.page(
            queries.fleet_runs(state=query["state"]),
            query=query,
            shape=lambda run: documents.of_fleet_run(run, counts=queries.fleet_counts(run.id)),
        )

    @extend_schema(
        tags=["Fleet"],
        summary="Migrate the fleet",
        request=shapes.FleetRunIn,
        responses={202: shapes.FleetRunOut},
        examples=[given("The canaries first", {"until": "canary", "canaries": ["acme"]}), answered("Started", RUN, status=202)],
    )
    def post(self, request: Request) -> HttpResponse:
        """Bring the tables of all tenants to the state of the code, ring by ring. One run at a time; the answer names its operation."""
        return self._shown(actions.start_fleet_run(**self.parse(shapes.FleetRunIn), actor=self.actor), status=202)


class OneRun(_OfRun):
    """One migration of the fleet."""

    access = {"GET": Permission.READ_FLEET}

    @extend_schema(tags=["Fleet"], summary="Read a fleet run", responses=shapes.FleetRunOut, examples=[answered("A run", RUN)])
    def get(self, request: Request, run: str) -> HttpResponse:
        """One run, with its ETag and how far it is."""
        return self._shown(queries.fleet_run_named(run))


class Cancellation(_OfRun):
    """Giving a run up."""

    access = {"PUT": Permission.WRITE_FLEET}

    @extend_schema(
        tags=["Fleet"],
        summary="Cancel a fleet run",
        request=None,
        responses=shapes.FleetRunOut,
        examples=[answered("Cancelled", {**RUN, "state": "cancelled", "version": 2})],
    )
    def put(self, request: Request, run: str) -> HttpResponse:
        """Give the run up. What is migrated stays migrated, and the run stays in the list."""
        found = queries.fleet_run_named(run)
        return self._shown(actions.cancel_fleet_run(found.id, expected_version=self.expected_version(), actor=self.actor))


class Results(View):
    """What became of the schemas of a run."""

    access = {"GET": Permission.READ_FLEET}

    @extend_schema(
        tags=["Fleet"],
        summary="List the results of a fleet run",
        parameters=[shapes.FleetResultQuery],
        responses=page_of(shapes.FleetResultOut),
        examples=[answered("A page", {"data": [RESULT], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request, run: str) -> HttpResponse:
        """One row per schema, the last rings first."""
        query = self.query(shapes.FleetResultQuery)
        ring = WORDS.get(query["ring"])
        found = queries.fleet_results(
            queries.fleet_run_named(run).id, q=query["q"], state=query["state"], ring=ring, cell=query["cell"]
        )
        return self.page(found, query=query, shape=documents.of_fleet_result)


class Pause(_OfRun):
    """The pause of a run: there, or not."""

    access = {"PUT": Permission.WRITE_FLEET, "DELETE": Permission.WRITE_FLEET}

    @extend_schema(
        tags=["Fleet"],
        summary="Pause a fleet run",
        request=None,
        responses=shapes.FleetRunOut,
        examples=[answered("Paused", {**RUN, "state": "paused", "version": 2})],
    )
    def put(self, request: Request, run: str) -> HttpResponse:
        """Stop after the schemas that are being migrated now, within a second."""
        found = queries.fleet_run_named(run)
        return self._shown(actions.pause_fleet_run(found.id, expected_version=self.expected_version(), actor=self.actor))

    @extend_schema(
        tags=["Fleet"],
        summary="End the pause of a fleet run",
        responses=shapes.FleetRunOut,
        examples=[answered("At work again", {**RUN, "version": 3})],
    )
    def delete(self, request: Request, run: str) -> HttpResponse:
        """Go on with all that is left."""
        found = queries.fleet_run_named(run)
        return self._shown(actions.resume_fleet_run(found.id, expected_version=self.expected_version(), actor=self.actor))


class Resumption(_OfRun):
    """Going on with a run that was paused or has failed."""

    access = {"PUT": Permission.WRITE_FLEET}

    @extend_schema(
        tags=["Fleet"],
        summary="Resume a fleet run",
        request=shapes.ResumptionIn,
        responses=shapes.FleetRunOut,
        examples=[given("As far as one in a hundred", {"until": "early"}), answered("At work again", {**RUN, "version": 3})],
    )
    def put(self, request: Request, run: str) -> HttpResponse:
        """Go on, and try again what had failed."""
        found = queries.fleet_run_named(run)
        until = self.parse(shapes.ResumptionIn)["until"]
        resumed = actions.resume_fleet_run(found.id, until=until, expected_version=self.expected_version(), actor=self.actor)
        return self._shown(resumed)
