"""Read copies of the registry: home offers its routing columns, a region's database follows them.

These speak to two servers at once, and making a slot waits for everybody who writes at home: nothing is changed in our own transaction before
they are done.
"""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from kernel import tenancy
from kernel.actors import Actor
from tenants import addresses, events, operators, outbox
from tenants.permissions import Permission
from tenants.placement import opening
from tenants.problems import CopyImpossible
from tenants.registry_copy import following, publishing
from tenants.registry_copy.columns import PUBLICATION
from tenants.registry_copy.following import Copy


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def publish_registry(*, actor: Actor) -> bool:
    """Let home offer its routing columns to copies; whether anything was to do.

    Idempotent; to be repeated after an update, once the copies have the new columns. Raises RegistryClosed, Forbidden, CopyImpossible.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    is_new = publishing.publish()
    if is_new:
        outbox.record(events.RegistryPublished(subject=PUBLICATION, subject_label="home"), actor=actor, tenant_id=None)
    return is_new


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def subscribe_copy(url: str, *, home: str = "", actor: Actor) -> Copy:
    """Make a database a read copy of home's routing table, and wait until it has everything; then it follows by itself.

    `home` is the host, or host:port, at which the copy's server reaches home's, where that is not the address that we use. Idempotent. Raises
    RegistryClosed, Forbidden, Invalid, CopyImpossible, Unavailable.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    entry = addresses.entry_from(url)
    following.require_fit(entry)
    import_string(settings.CELL_PREPARER)(entry)
    slot = following.slot_of(entry)
    following.make_tables(entry)
    if not publishing.is_published():
        raise CopyImpossible("Home offers nothing yet. Run manage.py registry publish first.")
    publishing.make_slot(slot)
    is_new = following.subscribe(entry, slot=slot, conninfo=publishing.conninfo(at=home))
    following.wait_until_copied(entry, slot=slot)
    if is_new:
        event = events.RegistrySubscribed(subject=slot, subject_label=slot, place=opening.told_place(entry))
        outbox.record(event, actor=actor, tenant_id=None)
    return following.look(entry)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def drop_copy(url: str, *, actor: Actor) -> bool:
    """Stop a copy and drop its tables; whether there was one. Processes must no longer name it in REGISTRY_COPY_URL.

    Idempotent. Raises RegistryClosed, Forbidden, Invalid, CopyImpossible.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    entry = addresses.entry_from(url)
    slot = following.slot_of(entry)
    was_there = following.drop(entry)
    was_kept = publishing.drop_slot(slot)
    if was_there or was_kept:
        event = events.RegistryCopyDropped(subject=slot, subject_label=slot, place=opening.told_place(entry))
        outbox.record(event, actor=actor, tenant_id=None)
    return was_there or was_kept


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def forget_copy(slot: str, *, actor: Actor) -> bool:
    """Keep nothing at home any more for a copy whose database is lost; whether something was kept.

    Idempotent. Raises RegistryClosed, Forbidden, CopyImpossible while it listens.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    if slot not in {known.name for known in publishing.slots()}:
        return False
    publishing.drop_slot(slot)
    outbox.record(events.RegistryCopyDropped(subject=slot, subject_label=slot, place=""), actor=actor, tenant_id=None)
    return True


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def withdraw_registry(*, actor: Actor) -> bool:
    """Let home offer nothing any more; whether it did. Idempotent. Raises RegistryClosed, Forbidden, CopyImpossible while copies follow."""
    operators.require(Permission.WRITE_CELLS, actor=actor)
    was_there = publishing.withdraw()
    if was_there:
        event = events.RegistryCopyDropped(subject=PUBLICATION, subject_label="home", place="")
        outbox.record(event, actor=actor, tenant_id=None)
    return was_there
