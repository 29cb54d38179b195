"""Reading the answers of the REST API."""

from typing import Any

import orjson

PROBLEM = "application/problem+json"


def json_of(response: Any) -> Any:
    return orjson.loads(response.content)


def is_problem(response: Any, *, status: int, kind: str) -> dict[str, Any]:
    document: dict[str, Any] = json_of(response)
    assert (response.status_code, response["Content-Type"], document["type"]) == (status, PROBLEM, f"/problems/{kind}")
    assert (document["status"], bool(document["detail"]), bool(document["title"])) == (status, True, True)
    return document
