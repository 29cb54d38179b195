"""Whatever goes wrong becomes one answer: a problem document for programs, a page for people."""

from typing import Any

import orjson
import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, Error, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as drf

from kernel import context, tenancy
from kernel.actors import Actor
from kernel.api.parsing import MAX_BODY_BYTES, faults
from kernel.problems import (
    Forbidden,
    InternalError,
    Invalid,
    LimitReached,
    Malformed,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from kernel.sealing import Unsealable

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"
PAGE = "errors/problem.html"
API_PREFIX = "/v1/"
RETRY_AFTER_S = 5
KNOWN: tuple[tuple[tuple[type[Exception], ...], type[Problem], str], ...] = (
    (
        (OperationalError, InterfaceError, BrokerError, RedisConnectionError, RedisTimeoutError),
        Unavailable,
        "A database or queue that this needs does not answer. Nothing was changed; try again shortly.",
    ),
    ((Http404,), NotFound, "Check the address: there is nothing here, or it is not yours."),
    ((PermissionDenied,), Forbidden, "Ask an owner of this tenant for access."),
    ((RequestDataTooBig,), TooLarge, f"Keep the body below {MAX_BODY_BYTES} bytes."),
    (
        (SuspiciousOperation, BadRequest, DataError),
        Malformed,
        "The request holds something that cannot be accepted. Check its address, headers and values.",
    ),
)


def answer(fault: BaseException, *, request: HttpRequest) -> HttpResponseBase:
    """The answer to a fault: found out, written to the log or the trail where a person should know, and shaped for the caller."""
    problem = as_problem(fault)
    if isinstance(problem, InternalError):
        log.error("request.failed", path=told_path(request), exc_info=fault)
    elif isinstance(problem, Unavailable):
        log.warning("request.unavailable", path=told_path(request), why=str(fault))
    elif isinstance(problem, Forbidden):
        tell_refusal(problem, request=request)
    return respond(problem, request=request)


def as_problem(fault: BaseException) -> Problem:
    """The problem behind any exception; what is not known is a fault of ours and tells the caller nothing of its inside."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, drf.APIException):
        return _from_drf(fault)
    if isinstance(fault, DatabaseError):
        # Not a fault of ours where the tenant has gone to another cell under a request that still stood in the old one.
        moving: Problem | None = import_string(settings.TENANT_MOVED)(fault)
        if moving is not None:
            return moving
    for families, problem, detail in KNOWN:
        if isinstance(fault, families):
            return problem(detail)
    return InternalError(
        "It is in our log under the request id. Nothing is known to be lost; try again, and report it if it stays."
    )


def _from_drf(fault: drf.APIException) -> Problem:
    if isinstance(fault, drf.ValidationError):
        return Invalid("Correct the fields that `errors` names and send it again.", errors=faults(fault.detail))
    families: dict[type[drf.APIException], type[Problem]] = {
        drf.ParseError: Malformed,
        drf.NotAuthenticated: Unauthenticated,
        drf.AuthenticationFailed: Unauthenticated,
        drf.PermissionDenied: Forbidden,
        drf.NotFound: NotFound,
        drf.MethodNotAllowed: MethodNotAllowed,
        drf.NotAcceptable: NotAcceptable,
        drf.UnsupportedMediaType: UnsupportedMedia,
        drf.Throttled: LimitReached,
    }
    return families.get(type(fault), InternalError)(str(fault.detail))


def respond(problem: Problem, *, request: HttpRequest) -> HttpResponse:
    """The problem as the caller reads it: JSON for the API and for those who ask for it, a page otherwise."""
    request_id = context.current().request_id
    if wants_json(request):
        document = {**problem.document(), "instance": request.path, "request_id": request_id}
        response = HttpResponse(orjson.dumps(document, default=str), status=problem.status, content_type=PROBLEM_TYPE)
    else:
        page: dict[str, Any] = {"problem": problem, "request_id": request_id, "tenant": tenancy.current_or_none()}
        response = render(request, PAGE, page, status=problem.status)
    if isinstance(problem, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="freehold"'
    retry_after_s = problem.fields.get("retry_after_s", RETRY_AFTER_S if isinstance(problem, Unavailable) else None)
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    if isinstance(problem, MethodNotAllowed):
        response["Allow"] = ", ".join(problem.fields.get("allowed", []))
    response.problem = problem  # type: ignore[attr-defined]  # for middlewares, which see answers and not exceptions
    return response


def told_path(request: HttpRequest) -> str:
    """The path as logs and the trail may hold it: without the secret that some end in, and at most 200 characters."""
    path = request.path
    for prefix in settings.SECRET_PATHS:
        if path.startswith(prefix):
            return f"{prefix}…"
    return path[:200]


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: it asks below /v1/, or accepts no HTML."""
    accepted = request.META.get("HTTP_ACCEPT", "")
    return request.path.startswith(API_PREFIX) or ("text/html" not in accepted and "json" in accepted)


def tell_failure(problem: Problem, *, request: HttpRequest) -> None:
    """Put on the tenant's trail that a request that wanted to change something was refused or failed, unless that stands there already."""
    _tell(settings.FAILURE_RECORDER, problem, request=request)


def tell_refusal(problem: Problem, *, request: HttpRequest) -> None:
    """A refusal that a person should know of stands in the tenant's trail, in a transaction of its own."""
    _tell(settings.REFUSAL_RECORDER, problem, request=request)


def _tell(recorder: str, problem: Problem, *, request: HttpRequest) -> None:
    if tenancy.current_or_none() is None:
        return
    actor: Actor | None = getattr(request, "actor", None)
    try:
        import_string(recorder)(problem, action=f"{request.method} {told_path(request)}", actor=actor)
    except (Error, Problem, Unsealable) as fault:
        # E.g. the database or the key service is away. The answer stands: it must not become another for want of its entry.
        log.exception("refusal.not_recorded", path=told_path(request), why=str(fault))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404."""
    return answer(Http404(), request=request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400."""
    return answer(exception, request=request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler403."""
    return answer(PermissionDenied(), request=request)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500; the exception itself is logged by the request middleware."""
    return respond(as_problem(RuntimeError()), request=request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Django's CSRF_FAILURE_VIEW."""
    return respond(
        Forbidden("The form was not sent from this page, or the page is too old. Load it again and repeat.", why=reason),
        request=request,
    )
