"""What a browser is given on its way in: the cookie of its session, or that of a sign-in which asks for more."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse

from identity.actions import Challenged, Outcome, sign_out

ATTEMPT_COOKIE_S = 600
TRUST_COOKIE_S = 7_776_000
SESSION_COOKIE_S = 2_592_000
"""The longest that a tenant may let a session live."""
CHALLENGE = "console.challenge"
ENROLMENT = "console.challenge-enrolment"
TRUSTED_COOKIE = "__Host-freehold_trusted" if settings.HTTPS else "freehold_trusted"
"""The cookie of a browser that need not show a second factor for a while."""


def go_on(outcome: Outcome, *, at: str, request: HttpRequest) -> HttpResponseRedirect:
    """Let the browser in and send it to `at`, or to the page that asks for a second factor."""
    if isinstance(outcome, Challenged):
        return challenge(outcome)
    return enter(outcome.session_token, at=at, request=request)


def enter(session_token: str, *, at: str, request: HttpRequest) -> HttpResponseRedirect:
    """Give the browser its session and send it on; a sign-in that was under way is over.

    The session that it had ends, and what its forms were proved by counts no more: whoever knew these learns nothing of the new one (ASVS 5.0.0-7.2.4).
    """
    sign_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    rotate_token(request)
    response = HttpResponseRedirect(at)
    give_session(response, session_token)
    response.delete_cookie(settings.ATTEMPT_COOKIE_NAME, samesite="Lax")
    return response


def challenge(outcome: Challenged) -> HttpResponseRedirect:
    """Remember the sign-in in this browser alone, and ask for a factor, or have one set up."""
    response = HttpResponseRedirect(reverse(ENROLMENT if outcome.must_enrol else CHALLENGE))
    give_attempt(response, outcome.token)
    return response


def give_session(response: HttpResponse, token: str) -> None:
    """Put a session's token into the browser; it ends by what the server knows, the cookie with the longest that it may take."""
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        token,
        max_age=SESSION_COOKIE_S,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def give_attempt(response: HttpResponse, token: str) -> None:
    """Put the token of something that has begun into the browser, for ten minutes."""
    response.set_cookie(
        settings.ATTEMPT_COOKIE_NAME, token, max_age=ATTEMPT_COOKIE_S, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def take_session(response: HttpResponse) -> None:
    """Take the session out of the browser, and all that this host kept in it (ASVS 5.0.0-14.3.1)."""
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    response.delete_cookie(settings.ATTEMPT_COOKIE_NAME, samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'


def attempt_of(request: HttpRequest) -> str:
    """The token of what has begun in this browser; empty without one."""
    return request.COOKIES.get(settings.ATTEMPT_COOKIE_NAME, "")


def trusted_of(request: HttpRequest) -> str:
    """The token by which this browser is trusted; empty without one."""
    return request.COOKIES.get(TRUSTED_COOKIE, "")


def take_attempt(response: HttpResponse) -> None:
    """Take what had begun out of the browser."""
    response.delete_cookie(settings.ATTEMPT_COOKIE_NAME, samesite="Lax")


def give_trust(response: HttpResponse, token: str) -> None:
    """Put the token of a trusted browser into it, for three months; the rules decide for how long it counts."""
    response.set_cookie(TRUSTED_COOKIE, token, max_age=TRUST_COOKIE_S, secure=settings.HTTPS, httponly=True, samesite="Lax")
