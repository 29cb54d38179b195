"""`manage.py setup`, `demo` and `doctor`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import orjson
import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connections

from audit import queries as audit
from config import accounts
from config.embedded import addresses as addressing
from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from kernel.actors import Actor
from tenants import queries
from tenants.models import Cell, Domain, Tenant
from tests import makers
from tests.tenants.commands import run


@pytest.fixture
def rewritable_trail(acme: tenancy.TenantRef) -> Iterator[None]:
    """A trail that somebody opened for its tenant's role, for the length of a test."""
    with tenancy.activate(acme, purpose=tenancy.Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute(f'GRANT UPDATE ON audit_entry TO "{acme.schema}"')
    yield
    with tenancy.activate(acme, purpose=tenancy.Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute(f'REVOKE UPDATE ON audit_entry FROM "{acme.schema}"')


def levels(document: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {check["check"]: check["level"] for check in document["checks"]}


@pytest.mark.committed
def test_a_second_setup_finds_nothing_to_do(platform: tenancy.TenantRef) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        before = audit.entries().count()

    ran = run("setup", "--json")

    assert ran.code == 0
    assert ran.data == {
        "schema": 1,
        "home_migrations": 0,
        "tenants_updated": [],
        "operator": {"is_new": False},
        "url": f"http://platform.localhost:{django_settings.PORT}",
    }
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        assert audit.entries().count() == before


def test_the_first_operator_signs_in_with_the_password_of_the_file(platform: tenancy.TenantRef) -> None:
    password = (addressing.at(django_settings.VAR).secrets / accounts.PASSWORD_SECRET).read_text().strip()

    with tenancy.activate(platform, purpose=tenancy.Purpose.REQUEST):
        roles = makers.signed_in("operator@platform.localhost", password=password).user.role_names

    assert roles == ["owner"]


def test_another_operator_is_made_with_a_password_from_a_file(tmp_path: Path, platform: tenancy.TenantRef) -> None:
    file = tmp_path / "password"
    file.write_text("a long enough secret 42\n")
    arguments = ("setup", "--operator-email", "second@platform.example", "--operator-password-file", str(file), "--json")

    first, second = run(*arguments), run(*arguments)

    assert first.data["operator"] == {"is_new": True, "email": "second@platform.example"}
    assert second.data["operator"] == {"is_new": False, "email": "second@platform.example"}
    with tenancy.activate(platform, purpose=tenancy.Purpose.REQUEST):
        assert makers.signed_in("second@platform.example", password="a long enough secret 42").user.is_active


@pytest.mark.parametrize("content", [None, ""])
def test_a_password_file_that_holds_none_is_wrong_input(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)

    assert run("setup", "--operator-password-file", str(file), "--json").code == 2


def test_setup_moves_platform_to_the_configured_host(settings: object) -> None:
    settings.OPERATOR_HOST = "ops.example.com"  # type: ignore[attr-defined]

    run("setup", "--json")

    assert queries.tenant_by_slug("platform").host == "ops.example.com"
    assert Domain.objects.filter(tenant__slug="platform").count() == 1


def test_the_demo_gives_people_that_can_sign_in_and_repeats_without_a_trace(acme: tenancy.TenantRef) -> None:
    first = run("demo", "--json")
    entries = audit.entries().count()
    second = run("demo", "--json")

    assert (first.code, second.code) == (0, 0)
    assert first.data == second.data
    assert audit.entries().count() == entries
    operator, one, other = first.data["sign_ins"]
    assert (operator["label"], operator["email"]) == ("operator", "operator@platform.localhost")
    assert (one["url"], one["email"]) == (f"http://acme.localhost:{django_settings.PORT}", "ada@acme.example")
    assert other["email"] == "emmy@globex.example"
    assert makers.signed_in(one["email"], password=one["password"]).user.role_names == ["owner"]
    assert {key.state for key in people.api_keys()} == {"active", "revoked"}


def test_the_doctor_finds_a_sound_installation_sound() -> None:
    ran = run("doctor", "--json")

    found = levels(ran.data)
    assert ran.code == 0
    assert found.pop("workers") in {"ok", "warn"}
    assert found.pop("trails") in {"ok", "warn"}  # no worker seals what other tests have told
    assert found.pop("places cell-1") in {"ok", "warn"}  # other tests may have left a schema without a tenant
    assert {name: level for name, level in found.items() if not name.startswith("tenant ")} == dict.fromkeys(
        [
            "secret_key", "digest_pepper", "sealing_keys", "key_provider", "settings", "walls code", "redis", "geoip", "database default", "login default",
            "walls default", "database cell-1", "login cell-1", "walls cell-1", "connections default", "trail cell-1", "tables home",
            "cells", "residency", "registry copies", "outbox", "tables tenants", "ends of tenants", "backups",
            "backup trials", "backup folders",
        ],
        "ok",
    )  # fmt: skip


@pytest.mark.committed
def test_the_doctor_finds_a_trail_that_can_be_rewritten(rewritable_trail: None) -> None:
    ran = run("doctor", "--json")

    assert (ran.code, ran.data["status"], levels(ran.data)["trail cell-1"]) == (6, "fail", "fail")


def test_the_doctor_finds_a_failed_tenant_and_says_what_to_do(globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state="failed", state_reason="The cell was full.")

    ran = run("doctor", "--json")

    (finding,) = [check for check in ran.data["checks"] if check["check"] == "tenant globex"]
    assert (ran.code, finding["level"]) == (0, "warn")
    assert "The cell was full." in finding["detail"]
    assert "operation" in finding["fix"]


def test_the_doctor_finds_a_cell_without_a_database() -> None:
    Cell.objects.create(name="cell-2", region_id="local")

    assert levels(run("doctor", "--json").data)["cells"] == "fail"


def test_the_doctor_finds_redis_away_and_a_short_secret(settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9"  # type: ignore[attr-defined]
    settings.DIGEST_PEPPER = "short"  # type: ignore[attr-defined]

    ran = run("doctor", "--json")

    assert ran.code == 6
    assert (levels(ran.data)["redis"], levels(ran.data)["digest_pepper"]) == ("fail", "fail")


def test_the_doctor_finds_a_file_that_is_no_database_of_places(settings: object, tmp_path: Path) -> None:
    (tmp_path / "places.mmdb").write_text("This is none.", encoding="utf-8")
    settings.GEOIP_PATH = str(tmp_path / "places.mmdb")  # type: ignore[attr-defined]

    ran = run("doctor", "--json")

    (finding,) = [check for check in ran.data["checks"] if check["check"] == "geoip"]
    assert (ran.code, finding["level"]) == (6, "fail")
    assert "is no GeoIP City database" in finding["detail"]
    assert "GEOIP_PATH" in finding["fix"]


def test_an_account_is_made_once_and_an_open_invitation_is_taken_up(operator: Actor) -> None:
    identity.add_person("late@acme.example", "Late", ["member"], actor=operator)
    password = "a long enough secret 42"

    def made(email: str) -> bool:
        return accounts.ensure_person(email, name="Late", role_names=["member"], password=password, actor=operator)

    assert [made("late@acme.example"), made("late@acme.example"), made("new@acme.example")] == [True, False, True]


@pytest.fixture
def foreign_databases() -> Iterator[dict[str, str]]:
    """Two empty databases that the login owns, and the settings of an installation that finds them by address, as on somebody else's server."""
    home, names = django_settings.DATABASES["default"], ("foreign_home", "foreign_cell")
    with psycopg.connect(
        dbname=home["NAME"], user=home["USER"], password=home["PASSWORD"], host=home["HOST"], autocommit=True
    ) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        address = "postgres://{}:{}@/{{}}?host={}".format(home["USER"], quote(home["PASSWORD"]), quote(home["HOST"], safe=""))
        yield {"DATABASE_URL": address.format(names[0]), "CELL_DATABASE_URLS": f"cell-7={address.format(names[1])}"}
        for name in names:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.mark.committed
def test_setup_prepares_somebody_elses_databases(foreign_databases: dict[str, str]) -> None:
    command = [sys.executable, str(django_settings.ROOT / "manage.py")]
    environ = {**os.environ, **foreign_databases}

    for _ in range(2):
        done = subprocess.run([*command, "setup", "--json"], env=environ, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
    doctor = subprocess.run([*command, "doctor", "--json"], env=environ, capture_output=True, check=False)

    found = levels(orjson.loads(doctor.stdout))
    assert doctor.returncode == 0, doctor.stdout.decode()
    assert (found["trail cell-7"], found["tables home"], found["tables tenants"], found["cells"]) == ("ok", "ok", "ok", "ok")
