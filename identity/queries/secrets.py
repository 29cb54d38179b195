"""Reading which keys seal how much."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Q, QuerySet

from identity.data_keys import counting, providers
from identity.models import DataKey, DataKeyState
from identity.problems import RotationNotFound
from operations import queries as operations
from operations.models import Operation

ROTATION_KIND: Final = "identity.rotate_secrets"
DATA_KEY_STATES: Final = tuple(str(state) for state in DataKeyState)


def data_keys(q: str = "", state: str = "") -> QuerySet[DataKey]:
    """The keys of the tenant; `q` is part of a key's id or of the name of what wraps it."""
    found = DataKey.objects.all()
    if q:
        found = found.filter(Q(short_id__icontains=q) | Q(wrapped_by__icontains=q))
    return found.filter(state=state) if state else found


def sealed_by_key() -> Mapping[str, int]:
    """How many values each data key of the tenant seals, by the key's id; what is missing seals nothing."""
    return counting.by_data_key(counting.of_tenant())


def ring_keys_in_use() -> Mapping[str, int]:
    """How often each key of the installation's ring is needed in the active tenant: by old values, and by wrapped keys."""
    needed = counting.by_ring_key(counting.of_tenant())
    needed.update(DataKey.objects.filter(provider="ring").values_list("wrapped_by", flat=True))
    return needed


def ring_keys_at_home() -> Mapping[str, int]:
    """The same for what lies at home."""
    return counting.by_ring_key(counting.of_home())


def wrapping_key() -> str:
    """The name of the provider's key that wraps data keys now. Raises Unavailable when the provider is away."""
    return providers.chosen().present()


def proven_wrapping_key() -> str:
    """The same after a key of nobody's was wrapped and unwrapped with it. Raises Unavailable, Unsealable."""
    return providers.proven()


def is_settling_due(*, present: str) -> bool:
    """Whether the tenant has a key that is replaced, retired, or not wrapped under the provider's key named `present`."""
    settled = Q(state=DataKeyState.ACTIVE, provider=providers.chosen().name, wrapped_by=present)
    return DataKey.objects.exclude(settled).exists()


def rotations() -> QuerySet[Operation]:
    """The rotations of the tenant."""
    return operations.operations(kind=ROTATION_KIND)


def running_rotation() -> Operation | None:
    """The rotation that is not over yet, if any."""
    return rotations().filter(finished_at=None).order_by("-id").first()


def last_rotation() -> Operation | None:
    """The newest rotation, if there was one."""
    return rotations().order_by("-id").first()


def rotation_to_show() -> Operation:
    """The newest rotation. Raises RotationNotFound."""
    found = last_rotation()
    if found is None:
        raise RotationNotFound("Start one with POST /v1/secrets/rotation.")
    return found
