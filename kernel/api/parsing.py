"""Reading hostile input: JSON that is what it says, shapes that refuse what they do not know."""

import json
from functools import lru_cache
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from rest_framework import serializers

from kernel.problems import Invalid, Malformed, TooLarge, UnsupportedMedia

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 16
ABSENT = "unknown_field"


class Shape(serializers.Serializer[Any]):
    """The base of all input shapes: a field that it does not declare is refused, so that a typing error is never silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate one object. Raises DRF's ValidationError with a message per field."""
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields.fields]
            if unknown:
                raise serializers.ValidationError(
                    {
                        str(name)[:100]: [serializers.ErrorDetail("This field does not exist here.", code=ABSENT)]
                        for name in unknown[:20]
                    }
                )
        return super().to_internal_value(data)


def read_text(request: HttpRequest, *, media_type: str, limit_bytes: int) -> bytes:
    """The body of a file in one media type, as bytes. Raises UnsupportedMedia, TooLarge."""
    if request.content_type != media_type:
        raise UnsupportedMedia(f"Send the body with `Content-Type: {media_type}`.", received=(request.content_type or "")[:100])
    return _body(request, limit_bytes=limit_bytes)


def read_json(request: HttpRequest, *, limit_bytes: int = MAX_BODY_BYTES) -> Any:
    """The body as JSON; `{}` when there is none.

    Raises UnsupportedMedia, TooLarge, or Malformed (broken text, NUL, lone surrogates, doubled names, NaN, nesting beyond 16).
    """
    body = _body(request, limit_bytes=limit_bytes)
    if not body:
        return {}
    if request.content_type != "application/json":
        raise UnsupportedMedia(
            "Send the body as JSON with `Content-Type: application/json`.", received=(request.content_type or "")[:100]
        )
    try:
        document = _DECODER.decode(body.decode())
        _require_plain(document, depth=0)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"The body is not acceptable JSON: {fault}.") from fault
    return document


def validated(shape: type[Shape], *, data: Any, partial: bool = False) -> dict[str, Any]:
    """The values of one shape. Raises Invalid whose `errors` name each fault by JSON pointer (RFC 6901)."""
    if not isinstance(data, dict):
        raise Invalid(
            "Send one JSON object.", errors=[{"pointer": "", "code": "not_an_object", "detail": "An object is expected."}]
        )
    try:
        return dict(_reader(shape, partial).run_validation(data))
    except serializers.ValidationError as fault:
        raise Invalid("Correct the fields that `errors` names and send it again.", errors=faults(fault.detail)) from fault


@lru_cache(maxsize=512)
def _reader(shape: type[Shape], partial: bool) -> Shape:  # noqa: FBT001  (a key of the cache)
    """One serializer per shape: making one copies every field. `run_validation` keeps nothing on it, so threads may share it."""
    return shape(partial=partial)


def faults(detail: Any, *, pointer: str = "") -> list[dict[str, str]]:
    """DRF's nested error structure as a flat list of pointer, code and detail."""
    if isinstance(detail, dict):
        found: list[dict[str, str]] = []
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            found += faults(inner, pointer=pointer + step)
        return found
    if isinstance(detail, list):
        nested = [
            faults(inner, pointer=f"{pointer}/{index}" if isinstance(inner, dict) else pointer)
            for index, inner in enumerate(detail)
        ]
        return [fault for group in nested for fault in group]
    return [{"pointer": pointer, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]


def _body(request: HttpRequest, *, limit_bytes: int) -> bytes:
    # What is announced as too large is not even read; a length that is none came no further than the middleware.
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit_bytes:
        raise _too_large(limit_bytes)
    try:
        body = request.body
    except RequestDataTooBig:
        raise _too_large(limit_bytes) from None
    if len(body) > limit_bytes:
        raise _too_large(limit_bytes)
    return body


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"Keep the body below {limit_bytes} bytes.", limit_bytes=limit_bytes)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return document


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_constant)


def _require_plain(value: Any, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds a NUL character")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    elif isinstance(value, dict):
        for name, inner in value.items():
            _require_plain(name, depth=depth)
            _require_plain(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _require_plain(inner, depth=depth + 1)
