"""No request that wants to change something ends in a refusal or a fault that nobody hears of."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kernel.api import errors
from kernel.problems import Invalid

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIRST_REFUSAL = 400


class FailuresMiddleware:
    """Tells the trail of the tenant of each unsafe request that was refused or failed, after whatever it had begun was rolled back.

    Stands right behind the middleware that enters the tenant, so that it sees every answer that is given inside one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        response = self.get_response(request)
        if response.status_code >= FIRST_REFUSAL and request.method not in SAFE:
            # A page that shows a form again with its faults has no problem of its own.
            problem = getattr(response, "problem", None) or Invalid("The form was shown again with its faults.")
            errors.tell_failure(problem, request=request)
        return response
