"""A service account's time in the tenant: active, suspended, deactivated. Rows are locked by the caller."""

from dataclasses import replace

from identity.lifecycle import given_out
from identity.lifecycle.given_out import Ended, Restored
from identity.models import ServiceAccount, Status
from identity.problems import ServiceAccountState
from kernel import clock


def suspend_service(account: ServiceAccount, *, reason: str) -> Ended:
    """Refuse the account's keys until `resume_service`, and withdraw what it sent. Raises ServiceAccountState."""
    if account.status == Status.DEACTIVATED:
        raise _wrong_state(account, "A deactivated service account has no access left to suspend.")
    return _shut_out(account, Status.SUSPENDED, reason=reason)


def resume_service(account: ServiceAccount) -> Restored:
    """Let a suspended or deactivated account work again, with the keys that ended only because it was deactivated. Raises ServiceAccountState."""
    if account.status == Status.ACTIVE:
        raise _wrong_state(account, "This is for service accounts that are suspended or deactivated.")
    _become(account, Status.ACTIVE, reason="")
    return given_out.restore_keys(account, moment=account.status_at)


def deactivate_service(account: ServiceAccount, *, reason: str) -> Ended:
    """Revoke everything that was given out to the account."""
    ended = _shut_out(account, Status.DEACTIVATED, reason=reason)
    keys = given_out.end_keys(account, moment=account.status_at)
    return replace(ended, keys=keys.keys, signing_keys=keys.signing_keys)


def _shut_out(account: ServiceAccount, status: Status, *, reason: str) -> Ended:
    account.epoch += 1
    _become(account, status, reason=reason)
    return Ended(
        invitations=given_out.end_invitations_sent(account, moment=account.status_at),
        password_resets=given_out.end_resets_made(account, moment=account.status_at),
    )


def _become(account: ServiceAccount, status: Status, *, reason: str) -> None:
    account.status, account.status_reason, account.status_at = status, reason, clock.now()
    account.version += 1
    account.save(update_fields=["status", "status_reason", "status_at", "epoch", "version"])


def _wrong_state(account: ServiceAccount, detail: str) -> ServiceAccountState:
    return ServiceAccountState(detail, service_account_status=str(account.status))
