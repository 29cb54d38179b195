"""What a password must be (ASVS 5.0.0-6.2), and how it is kept: argon2id as OWASP advises (47,104 KiB, one pass, one lane).

About 50 to 100 ms on a server's core. Django reads stored parameters back, so a later change of the figures rewrites each password at the
next sign-in.
"""

import unicodedata
from functools import cache
from typing import Final

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from identity import breaches, security
from identity.problems import PasswordWeak
from kernel import ids, tenancy

MAX_LENGTH: Final = 256
# A local part such as `al` stands in half of all words; from four letters on it tells something of the person.
_TELLING_LENGTH: Final = 4
_OWN_LENGTH: Final = 8
PRODUCT: Final = "freehold"


class Argon2Hasher(hashers.Argon2PasswordHasher):
    """Django's argon2id hasher with OWASP's figures; named in `settings.PASSWORD_HASHERS`."""

    memory_cost = 47_104
    time_cost = 1
    parallelism = 1


def require_strong(password: str, *, email: str, pointer: str = "/password") -> None:
    """Refuse what is easily guessed: too short for the tenant, common, leaked, or holding a word that everybody would try here.

    There are no rules about kinds of characters, and nothing expires (ASVS 5.0.0-6.2.5, 6.2.10). Raises PasswordWeak, whose `errors` name the rule.
    """
    fault = _fault(password, email=email, minimum=security.settings().password_minimum)
    if fault is not None:
        code, detail = fault
        raise PasswordWeak("Choose another password and repeat.", errors=[{"pointer": pointer, "code": code, "detail": detail}])


def _fault(password: str, *, email: str, minimum: int) -> tuple[str, str] | None:
    if len(password) < minimum:
        return (
            "password_too_short",
            f"A password has at least {minimum} characters; a few unrelated words are easy to keep in mind.",
        )
    if len(password) > MAX_LENGTH:
        return "password_too_long", f"A password has at most {MAX_LENGTH} characters."
    return _guessable(password, email=email)


def _guessable(password: str, *, email: str) -> tuple[str, str] | None:
    folded = password.casefold()
    if _tells(email.partition("@")[0], folded=folded):
        return "password_like_email", "The password contains the name in your e-mail address."
    if _is_of_this_place(folded):
        return "password_like_tenant", "The password is little more than the name of this place; everybody would try that first."
    if _is_common(password):
        return "password_common", "This password is on the list of those tried first by everyone."
    if breaches.is_leaked(password):
        return "password_leaked", "This password leaked somewhere and is on a list that is tried everywhere."
    return None


def _is_of_this_place(folded: str) -> bool:
    """Whether a password holds the tenant's name or the product's and, without them, fewer than eight letters and digits."""
    here = tenancy.current()
    words = [word for word in (here.name.casefold(), here.slug, PRODUCT) if _tells(word, folded=folded)]
    rest = folded
    for word in words:
        rest = rest.replace(word, "")
    return bool(words) and sum(sign.isalnum() for sign in rest) < _OWN_LENGTH


def _tells(word: str, *, folded: str) -> bool:
    """Whether a word that everybody knows stands in the password; words of up to three letters stand in half of all others."""
    return len(word) >= _TELLING_LENGTH and word.casefold() in folded


def _is_common(password: str) -> bool:
    try:
        _common().validate(password)
    except ValidationError:
        return True
    return False


def encode(password: str) -> str:
    """The form that is stored. The same signs typed on another keyboard (NFC or NFD) give the same password."""
    return hashers.make_password(_canonical(password))


def matches(password: str, encoded: str) -> bool:
    """Whether the password is the stored one; an empty stored form matches nothing."""
    return bool(encoded) and hashers.check_password(_canonical(password), encoded)


def is_outdated(encoded: str) -> bool:
    """Whether the stored form was made with other parameters than today's."""
    hasher = hashers.identify_hasher(encoded)
    return hasher.algorithm != Argon2Hasher.algorithm or hasher.must_update(encoded)


def spend_time(password: str) -> None:
    """Work as long as `matches` does, so that the time of an answer does not tell whether the person exists."""
    hashers.check_password(_canonical(password), _nobodys())


def _canonical(password: str) -> str:
    # A lone surrogate cannot be encoded; nobody types one, but a hostile form may hold it.
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace").decode()


@cache
def _common() -> CommonPasswordValidator:
    return CommonPasswordValidator()


@cache
def _nobodys() -> str:
    """A stored form that nobody knows the password of; one per process."""
    return hashers.make_password(str(ids.new_id()))
