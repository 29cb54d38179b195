"""A read copy of the registry on a second server: what it holds, that it follows, and that hosts resolve while home is away."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connections

from config.embedded import addresses as addressing
from config.embedded import postgres
from kernel import tenancy
from kernel.actors import Actor
from kernel.api import health
from kernel.problems import Unavailable
from kernel.tenancy import Purpose, breaker
from tenants import actions, addresses, resolving
from tenants.models import Domain
from tenants.problems import CopyImpossible
from tenants.registry_copy import following, publishing
from tenants.registry_copy.columns import COPIED
from tests import makers, places
from tests.caller import Caller
from tests.conftest import Settings
from tests.tenants.commands import run

pytestmark = pytest.mark.committed

HOME = addressing.at(django_settings.VAR)


@pytest.fixture
def empty(second_url: str) -> Iterator[str]:
    """An empty database on the second server; whatever followed home from there is gone afterwards."""
    with places.database(places.second_addresses(), name="routes") as url:
        try:
            yield url
        finally:
            entry = addresses.entry_from(url)
            slot = following.slot_of(entry)
            following.drop(entry)
            until(lambda: not any(known.is_active for known in publishing.slots()))
            publishing.drop_slot(slot)
            publishing.withdraw()


@pytest.fixture
def copy(empty: str, platform: tenancy.TenantRef, operator: Actor, settings: Settings) -> Iterator[str]:
    """The same as a copy that follows home, and that this process asks."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.publish_registry(actor=operator)
        actions.subscribe_copy(empty, actor=operator)
    settings.COPIES = (tenancy.cells.COPY,)
    connections.databases[tenancy.cells.COPY] = connections.configure_settings(
        {tenancy.HOME: connections.databases[tenancy.HOME], tenancy.cells.COPY: addresses.entry_from(empty)}
    )[tenancy.cells.COPY]
    try:
        yield empty
    finally:
        connections[tenancy.cells.COPY].close()
        del connections[tenancy.cells.COPY]
        connections.databases.pop(tenancy.cells.COPY)


@pytest.fixture
def home_stopped(copy: str) -> Iterator[Callable[[], None]]:
    """A way to stop home's server; it runs again afterwards."""

    def stop() -> None:
        connections.close_all()
        postgres.stop(HOME)
        makers.forget_caches()

    try:
        yield stop
    finally:
        postgres.start(HOME)
        until(lambda: not breaker.outages())
        makers.forget_caches()


def until(is_so: Callable[[], bool], *, patience_s: float = 20.0) -> None:
    end = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    assert is_so()


def as_home(url: str, query: str) -> list[tuple[object, ...]]:
    """What the role that reads copies sees there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE freehold_home")
        return connection.execute(query).fetchall()


def test_a_copy_holds_the_routing_columns_and_no_others(copy: str, acme: tenancy.TenantRef) -> None:
    columns = as_home(copy, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    (row,) = as_home(copy, "SELECT schema, code, cell_id, state FROM tenants_tenant WHERE slug = 'acme'")

    assert set(columns) == {(table, name) for table, names in COPIED.items() for name in names}
    assert row == (acme.schema, acme.code, acme.cell, acme.state)
    assert not {"name", "state_reason", "settings"} & set(COPIED["tenants_tenant"])


def test_a_copy_follows_changes_additions_and_removals(copy: str, acme: tenancy.TenantRef) -> None:
    added = Domain.objects.create(tenant_id=acme.id, host="copied.example.com")
    host = "SELECT state FROM tenants_domain WHERE host = 'copied.example.com'"
    until(lambda: as_home(copy, host) == [("active",)])

    Domain.objects.filter(id=added.id).update(state="lapsed")
    until(lambda: as_home(copy, host) == [("lapsed",)])
    added.delete()
    until(lambda: as_home(copy, host) == [])


@pytest.mark.parametrize("role", ["freehold_home", "freehold_sealer"])
def test_nobody_writes_a_copy(role: str, copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE tenants_tenant SET state = 'active'")


def test_the_role_of_copies_reads_nothing_else_at_home(copy: str) -> None:
    with psycopg.connect(publishing.conninfo(at=""), autocommit=True) as connection:
        assert connection.execute("SELECT count(slug) FROM tenants_tenant").fetchone() != (0,)
        for query in ("SELECT name FROM tenants_tenant", "SELECT * FROM tenants_pendingentry", "DELETE FROM tenants_domain"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)


def test_hosts_resolve_from_the_copy_while_home_is_away(
    home_stopped: Callable[[], None], acme: tenancy.TenantRef, globex: tenancy.TenantRef
) -> None:
    fresh = Domain.objects.create(tenant_id=globex.id, host="lately.example.com")
    try:
        until(lambda: bool(following.look(connections.databases[tenancy.cells.COPY]).tenant_count))
        until(lambda: _copied("lately.example.com"))
        home_stopped()

        found, late = resolving.by_host("acme.localhost"), resolving.by_host("lately.example.com:8000")
        by_id, unknown = resolving.by_id(acme.id), resolving.by_host("nobody.example.com")
        ready = Caller(host="acme.localhost").get("/readyz")

        assert found is not None
        assert late is not None
        assert (found.id, found.schema, found.cell, found.state) == (acme.id, acme.schema, acme.cell, "active")
        assert (late.slug, by_id.slug, unknown) == ("globex", "acme", None)
        assert (ready.status_code, ready.json()["routing"]["copy"], ready.json()["routing"]["home"]) == (200, "ok", "away")
    finally:
        postgres.start(HOME)
        until(lambda: not breaker.outages())
        fresh.delete()


def test_without_a_copy_what_is_not_remembered_is_unavailable_while_home_is_away(
    home_stopped: Callable[[], None], settings: Settings
) -> None:
    settings.COPIES = ()
    home_stopped()

    with pytest.raises(Unavailable):
        resolving.by_host("acme.localhost")


def test_a_copy_is_a_part_of_the_status(copy: str) -> None:
    parts = health.ask(health.questions())

    assert parts[tenancy.cells.COPY].state == "ok"


def test_home_catches_up_with_a_copy_that_was_made_twice(copy: str, platform: tenancy.TenantRef, operator: Actor) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        again = actions.subscribe_copy(copy, actor=operator)
        published = actions.publish_registry(actor=operator)

    assert (again.is_following, published) == (True, False)
    assert len(publishing.slots()) == 1


def test_the_commands_tell_how_copies_are_and_drop_them(copy: str, tmp_path: object) -> None:
    file = tmp_path / "url"  # type: ignore[operator]
    file.write_text(copy, encoding="utf-8")
    until(lambda: all(slot.is_active for slot in publishing.slots()))

    status = run("registry", "status", "--url-file", str(file), "--json")
    busy = run("registry", "drop", "--publication", "--json")
    dropped = run("registry", "drop", "--url-file", str(file), "--json")
    again = run("registry", "drop", "--url-file", str(file), "--json")
    withdrawn = run("registry", "drop", "--publication", "--json")

    assert (status.code, status.data["is_published"], status.data["copy"]["is_following"]) == (0, True, True)
    assert (busy.code, busy.data["problem"]["type"]) == (5, "/problems/registry-copy")
    assert (dropped.data["dropped"], again.data["dropped"], withdrawn.data["dropped"]) == (True, False, True)
    assert publishing.slots() == []


def test_a_lost_copy_is_forgotten_at_home(copy: str, platform: tenancy.TenantRef, operator: Actor) -> None:
    slot = following.slot_of(addresses.entry_from(copy))
    following.drop(addresses.entry_from(copy))
    until(lambda: not any(known.is_active for known in publishing.slots()))

    forgotten = run("registry", "drop", "--slot", slot, "--json")
    again = run("registry", "drop", "--slot", slot, "--json")

    assert (forgotten.data["dropped"], again.data["dropped"], publishing.slots()) == (True, False, [])


def test_a_database_that_cannot_be_a_copy_is_refused(empty: str, platform: tenancy.TenantRef, operator: Actor) -> None:
    home = connections.databases[tenancy.HOME]
    own = empty.rpartition("@")[0].replace(empty.split(":")[2].partition("@")[0], home["PASSWORD"])
    host = str(home["HOST"]).replace("/", "%2F")

    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        with pytest.raises(CopyImpossible, match="offers nothing"):
            actions.subscribe_copy(empty, actor=operator)
        with pytest.raises(CopyImpossible, match="home database itself"):
            actions.subscribe_copy(f"{own}@{host}:{home['PORT']}/{home['NAME']}", actor=operator)
        with pytest.raises(CopyImpossible, match="does not let us in"):
            actions.subscribe_copy("postgres://freehold:x@127.0.0.1:1/x", actor=operator)
        with postgres.connected_as_superuser(places.second_addresses(), "routes") as server:
            server.execute("CREATE TABLE public.theirs (id int)")
        with pytest.raises(CopyImpossible, match="theirs"):
            actions.subscribe_copy(empty, actor=operator)

    assert publishing.slots() == []


def _copied(host: str) -> bool:
    with connections[tenancy.cells.COPY].cursor() as cursor:
        cursor.execute("SELECT 1 FROM tenants_domain WHERE host = %s", [host])
        return cursor.fetchone() is not None
