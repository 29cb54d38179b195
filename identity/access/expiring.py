"""Bindings whose time is over: they stopped counting by themselves, and are removed with a word in the trail."""

from django.db.models import QuerySet

from identity.access.held import holder_of
from identity.events import RoleExpired
from identity.models import RoleBinding
from kernel import clock
from kernel.clock import rfc3339_or_none


def expired() -> QuerySet[RoleBinding]:
    """Those that are over, locked until the transaction ends."""
    over = RoleBinding.objects.select_for_update(of=("self",)).filter(expires_at__lte=clock.now())
    return over.select_related("role", "user", "team", "service_account").order_by("id")


def remove(binding: RoleBinding) -> RoleExpired:
    """Remove one that is over; what the trail is to hear of it."""
    role = binding.role
    binding.delete()
    return RoleExpired(
        subject=role.public_id,
        subject_label=role.label,
        role=role.name,
        holder=holder_of(binding).public_id,
        expires_at=rfc3339_or_none(binding.expires_at) or "",
    )
