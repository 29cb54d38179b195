"""What the peers with a database share with Freehold: server and login, persistent connections, the middleware around tenancy."""

import os
from collections.abc import Sequence
from typing import Any

NEUTRAL_APPS = ("django.contrib.messages", "django.contrib.staticfiles", "django_htmx")
TENANCY = "tenants."


def database(engine: str) -> dict[str, Any]:
    """The one database of a peer; its address comes from the driver."""
    fields = {name: os.environ[f"BENCH_DATABASE_{name}"] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    return {"ENGINE": engine, "CONN_MAX_AGE": None, **fields}


def middleware_without_tenancy(middleware: Sequence[str]) -> list[str]:
    """Freehold's own list without the one that finds and enters the tenant."""
    return [name for name in middleware if not name.startswith(TENANCY)]
