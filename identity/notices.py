"""Mails that tell people what changed about how they sign in (ASVS 5.0.0-6.3.7), so that whoever did not do it learns of it at once.

They hold no secret and no link that changes anything. Sent by a task, and only where a mail server is set.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from identity import mailing
from identity.models import User
from kernel import clock, mail, tenancy
from kernel.tasks import enqueue


class Notice(StrEnum):
    """What changed."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a word, no password)
    PASSWORD_RESET = "password_reset"  # noqa: S105  (as above)
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_TAKEN = "factor_taken"
    FACTORS_TAKEN = "factors_taken"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"


FACTORS: Final[Mapping[str, str]] = {
    "webauthn": "a passkey or security key",
    "totp": "an authenticator app",
    "sms": "a telephone for text messages",
}
SENTENCES: Final[Mapping[Notice, str]] = {
    Notice.PASSWORD_CHANGED: "your password was changed. All your other sessions have ended.",
    Notice.PASSWORD_RESET: "another password was chosen by a link for a forgotten one. All your sessions have ended.",
    Notice.FACTOR_ADDED: "{about} was added to how you sign in.",
    Notice.FACTOR_REMOVED: "{about} was removed from how you sign in.",
    Notice.FACTOR_TAKEN: "an administrator removed {about} from how you sign in.",
    Notice.FACTORS_TAKEN: "an administrator removed all your second factors, recovery codes and trusted browsers. Your sessions have ended.",
    Notice.RECOVERY_CODES_MADE: "new recovery codes were made. Those before do not work any more.",
    Notice.RECOVERY_CODE_USED: "a recovery code was used in place of your second factor. Left of them: {about}.",
}


def announce(user: User, notice: Notice, *, about: str = "") -> None:
    """Ask that a person be told after the transaction; `about` is the kind of a factor, or a number. Nothing is asked without a mail server."""
    if mailing.is_possible():
        enqueue("identity.mail_notice", person_id=str(user.id), notice=str(notice), about=about, at=f"{clock.now():%Y-%m-%d %H:%M}")


def send(person_id: UUID, *, notice: Notice, about: str, at: str) -> bool:
    """Mail a person what changed; whether there is such a person. Raises MailRefused, Unavailable."""
    user = User.objects.filter(id=person_id).first()
    if user is None:
        return False
    tenant, sentence = tenancy.current().name, SENTENCES[notice].format(about=FACTORS.get(about, about))
    text = (
        f"Hello {user.name},\n\non {at} UTC {sentence}\n\n"
        "If that was you, there is nothing to do. If it was not:\n"
        f"- Choose another password, and look at your factors: {mailing.address('/account')}\n"
        f"- End all other sessions: {mailing.address('/account/sessions')}\n"
        f"- Tell an administrator of {tenant}, also when you cannot sign in any more.\n"
    )
    mail.send(user.email, subject=f"How you sign in to {tenant} changed", text=text)
    return True
