"""Restoring in place, and restoring after a death at each step. These tests commit."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings

from audit import queries as audit
from identity import actions as identity
from identity import queries as people
from identity.problems import KeyRefused, SignInRefused
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, queries
from tenants.backups import files
from tenants.models import Backup, Leftover, Tenant
from tenants.problems import (
    BackupUnreadable,
    TenantNotFound,
    WrongState,
)
from tests import makers
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]

AS = actions.Named(slug="mill-copy", name="Mill (copy)")


def replaced(backup: Backup, *, actor: Actor) -> TenantRef:
    """The tenant whose rows were replaced by those of a copy."""
    asked = actions.replace_tenant(backup.id, slug="mill", actor=actor)
    actions.work_on_replacement(asked.operation.id, actor=actor)
    assert Operation.objects.get(id=asked.operation.id).problem is None
    makers.forget_caches()
    return queries.tenant_by_slug("mill").ref()


def test_a_tenant_is_given_back_what_it_had(mill: TenantRef, operator: Actor) -> None:
    before = copied.rows(mill)
    backup = copied.take("mill")
    copied.add_people(mill, "mistake@mill.example")
    after = copied.rows(mill)

    now = replaced(backup, actor=operator)

    assert copied.same(before, copied.rows(now), but=copied.ENDED)
    assert (now.id, now.slug, now.cell, now.state, now.version > mill.version) == (mill.id, "mill", mill.cell, "active", True)
    assert now.schema != mill.schema
    left = Leftover.objects.get(tenant_id=mill.id)
    assert (left.schema, left.cell_id) == (mill.schema, mill.cell)
    assert clock.now() + timedelta(days=6) < left.drop_after < clock.now() + timedelta(days=8)
    assert copied.rows(mill) == after
    (entry,) = audit.entries(action="tenants.tenant.restored", subject=queries.tenant(mill.id).public_id)
    assert entry.document["details"]["old_schema"] == mill.schema


def test_who_still_stands_in_the_old_place_is_refused(mill: TenantRef, operator: Actor) -> None:
    """A process that has not heard of the swap must not take on writes that nobody will see."""
    now = replaced(copied.take("mill"), actor=operator)

    with pytest.raises(Exception, match=r"permission denied|does not exist"), tenancy.activate(mill, purpose=Purpose.REQUEST):
        people.people().count()
    with tenancy.activate(now, purpose=Purpose.REQUEST):
        assert people.people().count() >= 2


def test_a_restore_brings_no_revoked_access_back_to_life(mill: TenantRef, key: str, session: str, operator: Actor) -> None:
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        kept = makers.make_key(email="kept@mill.example").secret
        makers.make_person("gone@mill.example")
    backup = copied.take("mill")
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        leaked = people.key_actor(key)
        identity.revoke_api_key(ids.parse("key", leaked.id), reason="It leaked.", actor=operator)
        identity.suspend_person(people.person_by_email("gone@mill.example").id, reason="Left.", actor=operator)

    now = replaced(backup, actor=operator)

    with tenancy.activate(now, purpose=Purpose.REQUEST):
        assert people.session_actor(session) is None
        with pytest.raises(KeyRefused):
            people.key_actor(key)
        assert people.key_actor(kept).tenant_id == mill.id
        with pytest.raises(SignInRefused):
            identity.sign_in("gone@mill.example", password=makers.PASSWORD)


def test_the_slug_is_typed_and_the_state_must_allow_it(mill: TenantRef, operator: Actor) -> None:
    backup = copied.take("mill")

    with pytest.raises(Invalid):
        actions.replace_tenant(backup.id, slug="mil", actor=operator)
    Tenant.objects.filter(id=mill.id).update(state="deleting")
    with pytest.raises(WrongState):
        actions.replace_tenant(backup.id, slug="mill", actor=operator)
    Tenant.objects.filter(id=mill.id).update(state="active")

    assert Leftover.objects.filter(tenant_id=mill.id).count() == 0
    assert queries.tenant(mill.id).schema == mill.schema


def test_only_a_tenants_own_copy_replaces_it(mill: TenantRef, acme: TenantRef, operator: Actor, tmp_path: Path) -> None:
    of_acme = copied.take("acme")
    foreign = files.path_of(of_acme)

    with pytest.raises(BackupUnreadable, match="another tenant"):
        actions.replace_from_file(foreign, slug="mill", actor=operator)
    with pytest.raises(TenantNotFound):
        actions.replace_from_file(foreign, slug="nobody", actor=operator)

    assert queries.tenant(mill.id).schema == mill.schema
    of_acme.delete()


def test_a_file_of_its_own_replaces_a_tenant(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    before = copied.rows(mill)
    plain = tmp_path / "mill.tar"
    plain.write_bytes(copied.plain_bytes(copied.take("mill")))
    copied.add_people(mill, "mistake@mill.example")

    asked = actions.replace_from_file(plain, slug="mill", actor=operator)
    actions.work_on_replacement(asked.operation.id, actor=operator)

    assert copied.same(before, copied.rows(queries.tenant(mill.id).ref()), but=copied.ENDED)


def test_a_tenant_that_changed_its_state_meanwhile_is_not_swapped(mill: TenantRef, operator: Actor) -> None:
    asked = actions.replace_tenant(copied.take("mill").id, slug="mill", actor=operator)
    Tenant.objects.filter(id=mill.id).update(state="deleting")

    actions.work_on_replacement(asked.operation.id, actor=operator)

    operation = Operation.objects.get(id=asked.operation.id)
    Tenant.objects.filter(id=mill.id).update(state="active")
    assert operation.problem is not None
    assert (operation.state, operation.problem["type"]) == ("failed", "/problems/tenant-state")
    assert queries.tenant(mill.id).schema == mill.schema
    assert Leftover.objects.get(tenant_id=mill.id).schema == asked.operation.arguments["schema"]


def killed_at_each_step(operation_id: UUID, *, way: str, steps: int) -> None:
    """One worker after the other takes the operation on, does one step more than the last, and is killed before it notes it."""
    for number in range(steps):
        worker = subprocess.run(
            [sys.executable, "-m", "tests.tenants.dying", str(operation_id), str(number), way],
            cwd=django_settings.ROOT,
            env={
                **os.environ,
                "FREEHOLD_VAR": str(django_settings.VAR),
                "BACKUP_FOLDER": str(django_settings.BACKUP_FOLDER),
                "DJANGO_SETTINGS_MODULE": "config.settings",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        operation = Operation.objects.get(id=operation_id)
        assert (worker.returncode, operation.state, operation.step) == (-signal.SIGKILL, "running", number), worker.stderr[-2000:]
        Operation.objects.filter(id=operation_id).update(heartbeat_at=clock.now() - timedelta(minutes=1))


def taken_over(operation_id: UUID, *, work: object, actor: Actor) -> Operation:
    """The operation after the next worker; the server may take a moment to notice that the last one died, and holds its lock till then."""
    end = time.monotonic() + 10
    while Operation.objects.get(id=operation_id).state != "succeeded" and time.monotonic() < end:
        work(operation_id, actor=actor)  # type: ignore[operator]
        Operation.objects.filter(id=operation_id, state="running").update(heartbeat_at=clock.now() - timedelta(minutes=1))
        time.sleep(0.05)
    return Operation.objects.get(id=operation_id)


def test_a_restore_survives_a_death_at_each_step(mill: TenantRef, operator: Actor) -> None:
    before = copied.rows(mill)
    backup = copied.take("mill")
    asked = actions.restore_tenant(backup.id, named=AS, actor=operator)

    killed_at_each_step(asked.operation.id, way="new", steps=7)
    done = taken_over(asked.operation.id, work=actions.work_on_restore, actor=operator)

    assert (done.state, done.problem) == ("succeeded", None)
    assert copied.same(before, copied.rows(queries.tenant(asked.tenant.id).ref()), but=copied.ENDED)
    assert queries.tenant(asked.tenant.id).state == "active"


def test_a_replacement_survives_a_death_at_each_step(mill: TenantRef, operator: Actor) -> None:
    before = copied.rows(mill)
    asked = actions.replace_tenant(copied.take("mill").id, slug="mill", actor=operator)

    killed_at_each_step(asked.operation.id, way="replace", steps=7)
    done = taken_over(asked.operation.id, work=actions.work_on_replacement, actor=operator)

    now = queries.tenant(mill.id)
    assert (done.state, done.problem, now.state) == ("succeeded", None, "active")
    assert copied.same(before, copied.rows(now.ref()), but=copied.ENDED)
    assert Leftover.objects.get(tenant_id=mill.id).schema == mill.schema
    assert audit.entries(action="tenants.tenant.restored", subject=now.public_id).count() == 1
