"""Later: sealing, and copying to the platform's trail what its callers did elsewhere."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from audit import actions, nudging, partitions, queries
from audit.exports import files
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tasks import enqueue, task, visit_tenants, work_here


@task("audit.seal", queue="now", tenant_purpose="seal")
def seal() -> None:
    """Seal what waits in one tenant, have those who follow the log read on, and tell who signs it."""
    if actions.seal_pending():
        nudging.signer()
        for name in settings.EVENT_CONSUMERS:
            work_here(name)


@task("audit.sign", queue="now", tenant_purpose="seal")
def sign() -> None:
    """Sign the end of one tenant's log, when it is time."""
    actions.sign_due()


@task("audit.mirror", queue="soon", tenant_purpose="operator")
def mirror() -> None:
    """Copy one tenant's platform-made entries to the platform's trail."""
    if not tenancy.current().is_platform:
        actions.mirror_to(import_string(settings.TENANT_BY_SLUG)(tenancy.PLATFORM_SLUG))


@task("audit.make_partitions", queue="bulk")
def make_partitions() -> None:
    """Make the months of every trail two months ahead, so that no entry comes before there is room for it."""
    partitions.make_everywhere()


@task("audit.sweep")
def sweep() -> None:
    """Visit every serving tenant, so that a lost nudge costs seconds and not an entry its seal."""
    visit_tenants(_seal_and_sign, purpose=tenancy.Purpose.SEAL)
    visit_tenants(_catch_up, purpose=tenancy.Purpose.OPERATOR)


@task("audit.stream_one", queue="bulk")
def stream_one(stream_id: str, **_unknown: Any) -> None:
    """Send what waits for one stream; what is left when its time is over goes on in another task."""
    run = actions.deliver_stream(UUID(stream_id), actor=Actor.system("task:audit.stream_one"))
    if run.moved and not run.fault and UUID(stream_id) in queries.streams_waiting():
        enqueue("audit.stream_one", stream_id=stream_id)


def _seal_and_sign() -> None:
    if actions.seal_pending():
        nudging.followers()
    actions.sign_due()


def _catch_up() -> None:
    if queries.has_mirrored():
        enqueue("audit.mirror")
    if queries.has_lagging_follower():
        nudging.followers()


@task("audit.watch", queue="now", tenant_purpose="operator")
def watch() -> None:
    """Judge by the alert rules what was sealed in one tenant, and have its streams go on, each in a task of its own: a slow target delays no other.

    Rules apply in every tenant, while most have no stream; so the streams are looked for here and have no nudge of their own. It is told after
    what was sealed is committed, and so is the task that a new stream is created with: whichever comes second sees both.
    """
    for stream_id in queries.streams_waiting():
        enqueue("audit.stream_one", stream_id=str(stream_id))
    actions.watch()


@task("audit.notify", queue="soon", tenant_purpose="operator")
def notify() -> None:
    """Tell people of one tenant's alerts, on every channel that has something to tell."""
    actions.tell_due()


@task("audit.test_channel", queue="soon", tenant_purpose="operator")
def test_channel(channel_id: str) -> None:
    """Send a message for trial on one channel."""
    actions.tell_trial(UUID(channel_id))


@task("audit.tick")
def tick() -> None:
    """Ask in every tenant the rules about what did not happen, and send on what still is to be told."""
    visit_tenants(_tick, purpose=tenancy.Purpose.OPERATOR)


def _tick() -> None:
    actions.tick()
    if queries.due_notifications(at=clock.now()).exists():
        enqueue("audit.notify")


@task("audit.export", queue="bulk")
def export(operation_id: str) -> None:
    """Write entries of one tenant to a file."""
    actions.work_on_export(UUID(operation_id), actor=Actor.system("task:audit.export"))


@task("audit.tidy_exports", queue="bulk")
def tidy_exports() -> None:
    """Remove exports whose time is over, tenant by tenant, and files of tenants that are gone."""
    visit_tenants(_tidy_exports, purpose=tenancy.Purpose.OPERATOR)
    files.remove_older_than()


def _tidy_exports() -> None:
    actions.tidy_exports(actor=Actor.system("task:audit.tidy_exports"))


@task("audit.sweep_forgotten", queue="bulk")
def sweep_forgotten() -> None:
    """Empty in every trail what a process that still remembered a key wrote of somebody who is forgotten."""
    visit_tenants(actions.empty_forgotten, purpose=tenancy.Purpose.OPERATOR)


@task("audit.anchor", queue="bulk")
def anchor() -> None:
    """Give checkpoints to the anchors of every tenant whose time has come, each in a task of its own: a slow one delays no other."""
    visit_tenants(_anchor, purpose=tenancy.Purpose.OPERATOR)


def _anchor() -> None:
    for anchor_id in queries.anchors_due():
        enqueue("audit.anchor_one", anchor_id=str(anchor_id))


@task("audit.anchor_one", queue="bulk", tenant_purpose="operator")
def anchor_one(anchor_id: str) -> None:
    """Give the newest checkpoint of one tenant to one anchor."""
    actions.anchor_due(UUID(anchor_id), actor=Actor.system("task:audit.anchor_one"))


@task("audit.prune", queue="bulk")
def prune() -> None:
    """Remove in every tenant what is older than its policies say."""
    visit_tenants(_prune, purpose=tenancy.Purpose.OPERATOR)


def _prune() -> None:
    actions.prune_due(actor=Actor.system("task:audit.prune"))


@task("audit.evidence", queue="bulk")
def evidence(operation_id: str) -> None:
    """Gather evidence of one tenant."""
    actions.work_on_evidence(UUID(operation_id), actor=Actor.system("task:audit.evidence"))


@task("audit.verify", queue="bulk", tenant_purpose="operator")
def verify(operation_id: str = "") -> None:
    """Check one tenant's log from its first entry to its last; as somebody asked, or as is done each night."""
    actor = Actor.system("task:audit.verify")
    if operation_id:
        actions.work_on_verification(UUID(operation_id), actor=actor)
    else:
        actions.tell_verification(queries.verify(), actor=actor)


@task("audit.verify_all", queue="bulk")
def verify_all() -> None:
    """Have every tenant's log checked."""
    visit_tenants(_verify_later, purpose=tenancy.Purpose.OPERATOR)


def _verify_later() -> None:
    enqueue("audit.verify")
