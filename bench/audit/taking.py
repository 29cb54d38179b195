"""Events of the product, as its batches bring them: through the action, and through the door of the API."""

import io
import sys
import time
from datetime import timedelta
from typing import Any

import orjson
from django.core.wsgi import get_wsgi_application
from django.db import connections

from audit import actions
from audit.ingest import reading
from audit.permissions import Permission
from bench.audit import making
from bench.workers import WorkerDied
from kernel import clock, tenancy
from kernel.actors import Actor, ActorKind
from kernel.tenancy import Purpose

BATCH = 500
PEOPLE = 500
SUBJECTS = 5000
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jasper")
NEEDLE = "quokka"
"""A word that stands in one label of a thousand."""


def take(tenant_id: str, *, first: int, count: int) -> dict[str, Any]:
    """Take in `count` events by batches of 500, read and checked as those of a request are; the seconds that it took."""
    ref = making.ref_of(tenant_id)
    teller = Actor(ActorKind.KEY, "key_bench", "bench", tenant_id=ref.id, grants=(frozenset({Permission.WRITE_EVENTS}),))
    messages = [_message(number, min(BATCH, first + count - number)) for number in range(first, first + count, BATCH)]
    with tenancy.activate(ref, purpose=Purpose.REQUEST):
        began = time.perf_counter()
        for message in messages:
            actions.take_events(reading.events_in(orjson.loads(message)), actor=teller)
        took_s = time.perf_counter() - began
    tenancy.rest()
    return {"seconds": took_s}


def post(tenant: dict[str, str], *, first: int, count: int) -> dict[str, Any]:
    """The same through the API: whole requests, as a server would hand them to the application."""
    application = get_wsgi_application()
    messages = [_message(number, min(BATCH, first + count - number)) for number in range(first, first + count, BATCH)]
    began = time.perf_counter()
    for message in messages:
        call(application, tenant, path="/v1/audit/events", body=message)
    return {"seconds": time.perf_counter() - began}


def size(tenant_id: str) -> dict[str, int]:
    """Entries of a tenant's trail, and the bytes that entries and seals take with their indexes."""
    ref = making.ref_of(tenant_id)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE audit_entry, audit_seal, audit_queuedentry")
        cursor.execute("SELECT count(*) FROM audit_entry")
        entries = cursor.fetchone()[0]
        cursor.execute("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('audit_entry')")
        entry_bytes = int(cursor.fetchone()[0])
        cursor.execute("SELECT pg_total_relation_size('audit_seal') + pg_total_relation_size('audit_tile')")
        seal_bytes = int(cursor.fetchone()[0])
    return {"entries": entries, "entry_bytes": entry_bytes, "seal_bytes": seal_bytes}


def call(application: Any, tenant: dict[str, str], *, path: str, query: str = "", body: bytes = b"") -> bytes:
    """One request in this process, by the key of a tenant: POST of a body, GET without one; the body of the answer. Raises WorkerDied."""
    said: dict[str, Any] = {}
    method, expected, host = ("POST", "201", tenant["host"]) if body else ("GET", "200", tenant["host"])
    environ = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": host, "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": f"{host}:8000", "HTTP_ACCEPT": "*/*", "HTTP_USER_AGENT": "bench",
        "HTTP_AUTHORIZATION": f"Bearer {tenant['key']}", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    response = application(environ, lambda status, _headers: said.update(status=status))
    answer = b"".join(response)
    response.close()
    if not said["status"].startswith(expected):
        raise WorkerDied(f"{method} {path}?{query}: {said['status']} {answer[:500]!r}")
    return answer


def _message(first: int, count: int) -> bytes:
    return orjson.dumps({"events": [_event(number) for number in range(first, first + count)]})


def _event(number: int) -> dict[str, Any]:
    person, invoice = number * 7919 % PEOPLE, number * 104_729 % SUBJECTS
    word = NEEDLE if number % 1000 == 500 else WORDS[number % len(WORDS)]
    return {
        "id": f"event-{number}",
        "action": making.PRODUCT_ACTION,
        "occurred_at": (clock.now() - timedelta(seconds=1)).isoformat(),
        "actor": {"id": f"u-{person}", "kind": "person", "name": f"Person {person} of {WORDS[person % len(WORDS)]}"},
        "subject": {"id": f"inv-{invoice}", "kind": "invoice", "name": f"Invoice {invoice} {word}"},
        "details": {"number": str(invoice), "amount": number % 100_000, "currency": "EUR"},
        "changes": {"state": ["open", "paid"]},
        "context": {"address": f"192.0.2.{number % 250 + 1}", "user_agent": "Shop/2.1", "request_id": f"{number:032x}"},
        **({"outcome": "failure"} if number % 100 == 99 else {}),
    }
