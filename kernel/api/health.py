"""Is it alive, is it ready, what is the state of its parts. Answered on every host, before any tenant is looked for."""

from collections.abc import Callable

import orjson
from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

from kernel import redis_client, tenancy

PROBE_TIMEOUT_S = 0.5


class HealthMiddleware:
    """Answers /livez, /readyz and /status itself and passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answers = {"/livez": live, "/readyz": ready, "/status": status}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, or go on."""
        probe = self.answers.get(request.path)
        return self.get_response(request) if probe is None else probe()


def live() -> HttpResponse:
    """200 while the process answers at all; depends on nothing."""
    return _answer({"status": "alive"}, ok=True)


def ready() -> HttpResponse:
    """200 while requests can be routed: home answers. Cells are left out on purpose, one dead cell must not take every process out."""
    home = home_answers()
    return _answer({"status": "ready" if home else "not ready", "home": home}, ok=home)


def status() -> HttpResponse:
    """Every part with its state; 200 when all are well, 503 otherwise."""
    parts = {"home": home_answers(), "redis": redis_answers()}
    parts.update({alias: cell_answers(alias) for alias in settings.CELLS})
    return _answer({"status": "ok" if all(parts.values()) else "degraded", "parts": parts}, ok=all(parts.values()))


def home_answers() -> bool:
    """Whether the registry's database can be read."""
    return _answers(tenancy.HOME)


def cell_answers(alias: str) -> bool:
    """Whether the server of a cell answers; asked as nobody, so no tenant is needed."""
    return _answers(alias)


def redis_answers() -> bool:
    """Whether Redis answers within half a second."""
    client = redis_client.connect(settings.REDIS_URL, timeout_s=PROBE_TIMEOUT_S)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _answers(alias: str) -> bool:
    connection = connections[alias]
    try:
        connection.ensure_connection()
        usable = connection.is_usable()
    except Error:
        usable = False
    if not usable and not connection.in_atomic_block:
        connection.close()
    return usable


def _answer(document: dict[str, object], *, ok: bool) -> HttpResponse:
    response = HttpResponse(orjson.dumps(document), status=200 if ok else 503, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
