"""From an address to what Django's DATABASES wants to know."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from psycopg.conninfo import make_conninfo

ENGINE = "kernel.tenancy.backend"
SCHEMES = frozenset({"postgres", "postgresql"})
DJANGOS_OWN = frozenset({"pool", "server_side_binding", "isolation_level", "assume_role", "prepare_threshold"})
"""Options of an entry that are not libpq's."""
PATIENCE = {
    "connect_timeout": 3,
    # A server whose machine vanished closes nothing. Without these a thread would wait a quarter of an hour for it.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How long a connection waits: seconds, seconds, seconds, times, milliseconds."""


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
        "OPTIONS": {**PATIENCE, "application_name": "freehold", **where.get("OPTIONS", {})},
        "TEST": {"MIGRATE": False},
    }


def conninfo(settings: Mapping[str, Any], **changed: str) -> str:
    """An entry of DATABASES as libpq takes it."""
    given = {name: str(value) for name, value in settings.get("OPTIONS", {}).items() if name not in DJANGOS_OWN}
    words = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {word: str(settings.get(name, "")) for word, name in words.items()}
    # The options come from the query of an address, where libpq takes a host or a port too.
    merged = {**{word: value for word, value in known.items() if value}, **given, **changed}
    return make_conninfo("", **{name: value for name, value in merged.items() if value})
