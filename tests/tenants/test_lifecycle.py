"""How tenants end, over the API and from the command line: what is answered, what is refused, what a dry run leaves behind."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tenants import actions, queries, resolving
from tenants.models import Tenant
from tests import makers
from tests.caller import Caller
from tests.tenants import ending
from tests.tenants.commands import run
from tests.tenants.registry import registry_unchanged

REASON = "The contract ended."


@pytest.fixture
def api(platform: TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


@pytest.fixture
def path(globex: TenantRef) -> str:
    return f"/v1/tenants/{Tenant.objects.get(id=globex.id).public_id}"


@pytest.fixture
def hooli(platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-command") as ref:
        yield ref


def test_a_deletion_is_previewed_asked_for_and_undone(api: Caller, path: str, globex: TenantRef) -> None:
    preview = api.get(f"{path}/deletion")
    assert preview.status_code == 200
    assert (preview.json()["is_deleting"], preview.json()["grace_days"], preview.json()["goes"]["hosts"]) == (
        False,
        30,
        ["globex.localhost"],
    )
    assert preview.json()["goes"]["people"] == 1

    asked = api.put(f"{path}/deletion", {"slug": "globex", "reason": REASON}, HTTP_IF_MATCH=preview["ETag"])
    assert asked.status_code == 202, asked.content
    body = asked.json()
    assert (body["state"], body["previous_state"], body["state_reason"]) == ("deleting", "active", REASON)
    assert asked["Location"] == f"/v1/operations/{body['operation']}"
    assert api.get(asked["Location"]).json()["kind"] == "tenants.final_copy"
    assert Caller(host="globex.localhost").get("/sign-in").status_code == 410
    assert api.get(f"{path}/deletion").json()["is_deleting"] is True

    undone = api.delete(f"{path}/deletion", HTTP_IF_MATCH=asked["ETag"])
    assert (undone.status_code, undone.json()["state"], undone.json()["delete_after"]) == (200, "active", None)
    assert Caller(host="globex.localhost").get("/sign-in").status_code == 200


def test_archiving_is_accepted_and_named(api: Caller, path: str) -> None:
    answer = api.put(f"{path}/archive", {"reason": REASON})

    assert (answer.status_code, answer.json()["state"], answer.json()["previous_state"]) == (202, "suspended", "active")
    assert api.get(answer["Location"]).json()["kind"] == "tenants.archive"
    again = api.put(f"{path}/archive", {"reason": REASON})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/tenant-being-archived")
    assert again.json()["operation"] == answer.json()["operation"]


def test_an_erasure_over_the_api_wants_all_that_the_command_wants(api: Caller, path: str, globex: TenantRef) -> None:
    api.put(f"{path}/deletion", {"slug": "globex", "reason": REASON})

    early = api.put(f"{path}/erasure", {"slug": "globex"})
    without_reason = api.put(f"{path}/erasure", {"slug": "globex", "without_export": "globex"})
    without_copy = api.put(f"{path}/erasure", {"slug": "globex", "reason": REASON})
    not_yet = api.get(f"{path}/erasure")
    accepted = api.put(f"{path}/erasure", {"slug": "globex", "reason": REASON, "without_export": "globex"})

    assert [
        (answer.status_code, answer.json()["type"].removeprefix("/problems/")) for answer in (early, without_reason, without_copy)
    ] == [
        (409, "grace-not-over"),
        (422, "invalid"),
        (409, "final-copy-missing"),
    ]
    assert (not_yet.status_code, not_yet.json()["type"]) == (404, "/problems/not-erased")
    assert (accepted.status_code, accepted.json()["state"], accepted.json()["previous_state"]) == (202, "deleting", "")
    assert api.delete(f"{path}/deletion").json()["type"] == "/problems/erasure-begun"


@pytest.mark.parametrize(
    ("method", "where", "body", "status", "kind"),
    [
        ("PUT", "deletion", {"slug": "acme", "reason": REASON}, 422, "slug-not-confirmed"),
        ("PUT", "deletion", {"slug": "globex"}, 422, "invalid"),
        ("PUT", "deletion", {"slug": "globex", "reason": " "}, 422, "invalid"),
        ("DELETE", "deletion", None, 409, "tenant-state"),
        ("DELETE", "archive", None, 409, "tenant-state"),
        ("PUT", "erasure", {"slug": "globex"}, 409, "tenant-state"),
        ("PUT", "archive", {"reason": ""}, 422, "invalid"),
        ("PUT", "archive", {"reason": REASON, "force": True}, 422, "invalid"),
    ],
)
def test_bad_input_is_a_problem_and_changes_nothing(
    method: str, where: str, body: Any, status: int, kind: str, api: Caller, path: str
) -> None:
    with registry_unchanged():
        answer = api.call(method, f"{path}/{where}", body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("where", ["deletion", "archive", "erasure"])
def test_the_operators_own_tenant_is_not_ended(where: str, api: Caller, platform: TenantRef) -> None:
    path = f"/v1/tenants/{Tenant.objects.get(id=platform.id).public_id}"

    with registry_unchanged():
        answer = api.put(f"{path}/{where}", {"reason": REASON, **({} if where == "archive" else {"slug": "platform"})})

    assert answer.status_code == 409


def test_an_old_etag_changes_nothing(api: Caller, path: str, globex: TenantRef) -> None:
    stale = {"HTTP_IF_MATCH": f'"v{globex.version - 1}"'}

    with registry_unchanged():
        answers = [
            api.put(f"{path}/deletion", {"slug": "globex", "reason": REASON}, **stale),
            api.put(f"{path}/archive", {"reason": REASON}, **stale),
            api.delete(f"{path}/deletion", **stale),
            api.delete(f"{path}/archive", **stale),
            api.put(f"{path}/erasure", {"slug": "globex"}, **stale),
        ]

    assert [answer.status_code for answer in answers] == [412] * 5


def test_each_door_wants_its_permission(platform: TenantRef, path: str) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        key = makers.make_key(scopes=("read:tenants.tenants", "execute:tenants.suspension"), email="clerk@platform.example").secret
    clerk = Caller(host="platform.localhost", key=key)

    with registry_unchanged():
        answers = {
            "archive": clerk.put(f"{path}/archive", {"reason": REASON}),
            "delete": clerk.put(f"{path}/deletion", {"slug": "globex", "reason": REASON}),
            "erase": clerk.put(f"{path}/erasure", {"slug": "globex"}),
            "bulk": clerk.post("/v1/tenants/bulk", {"action": "archive", "tenants": ["globex"], "reason": REASON}),
            "bulk preview": clerk.post("/v1/tenants/bulk", {"action": "delete", "tenants": ["globex"], "dry_run": True}),
        }

    assert {name: (answer.status_code, answer.json()["permission"]) for name, answer in answers.items()} == {
        "archive": (403, "execute:tenants.archiving"),
        "delete": (403, "delete:tenants.tenants"),
        "erase": (403, "delete:tenants.tenants"),
        "bulk": (403, "execute:tenants.archiving"),
        "bulk preview": (403, "delete:tenants.tenants"),
    }
    assert clerk.get(f"{path}/deletion").status_code == 200


def test_many_are_previewed_and_changed(api: Caller, globex: TenantRef) -> None:
    wanted = {"action": "suspend", "tenants": ["globex", "nobody"], "reason": REASON}

    with registry_unchanged():
        preview = api.post("/v1/tenants/bulk", {**wanted, "dry_run": True})
    assert (preview.status_code, preview.json()["operation"]) == (200, None)
    assert [row["outcome"] for row in preview.json()["outcomes"]] == ["done", "skipped"]

    accepted = api.post("/v1/tenants/bulk", wanted)
    assert (accepted.status_code, accepted["Location"]) == (202, f"/v1/operations/{accepted.json()['operation']}")
    wrongs: list[dict[str, object]] = [{"action": "explode"}, {"tenants": []}, {"reason": ""}, {"tenants": ["x"] * 501}]
    for wrong in wrongs:
        assert api.post("/v1/tenants/bulk", {**wanted, **wrong}).status_code == 422


def test_tenants_are_found_by_state_cell_region_and_residency(api: Caller, globex: TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state="suspended", residency="EU")
    region = Tenant.objects.get(id=globex.id).cell.region_id

    def found(query: str) -> set[str]:
        return {row["slug"] for row in api.get(f"/v1/tenants?{query}&limit=200").json()["data"]}

    assert found("state=suspended") == {"globex"}
    assert {"acme", "globex"} <= found("state=suspended,active")
    assert found("residency=EU") == {"globex"}
    assert {"acme", "globex"} <= found(f"cell=cell-1&region={region}")
    assert found("cell=cell-9") == found("region=mars") == found("plan=gold") == set()
    assert api.get("/v1/tenants?state=asleep").status_code == 422
    assert api.get("/v1/tenants?state=active,").status_code == 422


def test_those_in_their_grace_time_are_listed_by_what_is_next(globex: TenantRef, acme: TenantRef) -> None:
    now = clock.now()
    Tenant.objects.filter(id=globex.id).update(state="deleting", delete_after=now + timedelta(days=1))
    Tenant.objects.filter(id=acme.id).update(state="deleting", delete_after=now + timedelta(days=2))

    assert [tenant.slug for tenant in queries.deleting_tenants()] == ["globex", "acme"]
    assert [tenant.slug for tenant in queries.deleting_tenants(q="acm")] == ["acme"]


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("tenant", "delete", "globex", "--reason", REASON), 2, "slug-not-confirmed"),
        (("tenant", "delete", "globex", "--yes-i-mean", "acme", "--reason", REASON), 2, "slug-not-confirmed"),
        (("tenant", "delete", "platform", "--yes-i-mean", "platform", "--reason", REASON), 5, "tenant-reserved"),
        (("tenant", "undelete", "globex"), 5, "tenant-state"),
        (("tenant", "unarchive", "globex"), 5, "tenant-state"),
        (("tenant", "purge", "globex", "--yes-i-mean", "globex"), 5, "tenant-state"),
        (("tenant", "erasure", "globex"), 3, "tenant-not-found"),
        (("tenant", "archive", "nobody", "--reason", REASON), 3, "tenant-not-found"),
        (("tenant", "bulk", "delete", "--slug", "globex", "--reason", REASON), 2, "invalid"),
        (("tenant", "bulk", "suspend", "--reason", REASON), 2, "invalid"),
    ],
)
def test_a_refusal_ends_with_its_code_and_problem(arguments: tuple[str, ...], code: int, problem: str) -> None:
    with registry_unchanged():
        ran = run(*arguments, "--json")

    assert (ran.code, ran.data["problem"]["type"]) == (code, f"/problems/{problem}")


@pytest.mark.committed
@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "archive", "globex", "--reason", REASON),
        ("tenant", "delete", "globex", "--reason", REASON),
        ("tenant", "bulk", "suspend", "--slug", "globex", "--reason", REASON),
        ("tenant", "bulk", "delete", "--state", "active"),
    ],
)
def test_a_dry_run_says_what_would_be_and_changes_nothing(arguments: tuple[str, ...]) -> None:
    with registry_unchanged():
        ran = run(*arguments, "--dry-run", "--json")

    assert (ran.code, ran.data["dry_run"]) == (0, True)


@pytest.mark.committed
def test_a_life_from_the_command_line(hooli: TenantRef, capsys: pytest.CaptureFixture[str]) -> None:
    away = run("tenant", "archive", hooli.slug, "--reason", REASON, "--inline", "--json")
    assert (away.code, away.data["state"], away.data["tenant"]["state"]) == (0, "succeeded", "archived"), away.out
    resolving.forget_all()
    back = run("tenant", "unarchive", hooli.slug, "--inline", "--json")
    assert (back.code, back.data["tenant"]["state"]) == (0, "active"), back.out
    resolving.forget_all()
    gone = run("tenant", "delete", hooli.slug, "--yes-i-mean", hooli.slug, "--reason", REASON, "--inline", "--json")
    assert (gone.code, gone.data["tenant"]["state"]) == (0, "deleting"), gone.out
    early = run("tenant", "purge", hooli.slug, "--yes-i-mean", hooli.slug, "--json")
    assert (early.code, early.data["problem"]["type"]) == (5, "/problems/grace-not-over")
    purge = ("tenant", "purge", hooli.slug, "--yes-i-mean", hooli.slug, "--now", "--reason", REASON, "--inline")
    assert run(*purge, "--dry-run", "--json").data["dry_run"] is True
    purged = run(*purge, "--json")
    assert (purged.code, purged.data["tenant"]["state"]) == (0, "purged"), purged.out

    proof = run("tenant", "erasure", hooli.slug, "--json").data["erasure"]
    assert proof["sha256"] == purged.data["result"]["sha256"]
    assert run("tenant", "erasure", proof["tenant"], "--json").data["erasure"] == proof
    capsys.readouterr()
    run("tenant", "erasure", hooli.slug)
    assert proof["sha256"] in capsys.readouterr().out


@pytest.mark.committed
def test_a_purged_tenants_proof_is_read_over_the_api(hooli: TenantRef, platform: TenantRef, operator: Actor) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        deletion = actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, actor=operator)
        purge = actions.purge_tenant_now(
            deletion.tenant.id, slug=hooli.slug, reason=REASON, without_export=hooli.slug, actor=operator
        )
        ending.work_on(purge.operation, by=actions.erase_tenant)
        created = makers.make_key(email="prover@platform.example")
    api = Caller(host="platform.localhost", key=created.secret)

    one = api.get(f"/v1/tenants/{Tenant.objects.get(id=hooli.id).public_id}/erasure")
    listed = api.get("/v1/erasures?q=hooli-command")

    assert (one.status_code, listed.json()["data"]) == (200, [one.json()])
    assert one.json()["proof"]["format"] == "freehold-erasure-1"
