"""What keeps the product from starting, and what the doctor says of it."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config import capacity, checkups, safety
from config.env import Env
from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import TenantRef
from tenants.placement.findings import Finding, Level
from tests import makers

pytestmark = pytest.mark.committed

CELL = "cell-1"


@pytest.fixture(params=[tenancy.HOME, CELL])
def namesake(request: pytest.FixtureRequest) -> Iterator[str]:
    """A table in `public` that is named like one of each tenant; the alias of its database."""
    with makers.superuser(request.param) as server:
        server.execute("CREATE TABLE public.identity_user (id int)")
        yield request.param
        server.execute("DROP TABLE public.identity_user")


@pytest.fixture
def let_in(acme: TenantRef) -> Iterator[None]:
    """A tenant's role that may look into the cell's `public`."""
    with makers.superuser(CELL) as server:
        server.execute(f"GRANT USAGE ON SCHEMA public TO {acme.schema}")
        yield
        server.execute(f"REVOKE USAGE ON SCHEMA public FROM {acme.schema}")


def findings() -> dict[str, Finding]:
    """What the doctor finds, by the name of the check."""
    return {finding.check: finding for finding in checkups.examine()}


def test_a_sound_installation_has_no_holes() -> None:
    safety.require_walls()

    assert [list(safety.in_database(alias)) for alias in (tenancy.HOME, CELL)] == [[], []]


def test_a_table_in_public_with_the_name_of_a_tenants_keeps_everything_from_starting(namesake: str) -> None:
    with pytest.raises(Unavailable) as refused:
        safety.require_walls()
    with pytest.raises(CommandError, match="identity_user"):
        call_command("serve", "worker")
    with pytest.raises(SystemExit) as setting_up:
        call_command("setup", stdout=io.StringIO())

    assert refused.value.detail == (
        "Tenants would not be kept apart, so nothing was started. "
        f"database {namesake}: Its schema public has tables named like tenants': identity_user. Move them elsewhere."
    )
    assert setting_up.value.code == 1
    assert findings()[f"walls {namesake}"].level is Level.FAIL


def test_a_tenants_role_that_may_look_into_public_keeps_everything_from_starting(let_in: None) -> None:
    with pytest.raises(Unavailable, match="1 roles of tenants may look into its schema public"):
        safety.require_walls()

    assert findings()[f"walls {CELL}"].level is Level.FAIL


def test_the_doctor_names_what_env_sets_and_nothing_reads(settings: Any) -> None:
    settings.UNKNOWN_NAMES = ("WEB_TREADS",)

    finding = checkups.names()

    assert (finding.level, finding.detail) == (Level.WARN, ".env sets WEB_TREADS, which nothing reads.")


def test_names_are_unknown_when_the_file_sets_them_and_nobody_declares_them(tmp_path: Any) -> None:
    (tmp_path / ".env").write_text("WEB_TREADS=4\nWEB_THREADS=4\n", encoding="utf-8")
    env = Env({"UNRELATED": "1"}, file=tmp_path / ".env")

    env.number("WEB_THREADS", default=2, help="Threads.")

    assert env.unknown_names() == ("WEB_TREADS",)


def test_the_demand_on_a_server_counts_every_thread_for_every_database(settings: Any) -> None:
    settings.WEB_WORKERS, settings.WEB_THREADS, settings.TENANTS_PER_CONNECTION, settings.REGISTRY_REVIEW_S = 4, 7, 10_000, 2

    (demand,) = capacity.demands([tenancy.HOME, CELL])

    assert demand.aliases == (tenancy.HOME, CELL)
    assert demand.needed == 2 * (4 * 7 + 2 + 3) + 4
    assert demand.allowed == int((100 - 3) * 0.8)
    assert demand.fits is True


def test_the_demand_counts_what_web_keeps_for_a_cell_with_many_tenants(settings: Any) -> None:
    settings.WEB_WORKERS, settings.SHELVED_CONNECTIONS, settings.TENANTS_PER_CONNECTION = 2, 20, 3

    (demand,) = capacity.demands([tenancy.HOME, CELL])

    assert demand.needed == 2 * capacity.per_database() + 2 * 20


def test_the_doctor_warns_of_a_server_that_takes_too_few_connections(settings: Any) -> None:
    settings.WEB_WORKERS, settings.WEB_THREADS, settings.TENANTS_PER_CONNECTION = 8, 8, 10_000

    finding = findings()["connections default"]

    assert finding.level is Level.WARN
    assert finding.detail == "Up to 138 from each instance of the product, for 2 databases; 77 should be used."


def test_a_login_with_a_limit_of_its_own_takes_no_more(settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 10_000
    with makers.superuser(CELL) as server:
        server.execute("ALTER ROLE freehold CONNECTION LIMIT 30")
        try:
            (demand,) = capacity.demands([CELL])
        finally:
            server.execute("ALTER ROLE freehold CONNECTION LIMIT -1")

    assert (demand.needed, demand.allowed) == (capacity.per_database(), 24)
