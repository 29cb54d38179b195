"""The log as a whole, inside a worker: sealed, checked, proved; and its pages as the explorer asks for them."""

import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from django.core.wsgi import get_wsgi_application
from django.db import connections

from audit import actions, queries
from audit.models import Alert, Entry, QueuedEntry, Seal
from bench.audit import making, taking
from bench.audit.making import WRITER
from kernel import tenancy
from kernel.tenancy import Purpose
from operations.models import KeptAnswer

SEED = 20261121
VIEWS = {
    "first page": "limit=25",
    "deep page": "limit=25",
    "filtered by actor": "limit=25&actor=u-7",
    "filtered by outcome and source": "limit=25&outcome=failure&source=product",
    "searched, a rare word": f"limit=25&q={taking.NEEDLE}",
    "searched, a common word": "limit=25&q=amber",
}
DEEP_PAGES = 40
"""How many pages of a hundred lie before the deep page, at most half of the log."""


def seal(tenant_id: str) -> dict[str, Any]:
    """Seal all that waits and sign the end, as the sealer does; the number and the seconds."""
    with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.SEAL):
        began = time.perf_counter()
        number = actions.seal_pending()
        took_s = time.perf_counter() - began
        actions.sign_log()
    tenancy.rest()
    return {"number": number, "seconds": took_s}


def verify(tenant_id: str) -> dict[str, Any]:
    """Check the whole log, every text against its MAC and its columns too; the seconds, and what came of it."""
    with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.OPERATOR):
        began = time.perf_counter()
        found = queries.verify()
        took_s = time.perf_counter() - began
    tenancy.rest()
    return {"checked": found.checked, "seconds": took_s, "answer": str(found.answer), "reason": found.reason}


def prove(tenant_id: str, *, count: int) -> dict[str, Any]:
    """Prove `count` entries from all over the log: milliseconds and bytes of each, as its `.tlog-proof` file has them."""
    chance = random.Random(SEED)  # noqa: S311 - a choice of entries, no secret
    times, sizes = [], []
    with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.REQUEST):
        size = queries.latest_checkpoint().size
        for _ in range(count):
            entry_id = Seal.objects.values_list("entry_id", flat=True).get(seq=chance.randint(1, size))
            began = time.perf_counter()
            proof = queries.entry_proof(entry_id)
            text = proof.text
            times.append((time.perf_counter() - began) * 1000)
            sizes.append(len(text.encode()))
    tenancy.rest()
    return {"ms": times, "bytes": sizes, "size": size}


def explore(tenants: dict[str, dict[str, Any]], *, calls: int) -> dict[str, Any]:
    """Each page of each tenant's explorer `calls` times, in a shuffled order; milliseconds by tenant and view, with whole requests."""
    application = get_wsgi_application()
    cursors = {name: _deep_cursor(application, tenant) for name, tenant in tenants.items()}
    places = [(name, view) for name in tenants for view in VIEWS]
    found: dict[str, dict[str, list[float]]] = {name: {view: [] for view in VIEWS} for name in tenants}
    chance = random.Random(SEED)  # noqa: S311 - an order of requests, no secret
    for number in range(calls + 2):
        for name, view in chance.sample(places, len(places)):
            query = VIEWS[view] + (f"&cursor={cursors[name]}" if view == "deep page" else "")
            began = time.perf_counter()
            _page(application, tenants[name], query)
            if number >= 2:
                found[name][view].append((time.perf_counter() - began) * 1000)
    return found


def lags(tenant_ids: list[str], done: dict[str, float]) -> dict[str, Any]:
    """Seconds from the commit of each transaction in `done` (key → moment) to the seal of its entry; `waiting` have none yet."""
    found: list[float] = []
    for tenant_id in tenant_ids:
        with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.REQUEST):
            subjects = dict(Entry.objects.filter(action=making.RowKept.name).values_list("id", "subject"))
            for entry_id, sealed_at in Seal.objects.filter(entry_id__in=subjects).values_list("entry_id", "sealed_at"):
                if subjects[entry_id] in done:
                    found.append(sealed_at.timestamp() - done[subjects[entry_id]])
    tenancy.rest()
    return {"lags": found, "waiting": len(done) - len(found)}


def alerts(tenant_ids: list[str]) -> dict[str, Any]:
    """Seconds from each act that raised an alert to the alert."""
    found: list[float] = []
    for tenant_id in tenant_ids:
        with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.REQUEST):
            found += [
                (opened - happened).total_seconds()
                for opened, happened in Alert.objects.filter(rule_key="secret-exported").values_list("opened_at", "happened_at")
            ]
    tenancy.rest()
    return {"latencies": found}


def pending(tenant_ids: list[str]) -> dict[str, int]:
    """How many entries of some tenants wait for their seal."""
    number = 0
    for tenant_id in tenant_ids:
        with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.REQUEST):
            number += QueuedEntry.objects.count()
    tenancy.rest()
    return {"pending": number}


def compare(tenant_id: str, *, acknowledged: list[str]) -> dict[str, Any]:
    """The rows of business that the writers wrote, against the entries that tell of them."""
    with tenancy.activate(making.ref_of(tenant_id), purpose=Purpose.REQUEST):
        rows = set(KeptAnswer.objects.filter(actor_id=WRITER, key__startswith="crash-").values_list("key", flat=True))
        told = list(
            Entry.objects.filter(action=making.RowKept.name, subject__startswith="crash-").values_list("subject", flat=True)
        )
        seals, entries = Seal.objects.count(), Entry.objects.count()
    tenancy.rest()
    return {
        "rows": len(rows),
        "lost": len(rows - set(told)),
        "phantom": len(set(told) - rows) + len(told) - len(set(told)),
        "forgotten": len(set(acknowledged) - rows),
        "unsealed": entries - seals,
    }


def reconnect() -> dict[str, Any]:
    """Leave the connections that died with the database; the next query makes new ones."""
    connections.close_all()
    return {}


def disk(folder: str, *, times: int = 100) -> dict[str, Any]:
    """Milliseconds of each fdatasync of 8 KiB, as a commit needs one."""
    found = []
    with tempfile.TemporaryFile(dir=Path(folder)) as file:
        for _ in range(times):
            file.write(b"-" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - began) * 1000)
    return {"ms": found, "median": statistics.median(found)}


def _deep_cursor(application: Any, tenant: dict[str, Any]) -> str:
    cursor = ""
    for _ in range(min(DEEP_PAGES, tenant["entries"] // 200)):
        page = _page(application, tenant, f"limit=100{f'&cursor={cursor}' if cursor else ''}")
        cursor = page["next_cursor"]
    return cursor


def _page(application: Any, tenant: dict[str, Any], query: str) -> Any:
    return orjson.loads(taking.call(application, tenant, path="/v1/audit/entries", query=query))
