"""Freehold's side: tenants by its own means, and a whole run of the fleet, from the wish to the last line of the ledger."""

import io
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command

from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from tenants import actions, provisioning, queries, registration, template
from tenants.fleet import states
from tenants.models import TenantState
from tenants.places import quietly

ACTOR = Actor.system("command:bench")
LETTERS = "acdefghjkmnpqrtuvwxy"


class WentWrong(RuntimeError):
    """A run did not do what it was measured for."""


def prepare(tenants: int) -> dict[str, Any]:
    """The installation and its tenants, at release 0."""
    call_command("setup", "--json", stdout=io.StringIO())
    cell = queries.platform().cell
    for number in range(tenants):
        # Letters: slugs that differ in digits alone look alike.
        slug = f"bench-{LETTERS[number // 400 % 20]}{LETTERS[number // 20 % 20]}{LETTERS[number % 20]}"
        row = registration.insert(slug, name="Bench", cell=cell, state=TenantState.ACTIVE)
        provisioning.build_place(row.ref(), on_progress=quietly)
    return {}


def migrate(release: str) -> dict[str, Any]:
    """Bring everybody to a release with one worker: seconds of the whole run, and the milliseconds of each tenant in it.

    Untimed before it is what `manage.py setup` does: platform, and the script that new tenants are made from.
    """
    settings.MIGRATION_MODULES = {"bench_catalogue": release}
    template.current_state.cache_clear()
    platform = actions.establish_platform(on_progress=quietly, actor=ACTOR)
    template.compiled(platform.cell)
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        began = time.perf_counter()
        run = actions.start_fleet_run(jobs=1, actor=ACTOR)
        actions.migrate_fleet(ids.parse("op", run.operation), actor=ACTOR)
        seconds = time.perf_counter() - began
    run = queries.fleet_run(run.id)
    rows = list(queries.fleet_results(run.id))
    late = states.behind(tenant.ref() for tenant in queries.complete_tenants())
    if run.state != "succeeded" or late or {row.way for row in rows} != {"replay"}:
        raise WentWrong(f"{run.state}: {run.problem}; {len(late)} are behind")
    return {"seconds": seconds, "tenants": len(rows), "each_ms": [row.elapsed_ms for row in rows]}
