"""The OpenAPI document as pages show it: routes by tag, their fields, and a sample call each."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.text import slugify
from drf_spectacular.generators import SchemaGenerator

from console.catalogue import sentence

METHODS = ("get", "post", "put", "patch", "delete")
COMMON_HEADERS = frozenset({"Idempotency-Key", "X-Tenant-ID", "If-Match"})
ORIGIN = "{origin}"
SHORT_BODY = 48


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or member of a body."""

    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together: parameters, or a body."""

    label: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route and method; `sample` is a curl call with the placeholder `{origin}`."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    permission: str
    groups: list[Group]
    answers: list[str]
    sample: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Routes about one noun."""

    label: str
    anchor: str
    endpoints: list[Endpoint]


def tags(urlconf: str, *, origin: str) -> list[Tag]:
    """All routes of a URL configuration by tag, with samples that call `origin`."""
    return [_at(tag, origin=origin) for tag in _tags(urlconf)]


@cache
def _tags(urlconf: str) -> list[Tag]:
    document: dict[str, Any] = SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)
    found: dict[str, list[Endpoint]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                found.setdefault(operation.get("tags", ["other"])[0], []).append(
                    _endpoint(path, method=method, operation=operation, document=document)
                )
    return [Tag(label=sentence(name), anchor=f"tag-{slugify(name)}", endpoints=endpoints) for name, endpoints in found.items()]


def _at(tag: Tag, *, origin: str) -> Tag:
    placed = [_placed(endpoint, origin=origin) for endpoint in tag.endpoints]
    return Tag(tag.label, tag.anchor, placed)


def _placed(endpoint: Endpoint, *, origin: str) -> Endpoint:
    parts = {name: getattr(endpoint, name) for name in endpoint.__slots__}
    return Endpoint(**{**parts, "sample": endpoint.sample.replace(ORIGIN, origin)})


def _endpoint(path: str, *, method: str, operation: dict[str, Any], document: dict[str, Any]) -> Endpoint:
    body = _body(operation, document=document)
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["name"] not in COMMON_HEADERS]
    groups = [
        Group("Parameters", [_parameter(parameter) for parameter in parameters]),
        Group("Body", _members(body, document=document)),
    ]
    lines = operation.get("description", "").strip()
    return Endpoint(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"].replace("_", "-"),
        summary=operation.get("summary") or sentence(operation["operationId"]),
        description=lines,
        permission=operation.get("x-permission", ""),
        groups=[group for group in groups if group.fields],
        answers=[status for status in operation.get("responses", {}) if status != "default"],
        sample=_sample(path, method=method, operation=operation, body=body, document=document),
    )


def _body(operation: dict[str, Any], *, document: dict[str, Any]) -> dict[str, Any]:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _resolved(media.get("schema", {}), document=document)


def _resolved(schema: dict[str, Any], *, document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _parameter(parameter: dict[str, Any]) -> Field:
    kind = f"{parameter['in']}, {_kind(parameter.get('schema', {}))}"
    return Field(parameter["name"], kind, bool(parameter.get("required")), _sentence_of(parameter))


def _members(schema: dict[str, Any], *, document: dict[str, Any]) -> list[Field]:
    required = schema.get("required", [])
    members = ((name, _resolved(member, document=document)) for name, member in schema.get("properties", {}).items())
    return [Field(name, _kind(member), name in required, _sentence_of(member)) for name, member in members]


def _sentence_of(described: dict[str, Any]) -> str:
    """The description without the list of values that the generator appends to it."""
    text: str = described.get("description", "")
    return text.partition("\n\n*")[0].partition("* `")[0].strip()


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or kind or "value")


def _sample(path: str, *, method: str, operation: dict[str, Any], body: dict[str, Any], document: dict[str, Any]) -> str:
    lines = ["curl" if method == "get" else f"curl -X {method.upper()}", f"  {ORIGIN}{path}"]
    if operation.get("x-permission") != "public":
        lines.append('  -H "Authorization: Bearer $FREEHOLD_KEY"')
    given = _example(operation, body=body, document=document)
    if given is not None:
        lines += ['  -H "Content-Type: application/json"', f"  -d '{_laid_out(given)}'"]
    return " \\\n".join(lines)


def _laid_out(body: Any) -> str:
    """A body in one line where it is short, else a member per line."""
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= SHORT_BODY else json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  ")


def _example(operation: dict[str, Any], *, body: dict[str, Any], document: dict[str, Any]) -> Any:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for example in media.get("examples", {}).values():
        return example.get("value")
    if not body.get("properties"):
        return None
    return {name: _value(_resolved(member, document=document), name=name) for name, member in body["properties"].items()}


def _value(schema: dict[str, Any], *, name: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "")
    values: dict[str, Any] = {"integer": 1, "boolean": True, "array": ["…"], "object": {}}
    return values.get(kind if isinstance(kind, str) else kind[0], f"{name.replace('_', ' ')}…")
