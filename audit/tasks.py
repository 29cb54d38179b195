"""Later: sealing, and copying to the platform's trail what its callers did elsewhere."""

from django.conf import settings
from django.utils.module_loading import import_string

from audit import actions, queries
from kernel import tenancy
from kernel.tasks import enqueue, task, visit_tenants


@task("audit.seal", queue="now", tenant_purpose="seal")
def seal() -> None:
    """Seal what waits in one tenant."""
    actions.seal_pending()


@task("audit.mirror", queue="soon", tenant_purpose="operator")
def mirror() -> None:
    """Copy one tenant's platform-made entries to the platform's trail."""
    if not tenancy.current().is_platform:
        actions.mirror_to(import_string(settings.TENANT_BY_SLUG)(tenancy.PLATFORM_SLUG))


@task("audit.sweep")
def sweep() -> None:
    """Visit every serving tenant, so that a lost nudge costs seconds and not an entry its seal."""
    visit_tenants(actions.seal_pending, purpose=tenancy.Purpose.SEAL)
    visit_tenants(_mirror_later, purpose=tenancy.Purpose.OPERATOR)


def _mirror_later() -> None:
    if queries.has_mirrored():
        enqueue("audit.mirror")
