"""Whether somebody knows a password: counted, in equal time for whoever there is and is not, and told to the trail when it is too often."""

from typing import Final

from identity import passwords, texts, throttle, tokens
from identity.models import TrustedDevice, User
from identity.pipeline import gates
from identity.problems import TooManyAttempts
from kernel import clock, context

NO_ADDRESS: Final = "\N{REPLACEMENT CHARACTER}"


def address_of(email: str) -> str:
    """The spelling that people are stored under; what is no address gets a mark that no stored one has, and so belongs to nobody."""
    try:
        return texts.email(email)
    except texts.BadText:
        storable = email.encode("utf-8", "replace").decode().replace("\0", NO_ADDRESS)
        return storable[: texts.EMAIL_MAX - 1] + NO_ADDRESS


def counted(address: str, *, user: User | None, trusted_device: str = "", session: str = "") -> throttle.Attempt:
    """Count an attempt; the first refusal of a window stands in the trail, the flood behind it does not. Raises TooManyAttempts.

    `session` is the shown id of the living session of whoever is signed in already.
    """
    place = context.current().address
    try:
        return throttle.reserve(address, address=place, trusted_by=session or _trusted(user, trusted_device))
    except TooManyAttempts:
        if throttle.is_among_first(f"limit:{address}:{place}", count=1, within_s=throttle.WINDOW_S):
            gates.record_refused("", label=address, reason="too_many_attempts")
        raise


def is_right(user: User | None, password: str) -> bool:
    """Whether the password is the person's; takes the same time when there is no person or no password."""
    if len(password) > passwords.MAX_LENGTH or user is None or not user.password:
        passwords.spend_time(password[: passwords.MAX_LENGTH])
        return False
    return passwords.matches(password, user.password)


def renew_hash(user: User, password: str) -> None:
    """Keep a password that was just proved under today's parameters, unless it was changed meanwhile."""
    if not passwords.is_outdated(user.password):
        return
    fresh = passwords.encode(password)
    if User.objects.filter(id=user.id, password=user.password).update(password=fresh):
        user.password = fresh


def _trusted(user: User | None, token: str) -> str:
    """The id of the trusted browser that sent the token, where it is one of this person's; one look, and only for whoever sends a token."""
    digest = tokens.digest(token) if token else None
    if digest is None:
        return ""
    found = (
        TrustedDevice.objects.select_related("user").filter(token_hash=digest, revoked_at=None, expires_at__gt=clock.now()).first()
    )
    is_own = found is not None and user is not None and found.user_id == user.id and found.epoch == user.epoch
    return found.public_id if is_own and found is not None else ""
