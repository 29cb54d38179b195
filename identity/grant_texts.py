"""Grants as PostgreSQL hands them over in the one statement of the hot path: JSON text. Pure.

The same few texts come with every request, so each is read once per process; the text itself says all, whoever's it is.
"""

from functools import lru_cache

import orjson


@lru_cache(maxsize=4096)
def of_scopes(text: str) -> frozenset[str]:
    """`["read:*", …]` as a set."""
    return frozenset(orjson.loads(text))


@lru_cache(maxsize=4096)
def of_roles(text: str) -> frozenset[str]:
    """`[["read:*"], ["write:webhooks.*"], …]`, one list per role, as one set."""
    return frozenset(grant for role in orjson.loads(text) for grant in role)
