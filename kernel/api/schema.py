"""What drf-spectacular cannot know: problems, paging, keys, permissions. Hooks over the generated OpenAPI 3.1 document."""

import re
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from kernel.api.access import PUBLIC, SIGNED_IN, Access

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `type` is stable; `detail` says what to do next.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
WRITES = ("post", "put", "patch", "delete")
IDEMPOTENCY_PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "Makes the request safe to repeat: the first answer is kept for 24 hours and given again.",
}
ACT_IN_PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": "X-Tenant-ID",
    "schema": {"type": "string"},
    "description": "On the operator's host only: the tenant (id or slug) in which a platform key acts.",
}


class Schema(AutoSchema):
    """Adds to each operation the permission that its view declares."""

    def get_operation_id(self) -> str:
        """The method and the view's name, after the app, e.g. `identity_get_people`, `tenants_put_suspension`."""
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        app = type(self.view).__module__.partition(".")[0]
        return f"{app}_{self.method.lower()}_{words.removeprefix('one_')}"

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation, with `x-permission` and, for public routes, no security requirement."""
        operation = super().get_operation(*args, **kwargs)
        needed: str | Access = getattr(self.view, "access", {}).get(self.method, SIGNED_IN)
        if operation is not None:
            operation["x-permission"] = needed.value if isinstance(needed, Access) else str(needed)
            if needed is PUBLIC:
                operation["security"] = []
        return operation


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: FBT001  (drf-spectacular's signature)
    """Postprocessing hook: problem responses and shared headers for every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    problem = {
        "description": "A problem document.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for methods in result.get("paths", {}).values():
        for method, operation in methods.items():
            operation.setdefault("responses", {})["default"] = problem
            parameters = operation.setdefault("parameters", [])
            if operation.get("x-permission") != PUBLIC.value:
                parameters.append(ACT_IN_PARAMETER)
            if method in WRITES:
                parameters.append(IDEMPOTENCY_PARAMETER)
    return result


@cache
def page_of(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The documented shape of one page of a list; one for each shape, wherever it is listed."""
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "data": shape(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(allow_null=True),
    }
    page: serializers.Serializer[Any] = inline_serializer(f"{shape.__name__.removesuffix('Out')}Page", fields)
    return page
