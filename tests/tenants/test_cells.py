"""Databases become cells, change, drain, close and go; and what is refused."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connections

from config.embedded import addresses as addressing
from config.embedded import keys, postgres
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, PreconditionFailed
from kernel.tenancy import Purpose
from tenants import actions, addresses, queries, resolving
from tenants.models import Cell, Leftover, PendingEntry, Region, Spare, Tenant
from tenants.problems import CellInUse, CellNotFound, CellTaken, CellUnfit, RegionInUse
from tests import places
from tests.tenants.commands import run
from tests.tenants.registry import told

HERE = addressing.at(django_settings.VAR)


@pytest.fixture(autouse=True)
def inside_platform(platform: tenancy.TenantRef, ground: None) -> Iterator[None]:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        yield


@pytest.fixture
def europe() -> Region:
    return Region.objects.create(code="north", jurisdiction="EU", label="Europe")


@pytest.fixture
def fresh(second_url: str) -> Iterator[str]:
    """The address of an empty database on the second server."""
    with places.database(places.second_addresses(), name="fresh") as url:
        yield url


@contextmanager
def unchanged() -> Iterator[None]:
    """Regions, cells and outbox stay as they are."""
    before = picture()
    yield
    assert picture() == before


def picture() -> list[object]:
    return [
        list(Region.objects.values_list()),
        list(Cell.objects.values_list()),
        list(Tenant.objects.values_list("id", "residency", "version")),
        PendingEntry.objects.count(),
    ]


def codes(refusal: CellUnfit) -> list[str]:
    return [error["code"] for error in refusal.fields["errors"]]


def test_an_empty_database_becomes_a_cell_that_is_ready_for_tenants(europe: Region, fresh: str, operator: Actor) -> None:
    cell = actions.add_cell("eu-1", region="north", url=fresh, capacity=20, actor=operator)

    assert (cell.name, cell.region_id, cell.state, cell.capacity, cell.kind) == ("eu-1", "north", "open", 20, "shared")
    assert told() == ["tenants.cell.added"]
    with postgres.connected_as_superuser(places.second_addresses(), "fresh") as connection:
        row = connection.execute(
            "SELECT has_database_privilege('freehold_owner', 'fresh', 'CREATE'), has_schema_privilege('public', 'public', 'USAGE')"
        ).fetchone()
    assert row == (True, False)


def test_the_address_of_a_cell_is_kept_sealed_and_told_without_its_password(europe: Region, fresh: str, operator: Actor) -> None:
    password = keys.secret(places.second_addresses(), keys.DATABASE_PASSWORD)

    cell = actions.add_cell("eu-1", region="north", url=fresh, actor=operator)

    assert password not in cell.sealed_url
    assert addresses.unsealed("eu-1", cell.sealed_url) == fresh
    assert addresses.place_of(cell).endswith("/fresh")
    assert password not in addresses.place_of(cell)


def test_without_an_address_a_database_is_made_on_the_embedded_server(europe: Region, operator: Actor) -> None:
    try:
        cell = actions.add_cell("cell-7", region="north", actor=operator)

        assert addresses.unsealed("cell-7", cell.sealed_url) == "embedded:cell_7"
        assert addresses.entry_of("cell-7")["NAME"] == "cell_7"
        assert queries.load("cell-7").tenant_count == 0
    finally:
        tenancy.cells.detach("cell-7")
        with postgres.connected_as_superuser(HERE, "postgres") as connection:
            connection.execute("DROP DATABASE IF EXISTS cell_7 WITH (FORCE)")


@pytest.mark.parametrize(
    ("statement", "code"),
    [("CREATE SCHEMA somebody", "not-empty"), ("CREATE TABLE public.theirs (id int)", "not-empty")],
)
def test_a_database_that_somebody_uses_is_refused(statement: str, code: str, europe: Region, fresh: str, operator: Actor) -> None:
    with postgres.connected_as_superuser(places.second_addresses(), "fresh") as connection:
        connection.execute(statement)

    with unchanged(), pytest.raises(CellUnfit) as refused:
        actions.add_cell("eu-1", region="north", url=fresh, actor=operator)

    assert codes(refused.value) == [code]


def test_a_login_that_may_do_everything_is_refused(europe: Region, second_url: str, operator: Actor) -> None:
    with (
        places.database(places.second_addresses(), name="fresh", user="postgres") as url,
        unchanged(),
        pytest.raises(CellUnfit) as refused,
    ):
        actions.add_cell("eu-1", region="north", url=url, actor=operator)

    assert "superuser" in codes(refused.value)


def test_a_database_that_does_not_answer_is_refused_without_telling_the_password(europe: Region, operator: Actor) -> None:
    with unchanged(), pytest.raises(CellUnfit) as refused:
        actions.add_cell("eu-1", region="north", url="postgres://freehold:hidden@127.0.0.1:1/nothing", actor=operator)

    assert codes(refused.value) == ["away"]
    assert "hidden" not in refused.value.detail


@pytest.mark.parametrize("alias", ["default", "cell-1"])
def test_home_and_the_database_of_another_cell_are_refused(alias: str, europe: Region, operator: Actor) -> None:
    entry = connections.databases[alias]
    where = f"{quote(entry['HOST'], safe='')}:{entry['PORT']}/{entry['NAME']}"

    with unchanged(), pytest.raises(CellUnfit) as refused:
        actions.add_cell(
            "eu-1", region="north", url=f"postgres://{entry['USER']}:{quote(entry['PASSWORD'])}@{where}", actor=operator
        )

    assert codes(refused.value)[-1] == "taken"


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Cell"},
        {"name": "1cell"},
        {"name": "a--b"},
        {"name": "home"},
        {"name": "registry-copy"},
        {"name": "x" * 41},
        {"name": "cell;drop"},
        {"capacity": 0},
        {"capacity": 10_001},
        {"kind": "mine"},
        {"region": "mars"},
        {"url": "mysql://a/b"},
        {"url": "postgres://a"},
        {"url": "embedded"},
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(given: dict[str, object], europe: Region, operator: Actor) -> None:
    arguments = {"name": "eu-1", "region": "north", "url": "postgres://127.0.0.1:1/x", **given}
    name = arguments.pop("name")

    with unchanged(), pytest.raises(Invalid):
        actions.add_cell(name, **arguments, actor=operator)  # type: ignore[arg-type]


def test_a_name_is_taken_once(europe: Region, operator: Actor) -> None:
    with unchanged(), pytest.raises(CellTaken):
        actions.add_cell("cell-1", region="north", actor=operator)


def test_a_change_is_told_and_counted_and_one_that_changes_nothing_is_not(operator: Actor) -> None:
    before = Cell.objects.get(name="cell-1").version

    changed = actions.change_cell("cell-1", capacity=7, kind="dedicated", actor=operator)
    again = actions.change_cell("cell-1", capacity=7, kind="dedicated", actor=operator)

    assert (changed.capacity, changed.kind, changed.version, again.version) == (7, "dedicated", before + 1, before + 1)
    assert told() == ["tenants.cell.changed"]


def test_a_change_needs_the_version_that_it_names(operator: Actor) -> None:
    with unchanged():
        for change in (
            lambda: actions.change_cell("cell-1", capacity=7, expected_version=99, actor=operator),
            lambda: actions.drain_cell("cell-1", expected_version=99, actor=operator),
            lambda: actions.close_cell("cell-1", expected_version=99, actor=operator),
            lambda: actions.open_cell("cell-1", expected_version=99, actor=operator),
            lambda: actions.remove_cell("cell-1", expected_version=99, actor=operator),
        ):
            with pytest.raises(PreconditionFailed):
                change()


def test_draining_and_opening_are_told_once(operator: Actor) -> None:
    for _ in range(2):
        assert actions.drain_cell("cell-1", actor=operator).cell.state == "draining"
    for _ in range(2):
        assert actions.open_cell("cell-1", actor=operator).state == "open"

    assert told() == ["tenants.cell.draining", "tenants.cell.opened"]


@pytest.mark.parametrize("to", ["cell-1", "cell-9", "mars"])
def test_a_cell_drains_into_another_open_cell_only(to: str, operator: Actor) -> None:
    with unchanged(), pytest.raises(Invalid):
        actions.drain_cell("cell-1", to=to, actor=operator)


@pytest.mark.parametrize("action", [actions.close_cell, actions.remove_cell])
def test_a_cell_with_tenants_is_neither_closed_nor_removed(action: Callable[..., object], operator: Actor) -> None:
    with unchanged(), pytest.raises(CellInUse) as refused:
        action("cell-1", actor=operator)

    assert refused.value.fields["tenants"] == Tenant.objects.filter(cell="cell-1").count()


def test_an_empty_cell_is_closed_left_out_of_probes_and_removed(europe: Region, fresh: str, operator: Actor) -> None:
    actions.add_cell("eu-1", region="north", url=fresh, actor=operator)

    closed = actions.close_cell("eu-1", actor=operator)
    named = addresses.names()
    actions.remove_cell("eu-1", actor=operator)

    assert (closed.state, named) == ("closed", ("cell-1",))
    assert told() == ["tenants.cell.added", "tenants.cell.closed", "tenants.cell.removed"]
    with pytest.raises(CellNotFound):
        queries.cell("eu-1")


def test_a_cell_with_spare_places_is_not_closed(europe: Region, fresh: str, operator: Actor) -> None:
    cell = actions.add_cell("eu-1", region="north", url=fresh, actor=operator)
    Spare.objects.create(id=Tenant.objects.first().id, cell=cell, schema="t_waiting", template_state="x")  # type: ignore[union-attr]

    with unchanged(), pytest.raises(CellInUse):
        actions.close_cell("eu-1", actor=operator)


def test_a_drained_cell_gives_up_the_places_that_wait(europe: Region, fresh: str, operator: Actor) -> None:
    cell = actions.add_cell("eu-1", region="north", url=fresh, actor=operator)
    Spare.objects.create(id=uuid4(), cell=cell, schema="t_ready", template_state="x", state="ready")
    Spare.objects.create(id=uuid4(), cell=cell, schema="t_building", template_state="x", state="building")

    actions.drain_cell("eu-1", actor=operator)

    assert list(Spare.objects.filter(cell=cell).values_list("schema", flat=True)) == ["t_building"]
    assert list(Leftover.objects.filter(cell=cell).values_list("schema", "reason")) == [("t_ready", "The cell is drained")]


def test_a_cell_in_which_a_tenant_ended_stays_closed(
    europe: Region, fresh: str, globex: tenancy.TenantRef, operator: Actor
) -> None:
    cell = actions.add_cell("eu-1", region="north", url=fresh, actor=operator)
    Tenant.objects.filter(id=globex.id).update(cell=cell, state="purged")

    assert actions.close_cell("eu-1", actor=operator).state == "closed"
    with pytest.raises(CellInUse, match="had their place here"):
        actions.remove_cell("eu-1", actor=operator)


def test_a_cell_of_the_settings_is_closed_rather_than_removed(europe: Region, operator: Actor) -> None:
    Tenant.objects.update(state="purged")
    Spare.objects.all().delete()

    with unchanged(), pytest.raises(CellInUse, match="CELL_DATABASE_URLS"):
        actions.remove_cell("cell-1", actor=operator)


def test_a_cell_does_not_change_into_a_region_whose_law_its_tenants_forbid(
    europe: Region, globex: tenancy.TenantRef, operator: Actor
) -> None:
    Tenant.objects.filter(id=globex.id).update(residency="local")

    with unchanged(), pytest.raises(RegionInUse):
        actions.change_cell("cell-1", region="north", actor=operator)


def test_a_new_address_must_lead_to_the_same_tenants(fresh: str, operator: Actor) -> None:
    with unchanged(), pytest.raises(CellUnfit) as refused:
        actions.change_cell("cell-1", url=fresh, actor=operator)

    assert codes(refused.value) == ["other"]


@pytest.mark.committed
def test_a_changed_address_is_noticed_by_running_processes(second_cell: str, second_url: str, operator: Actor) -> None:
    resolving.by_slug("acme")
    assert resolving._listener.is_hearing.wait(timeout=5)
    tenancy.cells.ensure(second_cell)
    before = connections[second_cell]

    actions.change_cell(second_cell, url=f"{second_url}?application_name=elsewhere", actor=operator)
    end = time.monotonic() + 5
    while tenancy.cells._attached[second_cell].trusted_until and time.monotonic() < end:
        time.sleep(0.005)
    tenancy.cells.ensure(second_cell)

    assert before.settings_dict["OPTIONS"]["application_name"] == "freehold"
    assert connections[second_cell].settings_dict["OPTIONS"]["application_name"] == "elsewhere"


def test_a_missed_announcement_costs_half_a_minute(europe: Region, fresh: str, operator: Actor) -> None:
    actions.add_cell("eu-1", region="north", url=fresh, actor=operator)
    tenancy.cells.ensure("eu-1")
    Cell.objects.filter(name="eu-1").update(sealed_url=addresses.sealed("eu-1", f"{fresh}?application_name=elsewhere"))
    tenancy.cells.ensure("eu-1")
    still = connections["eu-1"].settings_dict["OPTIONS"]["application_name"]

    tenancy.cells._attached["eu-1"].trusted_until = 1.0
    tenancy.cells.ensure("eu-1")

    assert (still, connections["eu-1"].settings_dict["OPTIONS"]["application_name"]) == ("freehold", "elsewhere")
    assert tenancy.cells.TRUST_S == 30.0


def test_a_cell_whose_key_is_lost_is_unavailable_and_says_so(europe: Region, fresh: str, operator: Actor) -> None:
    cell = actions.add_cell("eu-1", region="north", url=fresh, actor=operator)
    Cell.objects.filter(name="eu-1").update(sealed_url=cell.sealed_url[:-4] + "AAAA")
    tenancy.cells.detach("eu-1")

    assert addresses.place_of(cell) == ""


def test_the_commands_add_list_change_and_remove_a_cell(fresh: str, tmp_path: object, operator: Actor) -> None:
    file = tmp_path / "url"  # type: ignore[operator]
    file.write_text(fresh + "\n", encoding="utf-8")

    region = run("region", "add", "north", "--jurisdiction", "EU", "--label", "Europe", "--json")
    dry = run("cell", "add", "eu-1", "--region", "north", "--url-file", str(file), "--dry-run", "--json")
    added = run("cell", "add", "eu-1", "--region", "north", "--url-file", str(file), "--capacity", "9", "--json")
    listed = run("cell", "list", "--q", "eu-1", "--json")
    measured = run("cell", "capacity", "eu-1", "--set", "12", "--json")
    drained = run("cell", "drain", "eu-1", "--json")
    closed = run("cell", "close", "eu-1", "--json")
    removed = run("cell", "remove", "eu-1", "--json")
    gone = run("cell", "show", "eu-1", "--json")

    assert (region.code, region.data["region"]["cell_count"]) == (0, 0)
    assert (dry.code, dry.data["dry_run"]) == (0, True)
    assert (added.code, added.data["cell"]["capacity"]) == (0, 9)
    assert [cell["name"] for cell in listed.data["cells"]] == ["eu-1"]
    assert (measured.code, measured.data["capacity"], measured.data["tenant_count"]) == (0, 12, 0)
    assert (drained.data["cell"]["state"], closed.data["cell"]["state"], removed.code) == ("draining", "closed", 0)
    assert (gone.code, gone.data["problem"]["type"]) == (3, "/problems/cell-not-found")
