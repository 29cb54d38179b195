"""What `manage.py audit verify` says of logs that it cannot look at: never that they were tampered with, and the others are looked at all the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connections

from audit.models import Entry
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef, breaker
from tenants import addresses, queries
from tenants.models import Cell, Tenant
from tests import makers
from tests.audit.tampering import tampering
from tests.conftest import ROOT
from tests.tenants.commands import Ran, run

AWAY = "cell-9"


@pytest.fixture
def away(globex: TenantRef) -> Iterator[TenantRef]:
    """Globex, in a cell whose database nobody can reach."""
    url = "postgres://freehold:x@127.0.0.1:9/nowhere"
    here = Cell.objects.get(name=globex.cell)
    Cell.objects.create(name=AWAY, region_id=here.region_id, sealed_url=addresses.sealed(AWAY, url))
    Tenant.objects.filter(id=globex.id).update(cell_id=AWAY)
    makers.forget_caches()
    yield queries.tenant_by_slug(globex.slug).ref()
    breaker.reset(AWAY)
    tenancy.cells.detach(AWAY)


def rows(ran: Ran) -> dict[str, dict[str, Any]]:
    """What was said of each tenant, once each."""
    found = {row["tenant"]: row for row in ran.data["tenants"]}
    assert len(found) == len(ran.data["tenants"])
    return found


def test_a_log_whose_cell_is_away_cannot_be_told_of_and_the_others_are_checked(away: TenantRef) -> None:
    alone = run("audit", "verify", "--tenant", away.slug, "--json")
    among_all = run("audit", "verify", "--json")

    assert (alone.code, alone.data["answer"], rows(alone)["globex"]["answer"]) == (2, "cannot_tell", "cannot_tell")
    assert rows(alone)["globex"]["reason"].startswith("the database does not answer: ")
    assert (among_all.code, among_all.data["answer"]) == (2, "cannot_tell")
    assert {slug: row["answer"] for slug, row in rows(among_all).items()} == {
        "platform": "sound", "acme": "sound", "globex": "cannot_tell",
    }  # fmt: skip


def test_a_log_that_cannot_be_read_does_not_end_the_check_of_the_others(acme: TenantRef, sealed: list[Entry]) -> None:
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical WHERE id = %s", sealed[0].pk)
        with connections[acme.cell].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_seal RENAME TO audit_seal_elsewhere")

    ran = run("audit", "verify", "--json")

    found = rows(ran)
    assert (ran.code, {slug: found[slug]["answer"] for slug in ("platform", "acme", "globex")}) == (
        2, {"platform": "sound", "acme": "cannot_tell", "globex": "sound"},
    )  # fmt: skip
    assert "audit_seal" in found["acme"]["reason"]
    assert found["acme"]["doubts"][0]["what"] == found["acme"]["reason"]


def test_a_tampered_log_is_worse_than_one_that_cannot_be_read(acme: TenantRef, globex: TenantRef, sealed: list[Entry]) -> None:
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[2].pk)
    with tenancy.activate(globex, purpose=Purpose.MIGRATE), connections[globex.cell].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_seal RENAME TO audit_seal_elsewhere")

    ran = run("audit", "verify", "--full", "--json")

    assert (ran.code, rows(ran)["acme"]["answer"], rows(ran)["globex"]["answer"]) == (1, "tampered", "cannot_tell")


@pytest.mark.parametrize("is_tampered", [False, True])
def test_a_trail_that_takes_nothing_in_hides_nothing_that_was_found(
    is_tampered: bool,  # noqa: FBT001 - a case
    acme: TenantRef,
    sealed: list[Entry],
) -> None:
    with tampering() as execute:
        if is_tampered:
            execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[2].pk)
        with connections[acme.cell].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry ADD CONSTRAINT nothing_more CHECK (false) NOT VALID")

    ran = run("audit", "verify", "--tenant", acme.slug, "--full", "--json")

    assert (ran.code, ran.data["answer"]) == ((1, "tampered") if is_tampered else (2, "cannot_tell"))
    assert "could not be written into the trail" in rows(ran)["acme"]["doubts"][-1]["what"]


@pytest.mark.parametrize("option", ["--against", "--against-log"])
@pytest.mark.parametrize("name", ["missing", ""], ids=["missing", "a folder"])
def test_a_kept_file_that_cannot_be_read_is_no_sign_of_tampering(option: str, name: str, acme: TenantRef, tmp_path: Path) -> None:
    before = Entry.objects.count()

    ran = run("audit", "verify", "--tenant", acme.slug, option, str(tmp_path / name), "--json")

    assert (ran.code, str(tmp_path) in ran.data["problem"]["detail"]) == (2, True)
    assert Entry.objects.count() == before


def test_a_tenant_that_there_is_not_is_not_found(acme: TenantRef) -> None:
    assert run("audit", "verify", "--tenant", "nobody", "--json").code == 3


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [([], "the database does not answer: "), (["--tenant", "acme"], "the log could not be looked at: The registry of tenants")],
    ids=["all", "one"],
)
def test_without_the_home_database_nothing_can_be_told(arguments: list[str], reason: str, tmp_path: Path) -> None:
    nowhere = "postgres://freehold:x@127.0.0.1:9/freehold"
    surroundings = os.environ | {"FREEHOLD_VAR": str(tmp_path), "DATABASE_URL": nowhere, "CELL_DATABASE_URLS": f"cell-1={nowhere}"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "audit", "verify", "--json", *arguments],
        cwd=ROOT, env=surroundings, capture_output=True, check=False, timeout=120,
    )  # fmt: skip

    told = orjson.loads(ended.stdout)
    assert (ended.returncode, told["answer"]) == (2, "cannot_tell")
    assert [row["answer"] for row in told["tenants"]] == ["cannot_tell"]
    assert told["tenants"][0]["reason"].startswith(reason)
