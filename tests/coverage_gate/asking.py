"""Calling every unsafe route of a host as its owner may, each on untouched ground, and saying what it left behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.html import strip_tags

from config import openapi
from kernel.api.telling import SAFE
from kernel.tenancy import TenantRef
from tests.caller import Caller
from tests.coverage_gate.calls import Call, Outcome, Visit, done, entries
from tests.coverage_gate.trails import undone
from tests.isolation import routes
from tests.isolation.asking import HTML
from tests.isolation.belongings import Belongings
from tests.isolation.routes import Route

FIRST_REFUSAL = 400
SHOWN = 400
FIELDS = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Host:
    """A host with who calls it, and the tenants whose trails may tell of that."""

    name: str
    urlconf: str
    whose: Belongings
    trails: tuple[TenantRef, ...]
    platform: TenantRef


def unsafe(urlconf: str, *, is_api: bool) -> list[Route]:
    """The routes that change something, for programs or for people."""
    return [route for route in routes.of(urlconf) if route.method not in SAFE and route.is_api is is_api]


def outcomes(host: Host, *, of: list[Route], calls: Mapping[str, Call]) -> Iterator[Outcome]:
    """What becomes of a call to each route."""
    known = {str(route): route for route in of}
    for name, route in known.items():
        with undone():
            visit = _Asking(calls, host=host)
            for other in visit.before(name):
                visit.ask(known[other])
            visit.prepare(name)
            before = entries(*host.trails, platform=host.platform)
            answer = visit.ask(route)
            told = done(before, entries(*host.trails, platform=host.platform))
        has_succeeded = answer.status_code < FIRST_REFUSAL
        yield Outcome(name, has_succeeded, told, "" if has_succeeded else _refusal(answer))


def _refusal(answer: Any) -> str:
    """What an answer says, of a page the text of its main part."""
    text = answer.content.decode()
    words = " ".join(strip_tags(text[max(0, text.find("<main")) :]).split())
    return f"{answer.status_code} {words[:SHOWN]}"


class _Asking(Visit):
    """An owner with a key and a browser that keeps its cookies."""

    def __init__(self, calls: Mapping[str, Call], *, host: Host) -> None:
        super().__init__(calls, whose=host.whose)
        self.urlconf = host.urlconf
        self.program = Caller(host=host.name, key=host.whose.key)
        self.browser = Caller(host=host.name)
        self.browser.client.cookies[settings.SESSION_COOKIE_NAME] = host.whose.session

    def ask(self, route: Route) -> Any:
        """Call a route."""
        call = self.prepare(str(route))
        at = route.at(self.values) + call.query
        if route.is_api:
            body = _example(route, urlconf=self.urlconf) if call.body is None else call.body
            return (self.browser if call.is_by_person else self.program).call(route.method, at, body)
        if "attempt" in self.values:  # what has begun in this browser
            self.browser.client.cookies[settings.ATTEMPT_COOKIE_NAME] = self.values["attempt"]
        content, kind = _sent(call.body or {})
        return self.browser.call(route.method, at, content, **HTML, CONTENT_TYPE=kind)


def _sent(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """Fields as a browser sends them, and as what; bytes are a file."""
    if not any(isinstance(value, bytes) for value in fields.values()):
        return urlencode(fields, doseq=True).encode(), FIELDS
    files = {name: SimpleUploadedFile(f"{name}.csv", value) for name, value in fields.items() if isinstance(value, bytes)}
    return encode_multipart(BOUNDARY, {**fields, **files}), MULTIPART_CONTENT


def _example(route: Route, *, urlconf: str) -> Any:
    """The first example that the API's description gives; nothing where it gives none."""
    described = openapi.document(urlconf)["paths"][route.path][route.method.lower()]
    content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    return next((one["value"] for one in content.get("examples", {}).values()), None)
