"""What can be refused about signed requests and the keys that sign them."""

from kernel.problems import Conflict, LimitReached, NotFound, Unauthenticated, Unavailable


class SigningKeyNotFound(NotFound):
    """The API key has no such signing key."""

    type = "signing-key-not-found"
    title = "No such signing key"


class SigningKeyEnded(Conflict):
    """The signing key is revoked or has expired, so it cannot be replaced; make a new one."""

    type = "signing-key-ended"
    title = "The signing key has ended"


class SigningKeyMissing(Conflict):
    """Requests cannot be required to be signed while the API key has no signing key that works: it would shut itself out."""

    type = "signing-key-missing"
    title = "There is no key to sign with"


class TooManySigningKeys(LimitReached):
    """An API key has as many working signing keys as it may; `limit` tells how many."""

    type = "too-many-signing-keys"
    title = "The API key has enough signing keys"


class SignatureRefused(Unauthenticated):
    """The signature is malformed, wrong, outdated or used already, or its key is unknown, revoked or expired: the answer is the same."""

    type = "signature-refused"
    title = "The signature is not valid"


class NoncesUnavailable(Unavailable):
    """Nobody can tell now whether a signed request was sent before, so none is let in; nothing was changed."""

    type = "nonces-unavailable"
    title = "Signed requests cannot be checked now"
