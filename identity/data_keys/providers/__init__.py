"""Who wraps data keys: the installation's own ring, or a key management service.

A provider turns the 32 bytes of a data key into text that only it can turn back, for one context. The row of a data key says which provider
wrapped it, so that an installation can change from one to another while both are there.
"""

import hmac
import secrets
from typing import Final
from uuid import UUID

from django.conf import settings

from identity.data_keys.providers.ring import Ring
from identity.data_keys.providers.transit import Transit
from identity.data_keys.providers.wrapping import Provider, Wrapped
from kernel.sealing import KEY_BYTES, Unsealable

PROVIDERS: Final[dict[str, Provider]] = {"ring": Ring(), "transit": Transit()}

__all__ = ["Provider", "Wrapped", "chosen", "context_of", "named", "proven"]


def chosen() -> Provider:
    """The provider that wraps new data keys."""
    return PROVIDERS[settings.KEY_PROVIDER]


def named(name: str) -> Provider:
    """The provider that wrapped a key. Raises Unsealable for one that this release does not know."""
    found = PROVIDERS.get(name)
    if found is None:
        raise Unsealable(f"the key provider {name!r} is not known here")
    return found


def proven() -> str:
    """Have the chosen provider wrap a key of nobody's and unwrap it again; the name of what wrapped it.

    Raises Unavailable, and Unsealable when something else comes back.
    """
    plain, context = secrets.token_bytes(KEY_BYTES), "identity.data_key:proof"
    wrapped = chosen().wrap(plain, context=context)
    if not hmac.compare_digest(chosen().unwrap(wrapped, context=context), plain):
        raise Unsealable("the key provider gave another key back than it wrapped")
    return wrapped.by


def context_of(row_id: UUID, *, tenant_id: UUID) -> str:
    """What binds a wrapped key to its row and its tenant."""
    return f"identity.data_key:{tenant_id}:{row_id}"
