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
    "/tenants",
    "/cells",
)
"""What the operator's host says about all tenants: the registry itself."""


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
    kind = schema.get("type")
    if kind == "object":
        return {
            name: _example(inner, document=document) for name, inner in schema.get("properties", {}).items() if name not in UNSENT
        }
    if kind == "array":
        return ["read:audit.entries"]
    if kind == "integer":
        return schema.get("minimum", 7)
    return "text-7"


UNSENT = frozenset({"roles", "owner", "owner_id", "cell"})
"""Fields that may be left out and whose example would be refused before the id is looked for."""
