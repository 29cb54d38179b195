"""Keys that somebody found where they should not be: revoked at once, whoever tells."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from audit import actions as audit
from identity import events, key_format, leak_mail, queries, throttle
from identity.actions.api_keys import end
from identity.key_format import KeyText
from identity.problems import TooManyReports
from kernel import context, tenancy
from kernel.actors import Actor
from kernel.problems import NotFound

LEAKED: Final = "leaked"
REPORTS_PER_MINUTE: Final = 20
WITHIN_S: Final = 60


@dataclass(frozen=True, slots=True)
class Leak:
    """What was found: the text of a key as it stood there, and where that was, as far as the finder says."""

    text: str = field(repr=False)
    found_at: str = ""


def report_leaked_keys(leaks: Sequence[Leak], *, actor: Actor) -> None:
    """Revoke every key among the texts, whatever overlap it had left, and tell its owner and the owners of its tenant by mail.

    Having a key's text is proof enough. On the operator's host keys of every tenant are taken, elsewhere those of the tenant alone. Nothing tells the
    caller which texts were keys: all others are passed over in silence. Raises TooManyReports.
    """
    place = context.current().place
    if not throttle.is_among_first(f"leaks:{place}", count=REPORTS_PER_MINUTE, within_s=WITHIN_S):
        raise TooManyReports("Send several keys in one report, and the next report in a minute.", retry_after_s=WITHIN_S)
    _record(reported=len(leaks), revoked=sum(_is_revoked(leak, actor=actor) for leak in leaks), actor=actor)


def _is_revoked(leak: Leak, *, actor: Actor) -> bool:
    key = key_format.parse(leak.text.strip())
    ref = None if key is None else _place_of(key)
    if key is None or ref is None:
        return False
    is_here = ref.id == tenancy.current().id
    with nullcontext() if is_here else tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
        return _revoke(key, found_at=leak.found_at, actor=actor)


def _place_of(key: KeyText) -> tenancy.TenantRef | None:
    """The tenant of a key, where it may be reached from here."""
    here = tenancy.current()
    if key.tenant_code == here.code:
        return here
    if not here.is_platform:
        return None
    try:
        found: tenancy.TenantRef = import_string(settings.TENANT_BY_CODE)(key.tenant_code)
    except NotFound:
        return None
    return found


@tenancy.atomic
def _revoke(text: KeyText, *, found_at: str, actor: Actor) -> bool:
    key = queries.api_key_of_text(text)
    if key is None or (key.revoked_at is not None and not key.may_return):
        return False
    end(key, reason=LEAKED)
    audit.record(
        events.KeyLeaked(
            subject=key.public_id, subject_label=key.name, key_id=key.key_id, owner=key.holder.public_id, found_at=_plain(found_at)
        ),
        actor=actor,
    )
    leak_mail.announce(key)
    return True


@tenancy.atomic
def _record(*, reported: int, revoked: int, actor: Actor) -> None:
    here = tenancy.current()
    event = events.LeaksReported(subject=here.slug, subject_label=here.name, reported=reported, revoked=revoked)
    audit.record(event, actor=actor)


def _plain(text: str) -> str:
    """What a stranger wrote, on one line without signs that are not seen."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:500]
