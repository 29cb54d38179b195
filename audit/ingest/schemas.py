"""JSON Schema (draft 2020-12) of what a product's action tells: closed to the outside, bounded, checked in well under a microsecond.

References stay inside the schema, so that no check ever fetches anything; patterns run in an engine that never backtracks (linear time).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

MAX_BYTES = 16 * 1024
MAX_FAULT = 300
REFERENCES = frozenset({"$ref", "$dynamicRef"})

Schema = Mapping[str, Any]


def fault_of(schema: Any) -> str:
    """Why something cannot be the schema of an action, in words; empty when it can."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "The schema describes an object: give it `type: object`."
    encoded = orjson.dumps(schema)
    if len(encoded) > MAX_BYTES:
        return f"The schema has {len(encoded)} bytes; {MAX_BYTES} are the limit."
    outside = next((target for target in _references(schema) if not str(target).startswith("#")), None)
    if outside is not None:
        return f"The schema refers to {str(outside)[:100]}; references stay inside the schema and begin with #."
    try:
        _compiled(encoded.decode())
    except (ValueError, jsonschema_rs.ValidationError) as fault:
        return f"The schema is not valid JSON Schema (2020-12): {str(fault).splitlines()[0][:MAX_FAULT]}"
    return ""


def faults(details: Mapping[str, Any], *, schema: Schema) -> list[tuple[str, str]]:
    """What of some details does not fit a schema, at most ten, as (JSON pointer, words); empty when all fits."""
    validator = _compiled(orjson.dumps(schema).decode())
    if validator.is_valid(details):
        return []
    found = []
    for error in validator.iter_errors(details):
        found.append(("".join(f"/{step}" for step in error.instance_path), str(error.message)[:MAX_FAULT]))
        if len(found) == 10:
            break
    return found


@lru_cache(maxsize=512)
def _compiled(text: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(orjson.loads(text), pattern_options=jsonschema_rs.RegexOptions())


def _references(value: Any) -> list[Any]:
    if isinstance(value, dict):
        own = [target for name, target in value.items() if name in REFERENCES]
        return own + [target for inner in value.values() for target in _references(inner)]
    if isinstance(value, list):
        return [target for inner in value for target in _references(inner)]
    return []
