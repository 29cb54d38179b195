"""Writing service accounts: make, change, suspend, resume, deactivate."""

from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import access, events, inputs, lifecycle, profiles, queries, reach, service_accounts
from identity.models import ServiceAccount, Status
from identity.permissions import Permission
from identity.problems import ServiceAccountTaken
from kernel import problems, tenancy
from kernel.actors import Actor


@tenancy.atomic
def create_service_account(name: str, *, label: str, description: str = "", actor: Actor) -> ServiceAccount:
    """Make a service account, which may nothing until it is given a role. Raises Forbidden, InputInvalid, ServiceAccountTaken."""
    actor.require(Permission.WRITE_SERVICE_ACCOUNTS)
    slug, title, purpose = inputs.role_name(name), inputs.label(label), inputs.description(description)
    try:
        with tenancy.atomic():
            account = service_accounts.make(slug, label=title, description=purpose)
    except IntegrityError as fault:
        raise ServiceAccountTaken("Take another name, or change the account that has it.", name=slug) from fault
    event = events.ServiceAccountCreated(subject=account.public_id, subject_label=account.label, account=account.name)
    audit.record(event, actor=actor)
    return account


@tenancy.atomic
def change_service_account(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    label: str | None = None,
    description: str | None = None,
    attributes: dict[str, str] | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> ServiceAccount:
    """Change what a service account is called, is for, or which attributes policies may ask for; None leaves as it is.

    Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, PreconditionFailed.
    """
    actor.require(Permission.WRITE_SERVICE_ACCOUNTS)
    title = None if label is None else inputs.label(label)
    purpose = None if description is None else inputs.description(description)
    known = None if attributes is None else profiles.attributes(attributes)
    account = _within_reach(id, actor=actor)
    problems.require_version(account, expected=expected_version)
    before = (account.label, account.description, account.attributes)
    account.label = account.label if title is None else title
    account.description = account.description if purpose is None else purpose
    account.attributes = account.attributes if known is None else known
    if before == (account.label, account.description, account.attributes):
        return account
    account.version += 1
    account.save(update_fields=["label", "description", "attributes", "version"])
    audit.record(_changed(account, before=before), actor=actor)
    return account


@tenancy.atomic
def suspend_service_account(id: UUID, *, reason: str, actor: Actor) -> ServiceAccount:  # noqa: A002
    """Refuse the account's keys until it is resumed; invitations that it sent are withdrawn.

    Idempotent: a suspended account stays as it is. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, ServiceAccountState.
    """
    actor.require(Permission.WRITE_SERVICE_ACCOUNTS)
    why = inputs.reason(reason)
    account = _within_reach(id, actor=actor)
    if account.status == Status.SUSPENDED:
        return account
    ended = lifecycle.suspend_service(account, reason=why)
    event = events.ServiceAccountSuspended(
        subject=account.public_id,
        subject_label=account.label,
        account=account.name,
        reason=why,
        invitations_revoked=ended.invitations,
    )
    audit.record(event, actor=actor)
    return account


@tenancy.atomic
def resume_service_account(id: UUID, *, actor: Actor) -> ServiceAccount:  # noqa: A002
    """Let a suspended or deactivated account work again, with the keys that ended only because it was deactivated.

    Idempotent: an active account stays as it is. Raises Forbidden, BeyondOwnGrants, NotFound.
    """
    actor.require(Permission.WRITE_SERVICE_ACCOUNTS)
    account = _within_reach(id, actor=actor)
    if account.status == Status.ACTIVE:
        return account
    old_status = str(account.status)
    restored = lifecycle.resume_service(account)
    event = events.ServiceAccountResumed(
        subject=account.public_id,
        subject_label=account.label,
        account=account.name,
        old_status=old_status,
        keys_restored=restored.keys,
        signing_keys_restored=restored.signing_keys,
    )
    audit.record(event, actor=actor)
    return account


@tenancy.atomic
def deactivate_service_account(id: UUID, *, reason: str, actor: Actor) -> ServiceAccount:  # noqa: A002
    """End a service account: its keys are revoked in the same moment.

    Idempotent: a deactivated account stays as it is. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound.
    """
    actor.require(Permission.WRITE_SERVICE_ACCOUNTS)
    why = inputs.reason(reason)
    account = _within_reach(id, actor=actor)
    if account.status == Status.DEACTIVATED:
        return account
    ended = lifecycle.deactivate_service(account, reason=why)
    event = events.ServiceAccountDeactivated(
        subject=account.public_id,
        subject_label=account.label,
        account=account.name,
        reason=why,
        keys_revoked=ended.keys,
        signing_keys_revoked=ended.signing_keys,
        invitations_revoked=ended.invitations,
    )
    audit.record(event, actor=actor)
    return account


def _within_reach(id: UUID, *, actor: Actor) -> ServiceAccount:  # noqa: A002
    """The locked account, when the actor may do all that it may."""
    account = queries.service_account_for_update(id)
    reach.require_within(actor, access.grants_of(account))
    return account


def _changed(account: ServiceAccount, *, before: tuple[str, str, dict[str, str]]) -> events.ServiceAccountChanged:
    return events.ServiceAccountChanged(
        subject=account.public_id,
        subject_label=account.label,
        account=account.name,
        old_title=before[0],
        new_title=account.label,
        old_description=before[1],
        new_description=account.description,
        old_attributes=before[2],
        new_attributes=account.attributes,
    )
