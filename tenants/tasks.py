"""Later: make a tenant, empty the outbox, look for what was left behind."""

from typing import Any
from uuid import UUID

from django.conf import settings

from kernel import tenancy
from kernel.actors import Actor
from kernel.tasks import task
from kernel.tenancy import PLATFORM_SLUG, Purpose
from tenants import actions, resolving
from tenants.problems import TenantNotFound

BACKUPS_WITHIN_S = 50.0
"""The next minute's task goes on with what is left."""


@task("tenants.provision", queue="soon")
def provision(operation_id: str, **_unknown: Any) -> None:
    """Work on one provisioning operation; the message names platform as its tenant."""
    actions.provision_tenant(UUID(operation_id), actor=Actor.system("task:tenants.provision"))


@task("tenants.migrate_fleet", queue="bulk")
def migrate_fleet(operation_id: str, **_unknown: Any) -> None:
    """Work on one run that brings all tenants to the state of the code; the message names platform as its tenant."""
    actions.migrate_fleet(UUID(operation_id), actor=Actor.system("task:tenants.migrate_fleet"))


@task("tenants.refill", queue="bulk")
def refill(**_unknown: Any) -> None:
    """Build spare places where some are missing. Sent by the timetable, and when a tenant has taken one."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nobody to build for
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.refill_spares(actor=Actor.system("task:tenants.refill"))


@task("tenants.sweep", queue="soon")
def sweep(**_unknown: Any) -> None:
    """Finish what a crash left: entries in the outbox, tenants in the making whose operation is over. Sent by the timetable, for no tenant."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nothing to sweep
    actor = Actor.system("task:tenants.sweep")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.relay_pending(actor=actor)
        actions.settle_unfinished(actor=actor)
        actions.settle_fleet_run(actor=actor)


@task("tenants.archive", queue="bulk")
def archive(operation_id: str, **_unknown: Any) -> None:
    """Work on one archiving; the message names platform as its tenant."""
    actions.put_away_tenant(UUID(operation_id), actor=Actor.system("task:tenants.archive"))


@task("tenants.unarchive", queue="soon")
def unarchive(operation_id: str, **_unknown: Any) -> None:
    """Work on the return of one archived tenant; the message names platform as its tenant."""
    actions.bring_back_tenant(UUID(operation_id), actor=Actor.system("task:tenants.unarchive"))


@task("tenants.final_copy", queue="bulk")
def final_copy(operation_id: str, **_unknown: Any) -> None:
    """Work on the final copy of one tenant; the message names platform as its tenant."""
    actions.take_final_copy(UUID(operation_id), actor=Actor.system("task:tenants.final_copy"))


@task("tenants.purge", queue="bulk")
def purge(operation_id: str, **_unknown: Any) -> None:
    """Work on the erasure of one tenant; the message names platform as its tenant."""
    actions.erase_tenant(UUID(operation_id), actor=Actor.system("task:tenants.purge"))


@task("tenants.bulk", queue="soon")
def bulk(operation_id: str, **_unknown: Any) -> None:
    """Work on the change of many tenants; the message names platform as its tenant."""
    actions.work_through(UUID(operation_id), actor=Actor.system("task:tenants.bulk"))


@task("tenants.purge_due", queue="bulk")
def purge_due(**_unknown: Any) -> None:
    """Begin to erase tenants whose grace time is over, and let those go on whose archiving ended without them. Sent by the timetable."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nothing to erase
    actor = Actor.system("task:tenants.purge_due")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.settle_archiving(actor=actor)
        actions.purge_due(actor=actor)


@task("tenants.back_up", queue="soon")
def back_up(operation_id: str, **_unknown: Any) -> None:
    """Work on one copy of one tenant; the message names platform as its tenant."""
    actions.work_on_backup(UUID(operation_id), actor=Actor.system("task:tenants.back_up"))


@task("tenants.check_backup", queue="bulk")
def check_backup(operation_id: str, **_unknown: Any) -> None:
    """Work on the trial of one copy; the message names platform as its tenant."""
    actions.work_on_check(UUID(operation_id), actor=Actor.system("task:tenants.check_backup"))


@task("tenants.restore", queue="soon")
def restore(operation_id: str, **_unknown: Any) -> None:
    """Work on one restore under a new name; the message names platform as its tenant."""
    actions.work_on_restore(UUID(operation_id), actor=Actor.system("task:tenants.restore"))


@task("tenants.replace", queue="soon")
def replace(operation_id: str, **_unknown: Any) -> None:
    """Work on the replacement of one tenant's rows; the message names platform as its tenant."""
    actions.work_on_replacement(UUID(operation_id), actor=Actor.system("task:tenants.replace"))


@task("tenants.backup_due", queue="bulk")
def backup_due(**_unknown: Any) -> None:
    """Remove copies whose time is over and take those that are due. Sent by the timetable, every minute."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nobody to copy
    actor = Actor.system("task:tenants.backup_due")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.expire_backups(actor=actor)
        actions.back_up_due(within_s=BACKUPS_WITHIN_S, actor=actor)


@task("tenants.drill", queue="bulk")
def drill(**_unknown: Any) -> None:
    """Try the newest copies of some tenants. Sent by the timetable, every night."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nothing to try
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.drill_backups(number=settings.BACKUP_DRILLS, actor=Actor.system("task:tenants.drill"))


@task("tenants.check_domains", queue="bulk")
def check_domains(**_unknown: Any) -> None:
    """Look at the custom domains whose time has come. Sent by the timetable, for no tenant."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nothing to look at
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.check_due_domains(actor=Actor.system("task:tenants.check_domains"))


@task("tenants.move", queue="soon")
def move(operation_id: str, **_unknown: Any) -> None:
    """Work on the move of one tenant; the message names platform as its tenant."""
    actions.carry_out_move(UUID(operation_id), actor=Actor.system("task:tenants.move"))


@task("tenants.settle_moves", queue="bulk")
def settle_moves(**_unknown: Any) -> None:
    """Put in order what moves have left half done. Sent by the timetable, for no tenant."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` nobody moves
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.settle_moves(actor=Actor.system("task:tenants.settle_moves"))


@task("tenants.drop_leftovers", queue="bulk")
def drop_leftovers(**_unknown: Any) -> None:
    """Drop places that nobody uses and whose time is over. Sent by the timetable, for no tenant."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is no place
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.drop_leftovers(actor=Actor.system("task:tenants.drop_leftovers"))


@task("tenants.drain_cell", queue="bulk")
def drain_cell(operation_id: str, **_unknown: Any) -> None:
    """Work on emptying one cell; the message names platform as its tenant."""
    actions.empty_cell(UUID(operation_id), actor=Actor.system("task:tenants.drain_cell"))
