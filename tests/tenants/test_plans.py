"""Plans and the settings of tenants: what holds, what is refused, and what is told."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from tenants import actions, queries, tenant_settings
from tenants.models import CellKind, Plan, Tenant
from tenants.problems import NoCell, PlanInUse, PlanNotFound, PlanTaken, PlanUnknown
from tests import makers
from tests.caller import Caller
from tests.tenants.commands import run
from tests.tenants.registry import pending, registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")

OWNER = {"owner_email": "ada@umbrella.example", "owner_name": "Ada"}


@pytest.fixture
def api(platform: tenancy.TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


def business(actor: Actor, **settings: Any) -> Plan:
    return actions.add_plan("business", label="Business", settings=settings, actor=actor)


def test_a_tenants_own_value_comes_before_its_plans_and_the_plans_before_the_default(
    globex: tenancy.TenantRef, operator: Actor
) -> None:
    business(operator, backup_every_hours=6, deletion_grace_days=10)
    actions.assign_plan(globex.id, plan="business", actor=operator)

    tenant = actions.change_settings(globex.id, settings={"deletion_grace_days": 60}, actor=operator)

    found = {row.setting.name: (row.value, row.origin) for row in tenant_settings.holdings(tenant)}
    assert found == {
        "backup_every_hours": (6, "plan"),
        "backup_keep_days": (35, "default"),
        "canary": (False, "default"),
        "custom_domains_maximum": (5, "default"),
        "deletion_grace_days": (60, "tenant"),
    }
    assert tenant_settings.value(tenant, "deletion_grace_days") == 60
    with pytest.raises(KeyError):
        tenant_settings.value(tenant, "colour")


def test_null_takes_a_setting_back(globex: tenancy.TenantRef, operator: Actor) -> None:
    actions.change_settings(globex.id, settings={"deletion_grace_days": 60, "canary": True}, actor=operator)

    tenant = actions.change_settings(globex.id, settings={"deletion_grace_days": None}, actor=operator)

    assert (tenant.settings, tenant.version) == ({"canary": True}, globex.version + 2)
    assert tenant_settings.value(tenant, "deletion_grace_days") == 30


@pytest.mark.parametrize(
    ("settings", "pointers"),
    [
        ({"colour": 1}, [("/settings/colour", "unknown")]),
        ({"a/b~": 1}, [("/settings/a~1b~0", "unknown")]),
        ({"deletion_grace_days": "30"}, [("/settings/deletion_grace_days", "integer")]),
        ({"deletion_grace_days": 1.5}, [("/settings/deletion_grace_days", "integer")]),
        ({"deletion_grace_days": True}, [("/settings/deletion_grace_days", "integer")]),
        ({"deletion_grace_days": -1}, [("/settings/deletion_grace_days", "integer")]),
        ({"deletion_grace_days": 367}, [("/settings/deletion_grace_days", "integer")]),
        ({"canary": 1}, [("/settings/canary", "boolean")]),
        (
            {"colour": 1, "backup_keep_days": 0, "canary": True},
            [("/settings/colour", "unknown"), ("/settings/backup_keep_days", "integer")],
        ),
    ],
)
def test_what_is_unknown_or_ill_typed_is_refused_by_pointer_and_nothing_changes(
    settings: dict[str, Any], pointers: list[tuple[str, str]], globex: tenancy.TenantRef, operator: Actor
) -> None:
    with registry_unchanged(), pytest.raises(Invalid) as refused:
        actions.change_settings(globex.id, settings=settings, actor=operator)

    assert [(error["pointer"], error["code"]) for error in refused.value.fields["errors"]] == pointers
    assert Tenant.objects.get(id=globex.id).settings == {}
    with pytest.raises(Invalid):
        business(operator, **settings)
    assert not Plan.objects.exists()


def test_what_another_release_stored_does_not_hold_when_this_one_would_refuse_it(globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(settings={"deletion_grace_days": "long", "gone": 1})

    tenant = queries.tenant(globex.id)

    assert tenant_settings.value(tenant, "deletion_grace_days") == 30
    assert "gone" not in {row.setting.name for row in tenant_settings.holdings(tenant)}


def test_each_change_is_told_once_and_none_when_nothing_changes(globex: tenancy.TenantRef, operator: Actor) -> None:
    business(operator, backup_every_hours=6)
    actions.change_plan("business", settings={"backup_every_hours": 12}, cell_kind="dedicated", actor=operator)
    actions.change_plan("business", settings={"backup_every_hours": 12}, label="Business", actor=operator)
    actions.assign_plan(globex.id, plan="business", actor=operator)
    actions.assign_plan(globex.id, plan="business", actor=operator)
    actions.change_settings(globex.id, settings={"canary": True}, actor=operator)
    actions.change_settings(globex.id, settings={"canary": True}, actor=operator)
    actions.assign_plan(globex.id, plan="", actor=operator)
    actions.remove_plan("business", actor=operator)

    assert told() == [
        "tenants.plan.added",
        "tenants.plan.changed",
        "tenants.tenant.plan_assigned",
        "tenants.tenant.settings_changed",
        "tenants.tenant.plan_assigned",
        "tenants.plan.removed",
    ]
    changed = pending()[1]["document"]["details"]
    assert (changed["old_cell_kind"], changed["new_cell_kind"]) == ("shared", "dedicated")
    assert (changed["old_settings"], changed["new_settings"]) == ({"backup_every_hours": 6}, {"backup_every_hours": 12})


def test_a_plan_that_is_there_in_use_or_missing_is_refused(globex: tenancy.TenantRef, operator: Actor) -> None:
    business(operator)
    actions.assign_plan(globex.id, plan="business", actor=operator)

    with registry_unchanged():
        with pytest.raises(PlanTaken):
            business(operator)
        with pytest.raises(PlanInUse) as used:
            actions.remove_plan("business", actor=operator)
        with pytest.raises(PlanNotFound):
            actions.change_plan("gold", label="Gold", actor=operator)
        with pytest.raises(PlanUnknown):
            actions.assign_plan(globex.id, plan="gold", actor=operator)
        with pytest.raises(PlanUnknown):
            actions.create_tenant("umbrella", name="U", **OWNER, terms=actions.Terms(plan="gold"), actor=operator)
        with pytest.raises(PreconditionFailed):
            actions.change_plan("business", label="B", expected_version=7, actor=operator)
        with pytest.raises(PreconditionFailed):
            actions.change_settings(globex.id, settings={"canary": True}, expected_version=99, actor=operator)

    assert used.value.fields["tenants"] == 1


@pytest.mark.parametrize("code", ["", "Business", "gold plan", "-gold", "gold-", "x" * 41])
def test_a_code_without_form_is_refused(code: str, operator: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add_plan(code, label="Gold", actor=operator)

    assert refused.value.fields["errors"][0]["pointer"] == "/code"


def test_the_plan_decides_which_kind_of_cell_its_tenants_are_put_into(operator: Actor) -> None:
    actions.add_plan("enterprise", label="Enterprise", cell_kind=CellKind.DEDICATED.value, actor=operator)

    with pytest.raises(NoCell):
        actions.create_tenant("umbrella", name="U", **OWNER, terms=actions.Terms(plan="enterprise"), actor=operator)
    named = actions.create_tenant(
        "umbrella", name="U", **OWNER, cell="cell-1", terms=actions.Terms(plan="enterprise"), actor=operator
    )

    assert (named.tenant.plan_id, named.tenant.cell_id) == ("enterprise", "cell-1")


def test_canaries_are_those_of_the_setting_or_of_the_plan_where_they_have_none(
    acme: tenancy.TenantRef, globex: tenancy.TenantRef, operator: Actor
) -> None:
    business(operator, canary=True)
    for ref in (acme, globex):
        actions.assign_plan(ref.id, plan="business", actor=operator)
    assert queries.canaries() == {"acme", "globex"}

    actions.change_settings(acme.id, settings={"canary": False}, actor=operator)

    assert queries.canaries() == {"globex"}


def test_settings_need_the_right_to_write_plans(globex: tenancy.TenantRef) -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    for work in (
        lambda: actions.change_settings(globex.id, settings={"canary": True}, actor=reader),
        lambda: actions.assign_plan(globex.id, plan="", actor=reader),
        lambda: actions.add_plan("gold", label="Gold", actor=reader),
        lambda: actions.remove_plan("gold", actor=reader),
    ):
        with registry_unchanged(), pytest.raises(Forbidden) as refused:
            work()
        assert refused.value.fields["permission"] == "write:tenants.plans"


def test_plans_over_http(api: Caller) -> None:
    made = api.post("/v1/plans", {"code": "business", "label": "Business", "settings": {"backup_every_hours": 6}})
    changed = api.patch("/v1/plans/business", {"settings": {"backup_every_hours": None, "canary": True}}, HTTP_IF_MATCH='"v1"')
    listed = api.get("/v1/plans?q=busi")
    stale = api.delete("/v1/plans/business", HTTP_IF_MATCH='"v1"')
    removed = api.delete("/v1/plans/business", HTTP_IF_MATCH='"v2"')

    assert (made.status_code, made["Location"], made["ETag"]) == (201, "/v1/plans/business", '"v1"')
    assert made.json()["settings"] == {"backup_every_hours": 6}
    assert (changed.status_code, changed.json()["settings"], changed.json()["version"]) == (200, {"canary": True}, 2)
    assert [row["code"] for row in listed.json()["data"]] == ["business"]
    assert (stale.status_code, removed.status_code, api.get("/v1/plans/business").status_code) == (412, 204, 404)
    assert api.post("/v1/plans", {"code": "b", "label": "B", "cell_kind": "huge"}).status_code == 422


def test_settings_over_http(api: Caller, globex: tenancy.TenantRef, operator: Actor) -> None:
    business(operator, backup_every_hours=6)
    path = f"/v1/tenants/{queries.tenant(globex.id).public_id}"

    put = api.put(f"{path}/plan", {"plan": "business"})
    changed = api.patch(f"{path}/settings", {"settings": {"canary": True}}, HTTP_IF_MATCH=put["ETag"])
    shown = api.get(f"{path}/settings").json()
    bad = api.patch(f"{path}/settings", {"settings": {"canary": "yes"}})
    off = api.delete(f"{path}/plan")

    assert (put.status_code, changed.status_code, off.status_code) == (200, 200, 200)
    found = {row["name"]: (row["value"], row["source"]) for row in shown["settings"]}
    assert (shown["plan"], found["backup_every_hours"], found["canary"]) == ("business", (6, "plan"), (True, "tenant"))
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/settings/canary")
    assert off.json()["plan"] is None


def test_a_tenant_is_made_on_a_plan_over_http(api: Caller, operator: Actor) -> None:
    business(operator)

    made = api.post("/v1/tenants", {"slug": "umbrella", "name": "Umbrella", **OWNER, "plan": "business"})
    unknown = api.post("/v1/tenants", {"slug": "umbrella-two", "name": "Umbrella", **OWNER, "plan": "gold"})

    assert (made.status_code, Tenant.objects.get(slug="umbrella").plan_id) == (202, "business")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/plan")


def test_plans_and_settings_by_command(globex: tenancy.TenantRef) -> None:
    added = run("plan", "add", "business", "--label", "Business", "--set", "backup_every_hours=6", "--set", "canary=yes", "--json")
    dry = run("plan", "change", "business", "--set", "backup_every_hours=", "--dry-run", "--json")
    bad = run("plan", "change", "business", "--set", "backup_every_hours=often", "--json")
    shapeless = run("plan", "change", "business", "--set", "canary", "--json")
    on = run("tenant", "plan", "globex", "business", "--json")
    settings = run("tenant", "settings", "globex", "deletion_grace_days=3", "--json")
    used = run("plan", "remove", "business", "--json")
    off = run("tenant", "plan", "globex", "-", "--json")

    assert added.data["plan"]["settings"] == {"backup_every_hours": 6, "canary": True}
    assert (dry.data["plan"]["settings"], dry.data["dry_run"]) == ({"canary": True}, True)
    assert Plan.objects.get(code="business").settings == {"backup_every_hours": 6, "canary": True}
    assert (bad.code, shapeless.code, used.code) == (2, 2, 5)
    assert (on.data["plan"], off.data["plan"]) == ("business", None)
    assert next(row for row in settings.data["settings"] if row["name"] == "deletion_grace_days")["value"] == 3
    assert (run("plan", "remove", "business").code, run("plan", "show", "business").code) == (0, 3)
    assert [row["name"] for row in run("plan", "settings", "--json").data["settings"]] == sorted(tenant_settings.CATALOGUE)
    assert run("tenant", "settings", "globex").code == 0
    assert run("plan", "list").code == 0


def test_every_setting_stands_in_the_documentation_with_its_default() -> None:
    page = (Path(django_settings.ROOT) / "docs" / "provisioning.md").read_text(encoding="utf-8")

    for name, setting in tenant_settings.CATALOGUE.items():
        values = f"{setting.minimum} to {setting.maximum}" if setting.type == "integer" else "true or false"
        assert f"| `{name}` | {values} | {str(setting.default).lower()} | {setting.help} |" in page
