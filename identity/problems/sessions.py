"""What can be refused about passwords, sign-in and sessions."""

from kernel.problems import Conflict, Forbidden, Invalid, LimitReached, NotFound, Unauthenticated, Unavailable


class PasswordWeak(Invalid):
    """The password is too easily guessed; `errors` names the rule."""

    type = "password-weak"
    title = "The password is too weak"


class PasswordWrong(Forbidden):
    """The present password was asked for and is not the one given."""

    type = "password-wrong"
    title = "The present password is not right"


class SignInRefused(Unauthenticated):
    """The address or the password is not right, or the person may not sign in: the answer is the same."""

    type = "sign-in-refused"
    title = "You could not be signed in"


class TooManyAttempts(LimitReached):
    """Too many failed sign-ins for this address or from this place; `retry_after_s` tells when to try again."""

    type = "too-many-sign-ins"
    title = "Too many failed sign-ins"


class CrossSiteRefused(Forbidden):
    """A signed-in browser sent a change without proof that it came from our own page."""

    type = "cross-site-refused"
    title = "The request did not come from our page"


class ThrottleUnavailable(Unavailable):
    """Failed sign-ins cannot be counted now, so nobody is let in by password; repeat in a moment."""

    type = "sign-in-unavailable"
    title = "Sign-in is not available now"


class AttemptEnded(Unauthenticated):
    """What was begun (a sign-in, an enrolment, another proof) is over: used, too old, failed too often, or the person's access changed."""

    type = "sign-in-attempt-ended"
    title = "This sign-in is over"


class SessionNotFound(NotFound):
    """There is no such session in this tenant, or it has ended."""

    type = "session-not-found"
    title = "No such session"


class ResetNotFound(NotFound):
    """The link was used, replaced or has expired, or there never was one: the answer is the same."""

    type = "password-reset-not-found"
    title = "This link does not work any more"


class ResetUnavailable(Conflict):
    """Passwords are not reset by mail here: the tenant does not want it, or the installation sends no mail."""

    type = "password-reset-off"
    title = "Passwords cannot be reset by mail here"


class NotBreakGlass(Conflict):
    """The account is not marked as one for emergencies."""

    type = "not-break-glass"
    title = "This is no break-glass account"


class BreakGlassNeedsKey(Conflict):
    """A break-glass account has a passkey or a hardware key before it is marked, and keeps it."""

    type = "break-glass-needs-key"
    title = "A break-glass account needs a passkey or hardware key"


class BreakGlassOwnAccount(Forbidden):
    """An account for emergencies does not lengthen its own time, or end that it has one: somebody else does."""

    type = "break-glass-own-account"
    title = "An account for emergencies is not armed by itself"


class SupportNotAllowed(Forbidden):
    """The tenant does not let the operator's support in, or the person cannot be entered as: owners of emergencies, people without access."""

    type = "support-not-allowed"
    title = "Support may not enter"


class VisitNotFound(NotFound):
    """The link of a visit was used or has expired, or there never was one: the answer is the same."""

    type = "support-visit-not-found"
    title = "This link does not work any more"


class SecurityOutOfRange(Invalid):
    """A figure of the security settings is outside its range; `errors` names each with its least and greatest value."""

    type = "security-out-of-range"
    title = "The figure is outside its range"
