"""What can be refused about second factors, trusted browsers and the rules that ask for them."""

from kernel.problems import Conflict, Forbidden, Invalid, LimitReached, NotFound, Unavailable


class FactorRefused(Invalid):
    """The code or the passkey that was given proves nothing; why stands in the trail alone."""

    type = "factor-refused"
    title = "This did not prove that it is you"


class FactorThrottled(LimitReached):
    """Too many wrong codes for one factor, or too many text messages; `retry_after_s` tells when to try again."""

    type = "factor-throttled"
    title = "Too many tries with this factor"


class FactorNotFound(NotFound):
    """There is no such factor, or it is somebody else's: the answer is the same."""

    type = "factor-not-found"
    title = "No such factor"


class FactorNotAllowed(Conflict):
    """The rules of the tenant do not allow a factor of this kind; `allowed` names those that they do."""

    type = "factor-not-allowed"
    title = "The rules of this tenant do not allow this factor"


class FactorNeeded(Conflict):
    """The rules ask this person for a factor, and this is the last one that meets them."""

    type = "factor-needed"
    title = "The last factor must stay"


class FactorNeedsPerson(Forbidden):
    """Factors are added, changed and used by the signed-in person whose they are; a key or a program cannot."""

    type = "factor-needs-person"
    title = "Only the person can do this"


class NumberRefused(Invalid):
    """The telephone number is none, or of a country that gets no messages; `countries` names those that do."""

    type = "telephone-number-refused"
    title = "This telephone number cannot be used"


class SmsUnavailable(Unavailable):
    """Nobody is set up to send text messages, or they do not answer now."""

    type = "sms-unavailable"
    title = "Text messages cannot be sent now"


class TrustedDeviceNotFound(NotFound):
    """There is no such trusted browser, or it is somebody else's: the answer is the same."""

    type = "trusted-device-not-found"
    title = "No such trusted browser"


class DeviceNotTrusted(Conflict):
    """The rules of the tenant do not let a browser be trusted, or no second factor was shown a moment ago."""

    type = "device-not-trusted"
    title = "This browser cannot be trusted"


class MfaPolicyNotFound(NotFound):
    """There is no such rule about second factors in this tenant."""

    type = "mfa-policy-not-found"
    title = "No such rule about second factors"


class MfaPolicyTaken(Conflict):
    """There is a rule for this role, team or person, or for everybody, already; change that one."""

    type = "mfa-policy-taken"
    title = "There is such a rule already"


class MfaPolicyLocksOut(Conflict):
    """The rule would shut out whoever makes it: they have no factor that it allows."""

    type = "would-lock-yourself-out"
    title = "You would lock yourself out"


class StepUpNeeded(Forbidden):
    """The person must show once more that it is they: their password, or their factor where they have one; `within_s` tells how recently."""

    type = "step-up-needed"
    title = "Show once more that it is you"


class NotForSupport(Forbidden):
    """Somebody of support acts as the person, and this only the person may do."""

    type = "not-for-support"
    title = "Support may not do this in a person's name"
