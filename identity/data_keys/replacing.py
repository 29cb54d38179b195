"""How a data key is followed by another, retired, dropped, and wrapped again."""

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from identity.data_keys import counting, places, providers, store
from identity.data_keys.providers import Wrapped
from identity.models import DataKey, DataKeyState
from kernel import clock, tenancy

SETTLED_AFTER: Final = timedelta(seconds=2 * store.SEALING_S)
"""How long a replaced key may still seal: other processes look a minute later, and what they sealed must have been committed."""


@tenancy.atomic
def replace() -> DataKey:
    """A new key that seals from now on; the former opens what it sealed. Raises Unavailable when the provider is away."""
    DataKey.objects.select_for_update().filter(state=DataKeyState.ACTIVE).update(state=DataKeyState.RETIRING)
    row_id, short_id, tenant_id, wrapped, provider, wrapped_by = store.fresh()
    key = DataKey.objects.create(
        id=row_id, short_id=short_id, tenant_id=tenant_id, wrapped=wrapped, provider=provider, wrapped_by=wrapped_by
    )
    store.forget_sealing()
    return key


@tenancy.atomic
def retire() -> list[DataKey]:
    """Retire replaced keys that no process seals with any more and that nothing in the tables needs; those that were."""
    present = active()
    waiting = list(DataKey.objects.select_for_update().filter(state=DataKeyState.RETIRING).order_by("id"))
    if present is None or not waiting or present.created_at > clock.now() - SETTLED_AFTER:
        return []
    used = counting.by_data_key(counting.of_tenant())
    done = [key for key in waiting if not used[key.short_id]]
    for key in done:
        key.state, key.retired_at = str(DataKeyState.RETIRED), clock.now()
        key.save(update_fields=["state", "retired_at"])
    return done


def ended() -> QuerySet[DataKey]:
    """Keys that were retired so long ago that nothing on its way can be sealed under them."""
    days = max((place.days for place in places.in_passing()), default=1)
    return DataKey.objects.filter(state=DataKeyState.RETIRED, retired_at__lt=clock.now() - timedelta(days=2 * days))


@tenancy.atomic
def drop() -> int:
    """Destroy keys that ended, unless something in the tables came under one after all: written by a transaction that was open when it retired."""
    over = list(ended())
    if not over:
        return 0
    used = counting.by_data_key(counting.of_tenant())
    dropped, _ = DataKey.objects.filter(id__in=[key.id for key in over if not used[key.short_id]]).delete()
    return dropped


@tenancy.atomic
def wrap_again(*, present: str) -> int:
    """Wrap under the provider's present key, `present`, what is not; how many keys. Raises Unavailable, Unsealable."""
    provider = providers.chosen()
    stale = DataKey.objects.select_for_update().exclude(provider=provider.name, wrapped_by=present).order_by("id")
    number = 0
    for key in stale:
        context = providers.context_of(key.id, tenant_id=key.tenant_id)
        plain = providers.named(key.provider).unwrap(Wrapped(key.wrapped, by=key.wrapped_by), context=context)
        wrapped = provider.wrap(plain, context=context)
        key.wrapped, key.wrapped_by, key.provider = wrapped.text, wrapped.by, provider.name
        key.save(update_fields=["wrapped", "wrapped_by", "provider"])
        number += 1
    return number


def active() -> DataKey | None:
    """The key that seals now; None while the tenant has sealed nothing."""
    return DataKey.objects.filter(state=DataKeyState.ACTIVE).first()
