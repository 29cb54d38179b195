"""The state of the code: which migrations a tenant's tables go through, and what stands in them."""

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from identity import queries as people
from tenants import tables

FORM = "2"
"""How scripts are written; another number makes another state, so that no script of the old form is replayed."""


@cache
def current_state() -> str:
    """64 hex signs that stand for the code's tenant migrations, their text included: a migration that was changed gives another state.

    The built-in roles count as well, because a place that waits for a tenant has them already.
    Worked out once per process; `current_state.cache_clear()` after the migrations were changed under a running process.
    """
    loader = MigrationLoader(None)
    texts = {
        f"{app}.{name}": Path(str(sys.modules[type(loader.disk_migrations[app, name]).__module__].__file__)).read_bytes()
        for app, name in tables.wanted_migrations()
    }
    return digest(texts, roles=str(people.builtin_roles()))


def digest(texts: Mapping[str, bytes], *, roles: str) -> str:
    """The state of code that has these migrations, by name with their text, and these built-in roles."""
    whole = hashlib.sha256(f"{FORM} {roles}".encode())
    for name, text in sorted(texts.items()):
        whole.update(f"\n{name} {hashlib.sha256(text).hexdigest()}".encode())
    return whole.hexdigest()


def migrations() -> list[str]:
    """The code's tenant migrations as `app.name`, sorted."""
    return [f"{app}.{name}" for app, name in sorted(tables.wanted_migrations())]
