"""Writing the keys that seal secrets: another key, everything sealed again under it, the old one retired."""

from typing import Any, Final

from audit import actions as audit
from identity import events, queries, step_up
from identity.data_keys import replacing, resealing
from identity.data_keys.resealing import Batch
from identity.models import DataKey
from identity.permissions import Permission
from identity.problems import RotationRunning
from kernel import ids, tenancy
from kernel.actors import Actor
from operations import actions as operations
from operations.models import Operation

STEPS: Final = ["Make a new key", "Seal everything again", "Retire the old key"]
SUBJECT: Final = "secrets"


@tenancy.atomic
def start_rotation(*, actor: Actor) -> Operation:
    """Have everything that is sealed in the tenant sealed under a new key, by a worker, while the product runs.

    Raises Forbidden, StepUpNeeded, RotationRunning.
    """
    operation = _rotation(operations.start, actor=actor)
    audit.record(events.SecretsRotationStarted(subject=SUBJECT, operation=operation.public_id), actor=actor)
    return operation


@tenancy.atomic
def begin_rotation(*, actor: Actor) -> Operation:
    """The same, for a caller that calls `work_on_rotation` itself right afterwards. Raises as `start_rotation`."""
    operation = _rotation(operations.begin, actor=actor)
    audit.record(events.SecretsRotationStarted(subject=SUBJECT, operation=operation.public_id), actor=actor)
    return operation


def settle_secrets(*, present: str, actor: Actor) -> dict[str, int]:
    """End what rotations left: seal again what other processes sealed with the old key meanwhile, retire and drop old keys, wrap keys again.

    `present` names the key that the provider wraps with now. Counts what was done; nothing to do records nothing. Raises Forbidden, Unavailable.
    """
    actor.require(Permission.ROTATE_SECRETS)
    resealed = 0
    key = replacing.active()
    if key is not None and (queries.data_keys(state="retiring").exists() or replacing.ended().exists()):
        resealed = resealing.counted(resealing.in_tenant(key.short_id), on_batch=_ignore)["resealed"]
    retired = _retire(actor=actor)
    return {
        "resealed": resealed,
        "retired": len(retired),
        "dropped": replacing.drop(),
        "rewrapped": rewrap_data_keys(present=present, actor=actor),
    }


@tenancy.atomic
def rewrap_data_keys(*, present: str, actor: Actor) -> int:
    """Wrap the tenant's keys under the provider's present key, named `present`; how many.

    Idempotent: none that is not wrapped so already records nothing. Raises Forbidden, Unavailable, Unsealable.
    """
    actor.require(Permission.ROTATE_SECRETS)
    number = replacing.wrap_again(present=present)
    if number:
        audit.record(events.DataKeysRewrapped(subject=SUBJECT, keys=number, wrapped_by=present), actor=actor)
    return number


def reseal_home(*, actor: Actor) -> dict[str, int]:
    """Seal under the first key of the ring what the installation keeps at home; to be called with the platform active.

    Returns `resealed` and `closed`, the number of those that do not open. Idempotent: nothing to do records nothing. Raises Forbidden.
    """
    actor.require(Permission.ROTATE_SECRETS)
    counts = resealing.counted(resealing.at_home(), on_batch=_ignore)
    if counts["resealed"]:
        audit.record(events.HomeResealed(subject=SUBJECT, **counts), actor=actor)
    return counts


def _rotation(starting: Any, *, actor: Actor) -> Operation:
    actor.require(Permission.ROTATE_SECRETS)
    step_up.require_recent(actor)
    # The row of the present key keeps two that ask at once apart.
    list(DataKey.objects.select_for_update().filter(state="active"))
    running = queries.running_rotation()
    if running is not None:
        raise RotationRunning("Wait until it is done; it can be followed by its operation.", operation=running.public_id)
    operation: Operation = starting(
        queries.ROTATION_KIND,
        key=f"{queries.ROTATION_KIND}:{ids.new_id()}",
        subject=SUBJECT,
        label="Rotation of secrets",
        steps=STEPS,
        arguments={},
        actor=actor,
    )
    return operation


@tenancy.atomic
def _retire(*, actor: Actor) -> list[DataKey]:
    retired = replacing.retire()
    if retired:
        audit.record(events.DataKeysRetired(subject=SUBJECT, keys=[key.short_id for key in retired]), actor=actor)
    return retired


def _ignore(_batch: Batch) -> None:
    """Nobody looks on."""
