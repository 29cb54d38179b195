"""The fleet over HTTP and from a terminal: what the doors accept, answer and refuse."""

from typing import Any

import pytest

from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import queries
from tenants.models import FleetResult, FleetRun
from tests import makers
from tests.caller import Caller
from tests.tenants.commands import run

HOST = "platform.localhost"


@pytest.fixture
def caller(platform: TenantRef) -> Caller:
    """Somebody of platform who may everything with the fleet."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return Caller(host=HOST, key=makers.make_key(email="fleet@platform.example").secret)


@pytest.fixture
def reader(platform: TenantRef) -> Caller:
    """Somebody of platform who may only look at it."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        key = makers.make_key(scopes=("read:tenants.fleet",), email="reader@platform.example")
    return Caller(host=HOST, key=key.secret)


def ledger() -> FleetRun:
    """A run with one row of each kind."""
    run = FleetRun.objects.create(
        target="0" * 64, state="failed", options={"until": "rest", "jobs": 2, "canaries": [], "cells": [], "go": 1}
    )
    for ring, label, state, error in ((1, "acme", "done", ""), (3, "globex", "failed", "a lock"), (3, "other", "waiting", "")):
        FleetResult.objects.create(
            run=run, tenant_id=ids.new_id(), schema=f"t_{label}", label=label, cell="cell-1", ring=ring, state=state, error=error
        )
    return run


def test_the_fleet_says_how_it_stands_to_the_code(reader: Caller) -> None:
    answer = reader.get("/v1/fleet")

    found = answer.json()
    assert answer.status_code == 200
    assert (found["is_current"], found["behind"], found["ahead"], found["missing"]) == (True, 0, 0, 0)
    assert found["current"] == queries.complete_tenants().count() + sum(pool["ready"] for pool in found["spares"])
    assert (found["migrations"], found["order"], found["run"]) == ([], "any", None)


def test_a_run_is_started_once_and_can_be_read(caller: Caller) -> None:
    started = caller.post("/v1/fleet/runs", {"until": "canary", "canaries": ["acme"], "jobs": 3})
    again = caller.post("/v1/fleet/runs", {})

    found = started.json()
    assert started.status_code == 202
    assert (found["state"], found["until"], found["canaries"], found["jobs"]) == ("running", "canary", ["acme"], 3)
    assert started["Location"] == f"/v1/fleet/runs/{found['id']}"
    assert caller.get(started["Location"]).json() == found
    assert (again.status_code, again.json()["type"], again.json()["run"]) == (409, "/problems/fleet-busy", found["id"])
    assert FleetRun.objects.count() == 1


def test_a_run_is_paused_resumed_and_cancelled(caller: Caller) -> None:
    place = caller.post("/v1/fleet/runs", {})["Location"]

    states = [
        answer.json()["state"]
        for answer in (
            caller.put(f"{place}/pause"),
            caller.delete(f"{place}/pause"),
            caller.put(f"{place}/pause"),
            caller.put(f"{place}/resumption", {"until": "early"}),
            caller.put(f"{place}/cancellation"),
        )
    ]

    assert states == ["paused", "running", "paused", "running", "cancelled"]
    assert FleetRun.objects.get().options["until"] == "early"


def test_an_old_etag_is_refused(caller: Caller) -> None:
    place = caller.post("/v1/fleet/runs", {})["Location"]
    caller.put(f"{place}/pause", b"")

    refused = caller.put(f"{place}/cancellation", b"", HTTP_IF_MATCH='"v1"')

    assert (refused.status_code, refused.json()["current_version"]) == (412, 2)
    assert FleetRun.objects.get().state == "paused"


def test_results_are_searched_filtered_and_paged(reader: Caller) -> None:
    place = f"/v1/fleet/runs/{ledger().public_id}/results"

    def labels(query: str) -> list[str]:
        return [row["label"] for row in reader.get(f"{place}?{query}").json()["data"]]

    assert labels("") == ["other", "globex", "acme"]
    assert labels("state=failed") == ["globex"]
    assert labels("ring=canary") == ["acme"]
    assert labels("q=lock") == ["globex"]
    assert labels("cell=cell-2") == []
    first = reader.get(f"{place}?limit=2").json()
    assert first["has_more"] is True
    assert labels(f"limit=2&cursor={first['next_cursor']}") == ["acme"]


def test_who_may_only_look_changes_nothing(reader: Caller) -> None:
    run_id = ledger().public_id

    refused = [
        reader.post("/v1/fleet/runs", {}),
        *(reader.put(f"/v1/fleet/runs/{run_id}/{what}", {}) for what in ("pause", "resumption", "cancellation")),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert [row.state for row in FleetRun.objects.all()] == ["failed"]


@pytest.mark.parametrize(
    "body", [{"until": "moon"}, {"jobs": 0}, {"jobs": 99}, {"cells": ["cell-99"]}, {"canaries": ["nobody"]}, {"force": True}]
)
def test_a_wrong_wish_is_refused(body: dict[str, Any], caller: Caller) -> None:
    answer = caller.post("/v1/fleet/runs", body)

    assert answer.status_code == 422
    assert FleetRun.objects.count() == 0


@pytest.mark.parametrize("name", ["fl_0000000000000000000000000a", "nonsense", "ten_0000000000000000000000000a"])
def test_a_run_that_is_none_is_not_found(name: str, reader: Caller) -> None:
    answer = reader.get(f"/v1/fleet/runs/{name}")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/fleet-run-not-found")


def test_the_plan_of_a_sound_fleet_is_empty() -> None:
    ran = run("fleet", "plan", "--json")

    assert (ran.code, ran.data["behind"], ran.data["migrations"]) == (0, 0, [])


def test_a_dry_run_starts_nothing() -> None:
    ran = run("fleet", "migrate", "--dry-run", "--json")

    assert (ran.code, ran.data["run"]["state"]) == (0, "running")
    assert FleetRun.objects.count() == 0


def test_the_status_of_a_run_names_what_failed() -> None:
    run_id = ledger().public_id

    ran = run("fleet", "status", run_id, "--json")

    assert ran.data["run"]["counts"] == {"total": 3, "waiting": 1, "done": 1, "failed": 1}
    assert [row["label"] for row in ran.data["failed"]] == ["globex"]
    assert [row["id"] for row in run("fleet", "status", "--json").data["runs"]] == [run_id]


def test_a_run_that_is_none_ends_with_not_found() -> None:
    assert run("fleet", "status", "latest", "--json").code == 3
    assert run("fleet", "resume", "fl_nonsense", "--json").code == 3


def test_a_run_of_other_code_cannot_be_resumed() -> None:
    ledger()

    assert run("fleet", "resume", "--json").code == 5


@pytest.mark.committed
def test_the_script_says_what_the_migrations_say() -> None:
    ran = run("fleet", "template", "--check", "--json")

    assert (ran.code, ran.data["difference"]) == (0, [])
