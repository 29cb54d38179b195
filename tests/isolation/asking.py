"""Calling routes with somebody's ids put in, and judging what comes back."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.caller import Caller
from tests.isolation import routes
from tests.isolation.belongings import Belongings
from tests.isolation.routes import TENANT, Route

OPERATOR_HOST = "platform.localhost"
HTML = {"HTTP_ACCEPT": "text/html"}


def api(urlconf: str) -> list[Route]:
    """The routes for programs."""
    return [route for route in routes.of(urlconf) if route.is_api]


def pages(urlconf: str) -> list[Route]:
    """The routes for people."""
    return [route for route in routes.of(urlconf) if not route.is_api]


def ask(
    caller: Caller, route: Route, *, values: dict[str, str], urlconf: str = TENANT, headers: dict[str, str] | None = None
) -> Any:
    """Call a route with ids put in and a body that it accepts."""
    body = routes.body_for(route, urlconf=urlconf) if route.is_api else b""
    query = routes.query_for(route, urlconf=urlconf) if route.is_api else ""
    return caller.call(route.method, route.at(values) + query, body, **(headers or {}))


def wrong(answers: Iterable[tuple[Route, Any]], *, wanted: Callable[[Any], bool]) -> list[str]:
    """The routes whose answer is not the wanted one, with what they said."""
    return [f"{route}: {answer.status_code} {answer.content[:300]!r}" for route, answer in answers if not wanted(answer)]


def is_problem(status: int, kind: str = "") -> Callable[[Any], bool]:
    """A problem document with this status and, where given, this type."""

    def fits(answer: Any) -> bool:
        if answer.status_code != status or answer["Content-Type"] != "application/problem+json":
            return False
        document = answer.json()
        return bool(document["status"] == status and document["request_id"] and kind in document["type"])

    return fits


def hides(theirs: Belongings) -> Callable[..., bool]:
    """Nothing of another tenant stands in the answer or its headers, and it is no fault of ours."""

    def fits(answer: Any, *, besides: str = "") -> bool:
        text = answer.content.decode() + str(dict(answer.items()))
        text = text.replace(besides, "") if besides else text
        return bool(answer.status_code < 500 and not any(trace in text for trace in theirs.traces))

    return fits
