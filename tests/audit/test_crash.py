"""The database dies under load, and a sealer in the middle of a batch: nothing is lost, nothing stands in the trail that did not happen."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from audit import queries, sealing
from audit.models import Entry, QueuedEntry, Seal
from bench import services, workers
from bench.audit import crashing, product
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.conftest import ROOT

PATIENCE_S = 60.0


@pytest.mark.committed
def test_a_database_killed_three_times_under_load_loses_nothing_and_invents_nothing(tmp_path: Path) -> None:
    with services.running() as addresses, ExitStack() as stack:
        peers = [
            stack.enter_context(
                workers.listening(
                    name, module="bench.audit.worker", log=tmp_path / name, FREEHOLD_VAR=str(addresses.var), REGISTRY_REVIEW_S="1"
                )
            )
            for name in ("ours", "first", "second")
        ]
        (tenant_id,) = peers[0].told(do="places", number=1)["active"]
        with product.running(addresses.var):
            found = crashing.killed_and_compared(peers[0], peers[1:], addresses=addresses, tenant_id=tenant_id)

    assert len(found["restarts_s"]) == 3
    assert found["rows"] >= 4 * 2 * crashing.WRITTEN
    assert (found["lost"], found["phantom"], found["forgotten"], found["unsealed"]) == (0, 0, 0, 0)
    assert found["verified"]["answer"] == "sound", found["verified"]
    assert found["verified"]["checked"] >= found["rows"]


@pytest.fixture
def cut_off() -> Iterator[TenantRef]:
    with makers.passing_tenant("cutoff") as ref:
        yield ref


@pytest.mark.committed
def test_a_sealer_killed_in_the_middle_of_a_batch_leaves_it_to_the_next(cut_off: TenantRef) -> None:
    seal(cut_off)
    with tenancy.activate(cut_off, purpose=Purpose.REQUEST):
        before = queries.chain()
        waiting = [happen(actor=makers.OPERATOR, number=number) for number in range(20)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.audit.sealing_slowly", cut_off.slug], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        taken = int(process.stdout.readline())
        with tenancy.activate(cut_off, purpose=Purpose.SEAL):
            meanwhile = sealing.seal_batch()
        process.kill()

    sealed = _seal_when_the_turn_is_free(cut_off)

    assert (taken, meanwhile, sealed) == (20, 0, 20)
    with tenancy.activate(cut_off, purpose=Purpose.REQUEST):
        assert list(Seal.objects.filter(seq__gt=before.sealed).order_by("seq").values_list("entry_id", flat=True)) == waiting
        assert Seal.objects.count() == Entry.objects.count() == queries.chain().sealed
        assert QueuedEntry.objects.count() == 0
        assert queries.verify().ok


def _seal_when_the_turn_is_free(ref: TenantRef) -> int:
    """Seal what waits; the database needs a moment to notice that the other one is gone."""
    deadline = time.monotonic() + PATIENCE_S
    while not (sealed := seal(ref)):
        assert time.monotonic() < deadline, "the dead sealer still has its turn"
        time.sleep(0.05)
    return sealed
