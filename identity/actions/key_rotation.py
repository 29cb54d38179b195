"""Replacing API keys by new ones, the old working on for a while, and closing that while."""

from datetime import timedelta
from uuid import UUID

from audit import actions as audit
from identity import events, key_bounds, key_inputs, queries, step_up
from identity.actions.api_keys import Created, end, issue, require_secret_may_be_told, require_working
from identity.models import ApiKey, KeyState, Status
from identity.permissions import Permission
from identity.problems import KeyNeedsOwner
from kernel import clock, problems, tenancy
from kernel.actors import Actor

RETIRED = "rotated"
RETIRED_AT_ONCE = 500


@tenancy.atomic
def rotate_api_key(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    overlap_hours: int = key_inputs.DEFAULT_OVERLAP_HOURS,
    expires_in_days: int | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Created:
    """Make a key like this one, with a secret and a life of its own; this one works on for `overlap_hours` (0 to 720), at most until its own end.

    Without `expires_in_days` the new key lives as long as the old one was made for. The key of a person is replaced by that person alone. The signing keys
    that work sign for the new key from now on, and beside the old one's secret until the end of its overlap. Raises Forbidden, BeyondOwnGrants,
    BeyondOwnLimits, InputInvalid, KeyEnded, KeyNeedsOwner, NotFound, PreconditionFailed, StepUpNeeded.
    """
    actor.require(Permission.WRITE_KEYS)
    step_up.require_recent(actor)
    hours = key_inputs.overlap_hours(overlap_hours)
    key = queries.api_key_for_update(id)
    require_secret_may_be_told(key, actor=actor)
    problems.require_version(key, expected=expected_version)
    require_working(key)
    if key.holder.status != Status.ACTIVE:
        raise KeyNeedsOwner("The owner must be active: resume them first.")
    life = timedelta(days=_life(key, wanted=expires_in_days))
    key_bounds.require_no_freer(actor, key_bounds.of(key), life=life)
    created = _replaced(key, lasts=life)
    moment = clock.now()
    key.overlap_until = moment + timedelta(hours=hours)
    key.version += 1
    key.save(update_fields=["overlap_until", "version"])
    if not hours:
        end(key, reason=RETIRED)
    handed_over = _handed_over(key, to=created.key)
    audit.record(_rotated(key, replacement=created.key, signing_keys=handed_over), actor=actor)
    return created


@tenancy.atomic
def retire_replaced_keys(*, actor: Actor) -> int:
    """Mark the replaced keys of the tenant whose overlap is over as revoked, and record the last use of each; the number of them.

    They are refused from that moment on anyway, this only says so. Idempotent. Raises Forbidden.
    """
    actor.require(Permission.WRITE_KEYS)
    over = queries.api_keys_out_of_overlap()[:RETIRED_AT_ONCE]
    for key in over:
        end(key, reason=RETIRED)
        audit.record(
            events.KeyRetired(
                subject=key.public_id,
                subject_label=key.name,
                key_id=key.key_id,
                last_used_at=clock.rfc3339_or_none(key.last_used_at) or "",
            ),
            actor=actor,
        )
    return len(over)


def _life(key: ApiKey, *, wanted: int | None) -> int:
    """How many days the new key lives; the old one's life, where the tenant did not become stricter meanwhile."""
    if wanted is not None:
        return key_inputs.days(wanted, kind=key.kind)
    lived = max(1, round((key.expires_at - key.created_at) / timedelta(days=1)))
    return min(lived, key_inputs.longest_days(kind=key.kind))


def _replaced(key: ApiKey, *, lasts: timedelta) -> Created:
    values = {
        "name": key.name,
        "scopes": key.scopes,
        "networks": key.networks,
        "rate_per_s": key.rate_per_s,
        "requires_signature": key.requires_signature,
        "owner": key.owner,
        "service_account": key.service_account,
        "rotated_from": key,
    }
    return issue(values, kind=key.kind, lasts=lasts)


def _handed_over(key: ApiKey, *, to: ApiKey) -> list[str]:
    """Let the signing keys that work sign for the replacement, which may ask for signatures from its first request on; their shown ids."""
    working = list(queries.signing_keys(key.id, state=KeyState.ACTIVE).select_for_update(of=("self",)).order_by("id"))
    for signing_key in working:
        signing_key.api_key = to
        signing_key.version += 1
        signing_key.save(update_fields=["api_key", "version"])
    return [signing_key.public_id for signing_key in working]


def _rotated(key: ApiKey, *, replacement: ApiKey, signing_keys: list[str]) -> events.KeyRotated:
    return events.KeyRotated(
        subject=key.public_id,
        subject_label=key.name,
        key_id=key.key_id,
        replacement=replacement.public_id,
        replacement_key_id=replacement.key_id,
        overlap_until=clock.rfc3339(key.ends_at),
        expires_at=clock.rfc3339(replacement.expires_at),
        signing_keys=signing_keys,
    )
