"""Every route of both kinds of host, found by walking the URL configurations: a new route is covered by being one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from config import openapi
from kernel.api.access import PUBLIC, Declaration

TENANT, OPERATOR = "config.urls_tenant", "config.urls_operator"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}")
REGISTRY = (
    "/v1/tenants",
    "/v1/fleet",
    "/v1/backups",
    "/v1/restorations",
    "/v1/cells",
    "/v1/regions",
    "/v1/hosts",
    "/v1/moves",
    "/v1/plans",
    "/v1/erasures",
    "/v1/product-actions",
    "/tenants",
    "/cells",
    "/product-actions",
)
"""What the operator's host says about all tenants: the registry itself."""
WORDS = {"category": "security", "preset": "sox", "factor_kind": "totp"}
"""What stands in addresses and is nobody's: words of the product, which every tenant has."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address; `path` has its parameters in braces."""

    method: str
    path: str
    access: Declaration

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return tuple(first or second for first, second in PARAMETER.findall(self.path))

    @property
    def is_of_a_thing(self) -> bool:
        """Whether the address names something that is somebody's."""
        return not WORDS.keys() >= set(self.parameters)

    @property
    def is_api(self) -> bool:
        """Whether a program calls it."""
        return self.path.startswith("/v1/")

    @property
    def is_public(self) -> bool:
        """Whether it is declared to need no credentials."""
        return self.access[self.method] is PUBLIC

    @property
    def is_registry(self) -> bool:
        """Whether it shows tenants as such."""
        return self.path.startswith(REGISTRY)

    def at(self, values: dict[str, str]) -> str:
        """The address with the values put in. A parameter without a value is a KeyError: name its kind in `belongings`."""
        return PARAMETER.sub(lambda found: values[found[1] or found[2]], self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def of(urlconf: str) -> list[Route]:
    """All routes that one URL configuration answers."""
    return sorted(_walk(get_resolver(urlconf).url_patterns, prefix="/"), key=str)


def _walk(patterns: list[URLPattern | URLResolver], *, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        place = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix=place)
        else:
            callback: Any = pattern.callback
            view = getattr(callback, "view_class", None) or callback.cls
            for method in view.access:
                yield Route(method=method, path=PARAMETER.sub(r"{\1}", place), access=view.access)


def body_for(route: Route, *, urlconf: str) -> Any:
    """A body that the route's own schema accepts, so that the request gets as far as it can; None where there is none."""
    document = openapi.document(urlconf)
    described = document["paths"].get(route.path, {}).get(route.method.lower(), {})
    if "requestBody" not in described:
        return None
    return _example(described["requestBody"]["content"]["application/json"]["schema"], document=document)


def query_for(route: Route, *, urlconf: str) -> str:
    """The query that the route cannot do without, from its question mark on; empty where it needs none."""
    described = openapi.document(urlconf)["paths"].get(route.path, {}).get(route.method.lower(), {})
    needed = [one["name"] for one in described.get("parameters", ()) if one["in"] == "query" and one.get("required", False)]
    return "?" + "&".join(f"{name}=text-7" for name in needed) if needed else ""


def _example(schema: dict[str, Any], *, document: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document=document)
    if "allOf" in schema:  # a reference with words of its own beside it
        return _example(schema["allOf"][0], document=document)
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        inside = schema.get("properties", {})
        unsent = UNSENT | SPAN if "since" in inside else UNSENT
        return {name: SENT.get(name) or _example(inner, document=document) for name, inner in inside.items() if name not in unsent}
    return ["read:audit.entries"] if kind == "array" else _plain(schema, kind=str(kind))


def _plain(schema: dict[str, Any], *, kind: str) -> Any:
    if kind == "boolean":
        return False
    if kind == "integer":
        return schema.get("minimum", 7)
    if "enum" in schema:
        return schema["enum"][0]
    return "2999-01-01T00:00:00Z" if schema.get("format") == "date-time" else "text-7"


SENT = {"networks": ["127.0.0.0/8"]}
"""What no schema tells how to write: here, where the callers are."""
UNSENT = frozenset({"allowed_factors", "allowed_aaguids", "roles", "owner", "owner_id", "cell", "public_key"})
"""Fields that may be left out and whose example would be refused before the id is looked for."""
SPAN = frozenset({"until", "action", "address"})
"""The same in what says which entries are meant: every example of a moment is the same moment, and text is no action and no address."""
