"""Later: mail and text messages, chores of every night and hour, and long changes, each by the action that a door would call."""

from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from identity import actions, key_uses, leak_mail, mailing, notices, queries, reset_mail, security
from identity.factors import sms
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import NotFound, Problem, Unavailable
from kernel.tasks import enqueue, task, visit_tenants

log = structlog.get_logger(__name__)

REPEATED_FOR_MINUTES: Final[dict[str, Any]] = {"autoretry_for": (Unavailable,), "max_retries": 5, "retry_kwargs": {"countdown": 50}}
"""A mail server that is away is asked again for four minutes; after that the trail says that the mail was given up."""
REPEATED_FOR_SECONDS: Final[dict[str, Any]] = {"autoretry_for": (Unavailable,), "max_retries": 2, "retry_kwargs": {"countdown": 5}}
"""A code that comes later than that is of no use to who waits for it."""


@task("identity.flush_last_used", queue="bulk")
def flush_last_used(**_later: object) -> None:
    """Ask, for each tenant with noted uses, that they be written; a tenant that is closed now keeps them until it opens."""
    for tenant_id in key_uses.waiting_tenants():
        try:
            ref = import_string(settings.TENANT_BY_ID)(tenant_id)
            with tenancy.activate(ref, purpose=tenancy.Purpose.JOB):
                enqueue("identity.write_last_used")
        except NotFound:
            key_uses.forget_tenant(tenant_id)
        except Problem:
            continue


@task(queries.BULK, queue="bulk")
def bulk(*, operation_id: str, **_later: object) -> None:
    """Work on a change to many people until it is done."""
    actions.work_on_bulk(UUID(operation_id), actor=Actor.system("task:identity.bulk"))


@task("identity.tidy_roles", queue="bulk")
def tidy_roles(**_later: object) -> None:
    """Every night: remove, in each tenant, roles whose time is over, and tell the trail. They stopped counting by themselves."""
    visit_tenants(partial(actions.tidy_expired_roles, actor=Actor.system("task:identity.tidy_roles")), purpose=tenancy.Purpose.JOB)


@task("identity.tidy_attempts", queue="bulk")
def tidy_attempts(**_later: object) -> None:
    """Every night: delete, in each tenant, sign-ins under way and links for passwords that have been over for a day."""
    visit_tenants(partial(actions.tidy_attempts, actor=Actor.system("task:identity.tidy_attempts")), purpose=tenancy.Purpose.JOB)


@task("identity.fill_seats", queue="soon")
def fill_seats(**_later: object) -> None:
    """Let people in who wait for a seat and were passed over, because somebody else held their row."""
    actions.fill_seats(actor=Actor.system("task:identity.fill_seats"))


@task("identity.mail_about_leaked_key", queue="soon", **REPEATED_FOR_MINUTES)
def mail_about_leaked_key(*, key_id: str, person_id: str, **_later: object) -> None:
    """Tell one person that a key was found outside and revoked."""
    leak_mail.send(UUID(key_id), person_id=UUID(person_id))


@task("identity.mail_invitation", queue="soon", **REPEATED_FOR_MINUTES)
def mail_invitation(*, invitation_id: str, sealed_token: str, **_later: object) -> None:
    """Mail one invitation to its person."""
    mailing.send_invitation(UUID(invitation_id), sealed_token=sealed_token)


@task("identity.mail_notice", queue="soon", **REPEATED_FOR_MINUTES)
def mail_notice(*, person_id: str, notice: str, about: str, at: str, **_later: object) -> None:
    """Tell one person what changed about how they sign in."""
    notices.send(UUID(person_id), notice=notices.Notice(notice), about=about, at=at)


@task("identity.mail_password_reset", queue="now", **REPEATED_FOR_MINUTES)
def mail_password_reset(*, person_id: str, **_later: object) -> None:
    """Mail a link to choose another password to who asked for one; an id that is nobody's came from an address that is nobody's."""
    link = actions.issue_asked_reset(UUID(person_id), actor=Actor.system("task:identity.mail_password_reset"))
    if link is None:
        return
    reset_mail.send(link.user, token=link.token)


@task("identity.mail_reminder", queue="bulk", **REPEATED_FOR_MINUTES)
def mail_reminder(*, person_id: str, days_left: int, **_later: object) -> None:
    """Tell a person that their access will end for absence."""
    mailing.send_reminder(UUID(person_id), days_left=days_left)


@task("identity.sweep_inactive", queue="bulk")
def sweep_inactive(**_later: object) -> None:
    """Remind and suspend, in every tenant that has a limit, people who were not seen for that long; every night."""
    visit_tenants(_sweep_inactive, purpose=tenancy.Purpose.JOB)


def _sweep_inactive() -> None:
    days, actor = security.settings().inactive_days, Actor.system("task:identity.sweep_inactive")
    if days:
        actions.end_inactive(days=days, actor=actor)
        actions.remind_inactive(days=days, actor=actor)


@task("identity.mail_seat_given", queue="soon", **REPEATED_FOR_MINUTES)
def mail_seat_given(*, person_id: str, **_later: object) -> None:
    """Tell a person who waited that they have a seat."""
    mailing.send_seat_given(UUID(person_id))


@task("identity.retire_keys", queue="bulk")
def retire_keys(**_later: object) -> None:
    """Record, in every tenant, the end of replaced keys whose overlap is over; they are refused from that moment on without this."""
    visit_tenants(_retire_keys, purpose=tenancy.Purpose.JOB)


def _retire_keys() -> None:
    actions.retire_replaced_keys(actor=Actor.system("task:identity.retire_keys"))


@task(queries.ROTATION_KIND, queue="bulk")
def rotate_secrets(*, operation_id: str, **_later: object) -> None:
    """Work on sealing a tenant's secrets under a new key until it is done."""
    actions.work_on_rotation(UUID(operation_id), actor=Actor.system("task:identity.rotate_secrets"))


@task("identity.settle_secrets", queue="bulk")
def settle_secrets(**_later: object) -> None:
    """End, in every tenant, what rotations left, and wrap keys again after a change of the ring; a key service that is away is met later."""
    try:
        present = queries.wrapping_key()
    except Unavailable as away:
        log.warning("secrets.not_settled", why=away.detail)
        return
    visit_tenants(partial(_settle_secrets, present), purpose=tenancy.Purpose.OPERATOR)


def _settle_secrets(present: str) -> None:
    if queries.is_settling_due(present=present):
        actions.settle_secrets(present=present, actor=Actor.system("task:identity.settle_secrets"))


@task("identity.send_sms", queue="now", **REPEATED_FOR_SECONDS)
def send_sms(*, device_id: str, sealed_text: str, **_later: object) -> None:
    """Send one text message with a code, while somebody waits for it."""
    sms.deliver(UUID(device_id), sealed_text=sealed_text)


@task("identity.write_last_used", queue="bulk")
def write_last_used(**_later: object) -> None:
    """Write the noted uses of the active tenant to its keys."""
    key_uses.write()
