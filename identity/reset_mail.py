"""The mail with a link to choose another password."""

from django.conf import settings

from identity import mailing
from identity.models import User
from kernel import mail, tenancy


def send(user: User, *, token: str) -> None:
    """Mail the link to its person. Raises MailRefused, Unavailable."""
    tenant, minutes = tenancy.current().name, settings.PASSWORD_RESET_S // 60
    text = (
        f"Somebody, probably you, asked to choose another password for {tenant}.\n\nOpen this link and choose one:\n\n"
        f"{mailing.address(f'/reset/{token}')}\n\n"
        f"The link works once, within {minutes} minutes. All your sessions end with it, and a second factor is asked for as always.\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    )
    mail.send(user.email, subject=f"Another password for {tenant}", text=text)
