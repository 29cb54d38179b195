"""Where tenants are put: the emptiest fitting cell, the law of the place, and why nothing fits."""

from collections.abc import Iterator

import pytest

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, PreconditionFailed
from kernel.tenancy import Purpose
from tenants import actions, queries, registration, residency
from tenants.models import Backup, Cell, Leftover, Region, Tenant
from tenants.problems import CellUnknown, NoCell, RegionInUse, RegionNotFound, RegionTaken, ResidencyForbids
from tests.tenants.registry import registry_unchanged, told


@pytest.fixture(autouse=True)
def inside_platform(platform: tenancy.TenantRef, ground: None) -> Iterator[None]:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        yield


@pytest.fixture
def cells() -> dict[str, Cell]:
    """Two regions; in the north an open, a draining and a dedicated cell, beside cell-1, which is local."""
    north = Region.objects.create(code="north", jurisdiction="EU", label="North")
    Region.objects.create(code="west", jurisdiction="US", label="West")
    made = {
        "north-1": Cell(name="north-1", region=north, capacity=2),
        "north-2": Cell(name="north-2", region=north, state="draining"),
        "north-3": Cell(name="north-3", region=north, kind="dedicated"),
    }
    for cell in made.values():
        cell.save(force_insert=True)
    return made


def put(tenant: tenancy.TenantRef, *, cell: str, **changed: object) -> None:
    Tenant.objects.filter(id=tenant.id).update(cell_id=cell, **changed)


def test_the_emptiest_open_shared_cell_is_taken(cells: dict[str, Cell]) -> None:
    assert registration.choose_cell(None).name == "north-1"


def test_a_jurisdiction_narrows_the_choice(cells: dict[str, Cell]) -> None:
    assert registration.choose_cell(None, residency="local").name == "cell-1"
    assert registration.choose_cell(None, residency="EU").name == "north-1"


def test_a_dedicated_cell_is_had_by_name_or_by_the_plans_kind_only(cells: dict[str, Cell]) -> None:
    assert registration.choose_cell("north-3").name == "north-3"
    assert registration.choose_cell(None, kind="dedicated").name == "north-3"
    cells["north-1"].delete()
    assert registration.choose_cell(None).name == "cell-1"


@pytest.mark.parametrize(("name", "code"), [("north-2", "state"), ("cell-9", "cell"), ("north-1", "capacity")])
def test_a_named_cell_that_takes_nobody_is_refused_with_the_reason(
    name: str, code: str, cells: dict[str, Cell], acme: tenancy.TenantRef, globex: tenancy.TenantRef
) -> None:
    put(acme, cell="north-1")
    put(globex, cell="north-1")

    with registry_unchanged(), pytest.raises(CellUnknown) as refused:
        registration.choose_cell(name)

    assert [error["code"] for error in refused.value.fields["errors"]] == [code]


def test_a_named_cell_elsewhere_is_refused(cells: dict[str, Cell]) -> None:
    with registry_unchanged(), pytest.raises(ResidencyForbids) as refused:
        registration.choose_cell("cell-1", residency="EU")

    assert (refused.value.fields["jurisdiction"], refused.value.fields["residency"]) == ("local", "EU")


@pytest.mark.parametrize("state", ["purged", "archived"])
def test_who_has_no_place_takes_no_room(
    state: str, cells: dict[str, Cell], acme: tenancy.TenantRef, globex: tenancy.TenantRef
) -> None:
    put(acme, cell="north-1")
    put(globex, cell="north-1", state=state)

    assert registration.choose_cell("north-1").name == "north-1"
    assert queries.load("north-1").tenant_count == 1


@pytest.mark.parametrize(
    ("jurisdiction", "kind", "reason"),
    [
        ("MARS", "shared", "No cell lies in MARS"),
        ("US", "shared", "No cell lies in US"),
        ("local", "dedicated", "No cell in local is dedicated"),
        ("EU", "shared", "Every open shared cell in EU is full"),
    ],
)
def test_when_nothing_fits_the_refusal_says_why(
    jurisdiction: str,
    kind: str,
    reason: str,
    cells: dict[str, Cell],
    acme: tenancy.TenantRef,
    globex: tenancy.TenantRef,
) -> None:
    put(acme, cell="north-1")
    put(globex, cell="north-1")

    with registry_unchanged(), pytest.raises(NoCell, match=reason):
        registration.choose_cell(None, residency=jurisdiction, kind=kind)


def test_where_no_cell_is_open_the_refusal_says_so(cells: dict[str, Cell]) -> None:
    cells["north-1"].delete()

    with pytest.raises(NoCell, match="No shared cell in EU is open"):
        registration.choose_cell(None, residency="EU")


def test_a_place_is_allowed_by_its_law_alone(cells: dict[str, Cell]) -> None:
    residency.require_allowed(cells["north-2"], residency="EU")
    residency.require_allowed(cells["north-2"], residency="")
    residency.require_region("north", residency="EU")

    with pytest.raises(ResidencyForbids):
        residency.require_allowed(cells["north-2"], residency="US")
    for region in ("west", "mars"):
        with pytest.raises(ResidencyForbids):
            residency.require_region(region, residency="EU")


def test_a_jurisdiction_is_spelt_as_its_region_spells_it(cells: dict[str, Cell]) -> None:
    assert (residency.checked(" eu "), residency.checked("")) == ("EU", "")
    with pytest.raises(Invalid, match="There are: EU, US, local"):
        residency.checked("mars")


def test_a_tenant_is_bound_to_the_law_of_the_place_where_it_lies(acme: tenancy.TenantRef, operator: Actor) -> None:
    bound = actions.change_residency(acme.id, jurisdiction="LOCAL", actor=operator)
    again = actions.change_residency(acme.id, jurisdiction="local", actor=operator)
    freed = actions.change_residency(acme.id, jurisdiction="", actor=operator)

    assert (bound.residency, bound.version, again.version) == ("local", acme.version + 1, acme.version + 1)
    assert (freed.residency, freed.version) == ("", acme.version + 2)
    assert told() == ["tenants.tenant.residency_changed"] * 2


def test_a_tenant_is_not_bound_to_a_law_that_does_not_hold_where_it_lies(
    cells: dict[str, Cell], acme: tenancy.TenantRef, operator: Actor
) -> None:
    with registry_unchanged(), pytest.raises(ResidencyForbids) as refused:
        actions.change_residency(acme.id, jurisdiction="EU", actor=operator)

    assert refused.value.fields["outside"] == ["the cell cell-1 lies in local"]


def test_copies_and_old_places_elsewhere_stand_in_the_way(cells: dict[str, Cell], acme: tenancy.TenantRef, operator: Actor) -> None:
    put(acme, cell="north-1")
    Leftover.objects.create(
        schema=acme.schema, cell_id="cell-1", tenant_id=acme.id, reason="Moved", drop_after="2030-01-01T00:00:00Z"
    )
    copy = Backup.objects.create(tenant_id=acme.id, kind="manual", state="ready", cell="cell-1", region="local", path="x")
    Backup.objects.create(tenant_id=acme.id, kind="manual", state="removed", cell="cell-1", region="local", path="y")

    with pytest.raises(ResidencyForbids) as refused:
        actions.change_residency(acme.id, jurisdiction="EU", actor=operator)

    assert refused.value.fields["outside"] == [
        "an old place in the cell cell-1 lies in local",
        f"the backup {copy.public_id} lies in local",
    ]


def test_residency_needs_the_version_that_it_names(acme: tenancy.TenantRef, operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(PreconditionFailed):
        actions.change_residency(acme.id, jurisdiction="local", expected_version=99, actor=operator)


def test_regions_come_change_and_go(operator: Actor) -> None:
    made = actions.add_region("north", jurisdiction="EU", label=" North ", actor=operator)
    same = actions.change_region("north", label="North", actor=operator)
    changed = actions.change_region("north", jurisdiction="NO", label="Norway", expected_version=1, actor=operator)
    actions.remove_region("north", expected_version=2, actor=operator)

    assert (made.label, made.version, same.version, changed.jurisdiction, changed.version) == ("North", 1, 1, "NO", 2)
    assert told() == ["tenants.region.added", "tenants.region.changed", "tenants.region.removed"]
    with pytest.raises(RegionNotFound):
        queries.region("north")


def test_a_region_is_had_once(cells: dict[str, Cell], operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(RegionTaken):
        actions.add_region("north", jurisdiction="EU", label="North", actor=operator)


@pytest.mark.parametrize(
    "given",
    [
        {"code": "No"},
        {"code": "x" * 41},
        {"code": ""},
        {"jurisdiction": ""},
        {"jurisdiction": "E U"},
        {"jurisdiction": "x" * 41},
        {"label": ""},
        {"label": "a\nb"},
    ],
)
def test_a_region_has_a_plain_code_a_law_and_a_name(given: dict[str, str], operator: Actor) -> None:
    arguments = {"code": "north", "jurisdiction": "EU", "label": "North", **given}
    code = arguments.pop("code")

    with registry_unchanged(), pytest.raises(Invalid):
        actions.add_region(code, **arguments, actor=operator)


def test_a_region_with_cells_or_copies_stays(cells: dict[str, Cell], acme: tenancy.TenantRef, operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(RegionInUse) as with_cells:
        actions.remove_region("north", actor=operator)
    Backup.objects.create(tenant_id=acme.id, kind="manual", state="ready", cell="cell-1", region="west", path="x")
    with registry_unchanged(), pytest.raises(RegionInUse) as with_copies:
        actions.remove_region("west", actor=operator)

    assert (with_cells.value.fields["cells"], with_copies.value.fields["backups"]) == (3, 1)


def test_a_region_keeps_its_law_while_tenants_rely_on_it(acme: tenancy.TenantRef, operator: Actor) -> None:
    Tenant.objects.filter(id=acme.id).update(residency="local")

    with registry_unchanged(), pytest.raises(RegionInUse):
        actions.change_region("local", jurisdiction="US", actor=operator)
    assert actions.change_region("local", label="Here", actor=operator).label == "Here"
