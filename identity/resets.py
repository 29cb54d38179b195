"""Links to choose another password as rows: a token that is stored as a digest, one use, `PASSWORD_RESET_S` seconds, one open per person."""

from datetime import datetime, timedelta

from django.conf import settings

from identity import senders, tokens
from identity.models import PasswordReset, Status, User
from identity.problems import ResetNotFound
from kernel import clock


def issue(user: User, *, issued_by: str) -> str:
    """The token of a new link for the person, which is not stored; the open one before is withdrawn.

    `issued_by` is the shown id of whoever hands it over; empty where nobody but the person's mailbox gets it.
    """
    moment = clock.now()
    withdraw(user)
    token = tokens.generate()
    PasswordReset.objects.create(
        token_hash=tokens.digest(token),
        user=user,
        epoch=user.epoch,
        issued_by=issued_by,
        created_at=moment,
        expires_at=moment + timedelta(seconds=settings.PASSWORD_RESET_S),
    )
    return token


def withdraw(user: User) -> int:
    """Withdraw the person's open links; the number of them."""
    return PasswordReset.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=clock.now())


def find(token: str) -> PasswordReset:
    """The open link behind a token, with its person, who is active, whose epoch has not moved on, and who may no more than whoever made it.

    Raises ResetNotFound.
    """
    digest = tokens.digest(token)
    row = None
    if digest is not None:
        living = PasswordReset.objects.filter(used_at=None, revoked_at=None, expires_at__gt=clock.now(), user__status=Status.ACTIVE)
        row = living.select_related("user").filter(token_hash=digest).first()
    if row is None or row.epoch != row.user.epoch:
        raise ResetNotFound("Ask for a new link: this one was used, replaced, or is too old.")
    if not senders.may_open(row.user, sent_by=row.issued_by):
        raise ResetNotFound(
            "Ask an owner for a new link: you may do more here than whoever made this one, so it does not open your access."
        )
    return row


def forget(moment: datetime, *, most: int) -> int:
    """Delete links whose time was over at a moment, used or not; the number, at most `most`."""
    over = list(PasswordReset.objects.filter(expires_at__lte=moment).values_list("id", flat=True)[:most])
    PasswordReset.objects.filter(id__in=over).delete()
    return len(over)


def use(reset: PasswordReset) -> None:
    """Use a link up. Raises ResetNotFound when somebody else was faster."""
    if not PasswordReset.objects.filter(id=reset.id, used_at=None, revoked_at=None).update(used_at=clock.now()):
        raise ResetNotFound("Ask for a new link: this one was used a moment ago.")
