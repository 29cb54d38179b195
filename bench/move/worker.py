"""The two processes of the benchmark: `python -m bench.move.worker`, one that moves the tenant and one that writes to it meanwhile.

They read one JSON order per line and answer each with one line. Both run in the scratch installation that FREEHOLD_VAR names, so that Freehold's
own code works there as it does in a worker and in a web process.
"""

import io
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import django

django.setup()

from django.core.management import call_command  # noqa: E402  (Django must be ready)
from django.db import ProgrammingError, connections  # noqa: E402

from bench.answering import answer_orders  # noqa: E402
from kernel import clock, tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402
from kernel.problems import TenantMoving  # noqa: E402
from kernel.tenancy import Purpose  # noqa: E402
from operations import queries as operations  # noqa: E402
from operations.models import KeptAnswer  # noqa: E402
from tenants import actions, addresses, queries, resolving  # noqa: E402
from tenants.models import Cell, Region  # noqa: E402
from tenants.moves import meeting  # noqa: E402

ACTOR = Actor.system("command:bench")
RETRY_S = 0.005
FILL = """
INSERT INTO operations_keptanswer (id, actor_id, key, fingerprint, status, headers, body, created_at)
SELECT gen_random_uuid(), 'filling', n::text, sha256(n::text::bytea), 200, '{}', repeat(md5(n::text), 6), now() FROM generate_series(1, %s) n
"""


@dataclass(slots=True)
class Writers:
    """Threads that write a row each, at set times, and note what was acknowledged and how long each row took to be."""

    tenant_id: UUID
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)
    refused: int = 0

    def start(self, *, per_second: int, threads: int, name: str) -> None:
        """Begin to write, each thread its share of the rate."""
        for number in range(threads):
            thread = threading.Thread(target=self._run, args=(f"{name}-{number}", threads / per_second, number / per_second))
            self.threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Stop, after the row at hand."""
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self, name: str, every_s: float, offset_s: float) -> None:
        due = time.monotonic() + offset_s
        number = 0
        while not self.stop.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due += every_s
            began = time.perf_counter()
            self._write(f"{name}-{number}")
            self.waits_ms.append((time.perf_counter() - began) * 1000)
            number += 1
        connections.close_all()

    def _write(self, key: str) -> None:
        """One row, tried until it is written: as a request does it, from finding the tenant to the commit."""
        while True:
            ref = resolving.by_id(self.tenant_id)
            try:
                with tenancy.activate(ref, purpose=Purpose.REQUEST), tenancy.atomic():
                    KeptAnswer.objects.create(actor_id="writing", key=key, fingerprint=b"-" * 32, body="", created_at=clock.now())
            except TenantMoving:
                self.refused += 1
            except ProgrammingError as fault:
                self.refused += 1
                if meeting.met_by(fault, ref=ref) is None:
                    raise
            else:
                self.acknowledged.append(key)
                return
            time.sleep(RETRY_S)


_writers: list[Writers] = []


def prepare(url: str, rows: int) -> dict[str, Any]:
    """Set the installation up with a cell on each server and one tenant of about `rows` rows in the first."""
    call_command("setup", "--json", stdout=io.StringIO())
    Region.objects.get_or_create(code="second", defaults={"jurisdiction": "second", "label": "Second"})
    Cell.objects.create(name="cell-2", region_id="second", sealed_url=addresses.sealed("cell-2", url))
    with tenancy.activate(queries.platform().ref(), purpose=Purpose.OPERATOR):
        asked = actions.create_tenant(
            "traveller", name="Traveller", owner_email="owner@traveller.example", owner_name="Ada", cell="cell-1", actor=ACTOR
        )
        actions.provision_tenant(asked.operation.id, actor=ACTOR)
    ref = queries.tenant_by_slug("traveller").ref()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR), connections[ref.cell].cursor() as cursor:
        cursor.execute(FILL, [rows])
    return {"tenant_id": str(ref.id)}


def move(tenant_id: str, to: str) -> dict[str, Any]:
    """Move the tenant: seconds in all, and what the operation says."""
    began = time.perf_counter()
    with tenancy.activate(queries.platform().ref(), purpose=Purpose.OPERATOR):
        asked = actions.move_tenant(UUID(tenant_id), cell=to, actor=ACTOR)
        actions.carry_out_move(asked.id, actor=ACTOR)
        done = operations.operation(asked.id)
    return {"seconds": time.perf_counter() - began, "state": done.state, "problem": done.problem, "result": done.result}


def write(tenant_id: str, *, per_second: int, threads: int, name: str) -> dict[str, Any]:
    """Begin to write."""
    writers = Writers(UUID(tenant_id))
    _writers.append(writers)
    writers.start(per_second=per_second, threads=threads, name=name)
    return {}


def rest() -> dict[str, Any]:
    """Stop writing: how long each row took, how many were acknowledged, and how many of these are not where the tenant lives now."""
    writers = _writers.pop()
    writers.end()
    resolving.forget_all()
    with tenancy.activate(resolving.by_id(writers.tenant_id), purpose=Purpose.REQUEST):
        there = set(KeptAnswer.objects.filter(actor_id="writing").values_list("key", flat=True))
    return {
        "waits_ms": writers.waits_ms,
        "acknowledged": len(writers.acknowledged),
        "lost": len(set(writers.acknowledged) - there),
        "refused": writers.refused,
    }


if __name__ == "__main__":
    answer_orders({"prepare": prepare, "move": move, "write": write, "rest": rest})
