"""Sealing again and wrapping again that is interrupted, by a kill, by a closed place, by those who write meanwhile: nothing is lost, and the next goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test.utils import override_settings

from audit.models import PersonKey
from identity import actions, documents, queries
from identity.data_keys import replacing, resealing, store
from identity.models import DataKey
from kernel import clock, sealing, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from operations.models import Operation
from tenants import closing
from tenants import places as tenant_places
from tests import makers
from tests.conftest import ROOT

pytestmark = pytest.mark.committed
PERSONS = 1_200
ACTOR = makers.OPERATOR


@pytest.fixture
def kept(installation: None) -> Iterator[TenantRef]:
    """A tenant that commits, with many persons whose keys are sealed."""
    with makers.passing_tenant("rotated") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            PersonKey.objects.bulk_create(
                PersonKey(ref=f"tst_{number:05}", sealed=sealing.seal(b"k" * 32, context=f"audit.person:tst_{number:05}"))
                for number in range(PERSONS)
            )
        yield ref
    store.forget_all()


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(kept: TenantRef) -> None:
    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        operation = actions.begin_rotation(actor=ACTOR)
    command = [sys.executable, "-m", "tests.identity.rotating_slowly", kept.slug, str(operation.id)]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        os.kill(worker.pid, signal.SIGKILL)

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        stopped = operations.operation(operation.id)
        half = dict(queries.sealed_by_key())[stopped.result["key"]]
        Operation.objects.filter(pk=operation.id).update(heartbeat_at=clock.now() - timedelta(minutes=1))
        actions.work_on_rotation(operation.id, actor=ACTOR)

        done = operations.operation(operation.id)
        assert (stopped.state, 0 < half < PERSONS) == ("running", True)
        assert (done.state, done.result["key"], done.attempts) == ("succeeded", stopped.result["key"], 2)
        assert DataKey.objects.count() == 2
        assert documents.of_secrets()["under_other_keys"] == 0
        opened = {
            sealing.unseal(row.sealed, context=f"audit.person:{row.ref}")
            for row in PersonKey.objects.filter(ref__startswith="tst_")
        }
        assert opened == {b"k" * 32}


def test_a_rotation_of_a_tenant_that_is_closed_meanwhile_goes_on_when_it_is_open_again(
    kept: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resealing.in_tenant

    def closed_after_a_batch(key_id: str) -> Iterator[resealing.Batch]:
        for batch in whole(key_id):
            yield batch
            closing.close(kept, on_progress=tenant_places.quietly)

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        operation = actions.begin_rotation(actor=ACTOR)
        with monkeypatch.context() as patched:
            patched.setattr(resealing, "in_tenant", closed_after_a_batch)
            actions.work_on_rotation(operation.id, actor=ACTOR)
    closing.reopen(kept)

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        left = operations.operation(operation.id)
        still_to_do = documents.of_secrets()["under_other_keys"]
        Operation.objects.filter(pk=operation.id).update(heartbeat_at=clock.now() - timedelta(minutes=1))
        actions.work_on_rotation(operation.id, actor=ACTOR)

        assert (left.state, 0 < still_to_do < PERSONS) == ("running", True)
        assert operations.operation(operation.id).state == "succeeded"
        assert documents.of_secrets()["under_other_keys"] == 0
        rows = PersonKey.objects.filter(ref__startswith="tst_")
        assert {sealing.unseal(row.sealed, context=f"audit.person:{row.ref}") for row in rows} == {b"k" * 32}


def test_wrapping_again_that_is_killed_between_two_keys_leaves_all_of_them_and_is_done_by_the_next(kept: TenantRef) -> None:
    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        replacing.replace()
        before = dict(DataKey.objects.values_list("short_id", "wrapped"))
        persons = PersonKey.objects.filter(ref__startswith="tst_")[:3]
    environment = {**os.environ, "SEALING_KEYS": ",".join(("fresh:" + "B" * 43, *django_settings.SEALING_KEYS))}
    command = [sys.executable, "-m", "tests.identity.wrapping_slowly", kept.slug]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        os.kill(worker.pid, signal.SIGKILL)

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        assert dict(DataKey.objects.values_list("short_id", "wrapped")) == before
    done = subprocess.run(
        [sys.executable, "manage.py", "secrets", "rewrap", "--tenant", kept.slug, "--json"],
        cwd=ROOT, env=environment, capture_output=True, check=True,
    )  # fmt: skip
    store.forget_all()
    with override_settings(SEALING_KEYS=("fresh:" + "B" * 43,)), tenancy.activate(kept, purpose=Purpose.OPERATOR):
        assert orjson.loads(done.stdout)["keys"] == {kept.slug: len(before)} == {kept.slug: 2}
        assert {sealing.unseal(row.sealed, context=f"audit.person:{row.ref}") for row in persons} == {b"k" * 32}


def test_while_it_rotates_secrets_are_sealed_and_opened_and_none_is_lost(kept: TenantRef) -> None:
    def rotate() -> None:
        with tenancy.activate(kept, purpose=Purpose.OPERATOR):
            actions.work_on_rotation(actions.begin_rotation(actor=ACTOR).id, actor=ACTOR)
        connections.close_all()

    worker = threading.Thread(target=rotate)
    written: dict[str, str] = {}
    worker.start()
    with tenancy.activate(kept, purpose=Purpose.REQUEST):
        while worker.is_alive():
            ref = f"new_{len(written):05}"
            written[ref] = ref
            PersonKey.objects.create(ref=ref, sealed=sealing.seal(ref.encode(), context=f"audit.person:{ref}"))
            time.sleep(0.002)
    worker.join()

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        rows = PersonKey.objects.filter(ref__startswith="new_")
        assert {row.ref: sealing.unseal(row.sealed, context=f"audit.person:{row.ref}").decode() for row in rows} == written
        assert len(written) > 0
