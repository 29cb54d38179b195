"""Mails to people about their own access: an invitation, a seat that became free, an absence that will soon end their access.

All of them are sent by tasks and only where a mail server is set; without one, whoever invites hands the link over. An invitation's token stands in
no row, so the task's message carries it, sealed for that invitation.
"""

from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from identity.models import Invitation, Status, User
from kernel import clock, mail, sealing, tenancy
from kernel.tasks import enqueue


def is_possible() -> bool:
    """Whether a mail server is set."""
    return bool(settings.MAIL_URL)


def announce_invitation(invitation: Invitation, *, token: str) -> None:
    """Ask that the invitation be mailed to its person after the transaction; nothing is asked without a mail server."""
    if is_possible():
        sealed = sealing.seal(token.encode(), context=_place(invitation.id))
        enqueue("identity.mail_invitation", invitation_id=str(invitation.id), sealed_token=sealed)


def announce_seat(user: User) -> None:
    """Ask that the person be told that they have a seat now."""
    if is_possible():
        enqueue("identity.mail_seat_given", person_id=str(user.id))


def announce_end(user: User, *, days_left: int) -> None:
    """Ask that the person be told that their access ends for absence."""
    if is_possible():
        enqueue("identity.mail_reminder", person_id=str(user.id), days_left=days_left)


def send_invitation(invitation_id: UUID, *, sealed_token: str) -> bool:
    """Mail an invitation that is still open; whether there was one. Raises MailRefused, Unavailable, Unsealable."""
    token = sealing.unseal(sealed_token, context=_place(invitation_id)).decode()
    living = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
    invitation = living.select_related("user").filter(id=invitation_id).first()
    if invitation is None:
        return False
    tenant = tenancy.current().name
    text = (
        f"You are invited to {tenant}.\n\nOpen this link, enter your name and choose a password:\n\n{address(f'/invitation/{token}')}\n\n"
        f"The link works once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC. If you do not know {tenant}, do nothing.\n"
    )
    mail.send(invitation.user.email, subject=f"Invitation to {tenant}", text=text)
    Invitation.objects.filter(id=invitation_id).update(mailed_at=clock.now())
    return True


def send_seat_given(person_id: UUID) -> bool:
    """Mail a person who waited that they may enter now; whether they still may. Raises MailRefused, Unavailable."""
    user = User.objects.filter(id=person_id, status=Status.ACTIVE).first()
    if user is None:
        return False
    tenant = tenancy.current().name
    text = f"A seat in {tenant} is free, and it is yours. Sign in here:\n\n{address('/sign-in')}\n"
    mail.send(user.email, subject=f"You can sign in to {tenant} now", text=text)
    return True


def send_reminder(person_id: UUID, *, days_left: int) -> bool:
    """Mail a person that their access will soon end for absence; whether there is such a person. Raises MailRefused, Unavailable."""
    user = User.objects.filter(id=person_id, status=Status.ACTIVE).first()
    if user is None:
        return False
    tenant = tenancy.current().name
    text = (
        f"You have not signed in to {tenant} for a long time. In {days_left} days your access is suspended.\n\n"
        f"To keep it, sign in before then:\n\n{address('/sign-in')}\n"
    )
    mail.send(user.email, subject=f"Your access to {tenant} ends soon", text=text)
    return True


def address(path: str) -> str:
    """A page of the active tenant as an absolute address."""
    base: str = import_string(settings.TENANT_ADDRESS)(tenancy.current().id)
    return f"{base}{path}"


def _place(invitation_id: UUID) -> str:
    return f"identity.invitation:{invitation_id}"
