"""Is it alive, is it ready, what is the state of its parts. Answered on every host, before any tenant is looked for.

Every part is asked beside the others and none is waited for longer than `PATIENCE_S`, so that a hanging cell hangs no probe. What was heard is
kept for a second: these paths need no key, and must not be a way to keep the databases busy.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache, partial

import orjson
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from kernel import redis_client, tenancy
from kernel.tenancy import breaker

PATIENCE_S = 0.8
KEPT_S = 1.0
ASKING_THREADS = 32
OK, AWAY = "ok", "away"

Question = Callable[[], object]
"""Raises when the part does not answer."""


class HealthMiddleware:
    """Answers /livez, /readyz and /status itself and passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answers = {"/livez": live, "/readyz": ready, "/status": status}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, or go on."""
        probe = self.answers.get(request.path)
        return self.get_response(request) if probe is None else probe()


@dataclass(frozen=True, slots=True)
class Part:
    """What one part answered: how long it took in milliseconds, and why when it is not well; `at` is when, by the monotonic clock."""

    state: str
    latency_ms: float
    why: str
    at: float

    def document(self) -> dict[str, object]:
        """The part as a map. Why it is away goes to the log and not to whoever asks: addresses stand in it."""
        return {"state": self.state, "latency_ms": self.latency_ms}


def live() -> HttpResponse:
    """200 while the process answers at all; depends on nothing."""
    return _answer({"status": "alive"}, ok=True)


def ready() -> HttpResponse:
    """200 while requests can be routed, from home, its copy or memory, and nobody drains this process.

    Cells are left out on purpose: one dead cell must not take every process out.
    """
    routing = ask({f"routing.{name}": question for name, question in import_string(settings.ROUTING_SOURCES)().items()})
    draining = is_draining()
    is_ready = not draining and any(part.state == OK for part in routing.values())
    states = {name.removeprefix("routing."): part.state for name, part in routing.items()}
    return _answer({"status": "ready" if is_ready else "not ready", "draining": draining, "routing": states}, ok=is_ready)


def status() -> HttpResponse:
    """Every part with its state and latency; 200 when all are well, 503 otherwise: for alerts, never for a balancer."""
    parts = ask(questions())
    is_well = all(part.state == OK for part in parts.values())
    told = {name: part.document() for name, part in parts.items()}
    return _answer({"status": "ok" if is_well else "degraded", "parts": told}, ok=is_well)


def is_draining() -> bool:
    """Whether `manage.py drain` was called since the web server started."""
    return settings.DRAINING_FILE.exists()


def questions() -> dict[str, Question]:
    """Everything that the product rests on: home, Redis, what the settings name besides, and each cell that the registry knows."""
    known: dict[str, Question] = {"home": partial(_connects, tenancy.HOME), "redis": _redis_answers}
    known |= {name: import_string(question) for name, question in settings.HEALTH_PARTS.items()}
    known |= {alias: partial(_connects, alias) for alias in settings.COPIES}
    return known | {alias: partial(_cell_answers, alias) for alias in _cells()}


def ask(asked: Mapping[str, Question]) -> dict[str, Part]:
    """What each part answers, within `PATIENCE_S` for all together. A part that was asked a moment ago is not asked again."""
    now = time.monotonic()
    waiting = {name: _asked(name, question) for name, question in asked.items() if not _is_kept(name, now)}
    wait(waiting.values(), timeout=PATIENCE_S)
    for name, future in waiting.items():
        _kept[name] = future.result() if future.done() else _silent(since=now)
    return {name: _kept[name] for name in asked}


def forget() -> None:
    """Ask everything anew."""
    _kept.clear()


def _cells() -> tuple[str, ...]:
    """All cells that the registry knows; while it is silent, those that it named last and those that this process uses."""
    told = ask({"cells": _learn_cells})["cells"]
    return _named if told.state == OK else tuple(sorted({*_named, *tenancy.cells.aliases()}))


def _learn_cells() -> None:
    global _named  # noqa: PLW0603 - one memory per process, replaced as a whole
    _named = tuple(import_string(settings.ALL_CELLS)())


_named: tuple[str, ...] = ()
_kept: dict[str, Part] = {}
_running: dict[tuple[int, str], Future[Part]] = {}
_lock = threading.Lock()


def _is_kept(name: str, now: float) -> bool:
    part = _kept.get(name)
    return part is not None and now - part.at < KEPT_S


def _asked(name: str, question: Question) -> Future[Part]:
    """The answer to come. Whoever still waits for a silent part shares that wait, so that callers cannot pile up threads."""
    key = (os.getpid(), name)
    with _lock:
        future = _running.get(key)
        if future is None or future.done():
            future = _running[key] = _threads(os.getpid()).submit(_heard, question)
        return future


@lru_cache(maxsize=2)
def _threads(process_id: int) -> ThreadPoolExecutor:
    """One pool per process; the process id keeps a forked child from waiting for threads that it does not have."""
    del process_id
    return ThreadPoolExecutor(max_workers=ASKING_THREADS, thread_name_prefix="health")


def _heard(question: Question) -> Part:
    began = time.monotonic()
    why = ""
    try:
        with tenancy.outside():
            question()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the part is not well
        why = str(fault).partition("\n")[0][:200] or type(fault).__name__
    finally:
        connections.close_all()  # of this thread alone; it may have asked home where a cell is
    ended = time.monotonic()
    return Part(state=AWAY if why else OK, latency_ms=round(1000 * (ended - began), 1), why=why, at=ended)


def _silent(*, since: float) -> Part:
    now = time.monotonic()
    return Part(state=AWAY, latency_ms=round(1000 * (now - since), 1), why="no answer in time", at=now)


def _connects(alias: str) -> None:
    """Go in by the front door, with a connection of one's own: whether the server lets somebody new in is the question."""
    breaker.connect(alias).close()


def _cell_answers(alias: str) -> None:
    tenancy.cells.ensure(alias)
    _connects(alias)


def _redis_answers() -> None:
    client = redis_client.connect(settings.REDIS_URL, timeout_s=PATIENCE_S / 2)
    try:
        client.ping()
    finally:
        client.close()


def _answer(document: dict[str, object], *, ok: bool) -> HttpResponse:
    response = HttpResponse(orjson.dumps(document), status=200 if ok else 503, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
