"""The verbs of `manage.py tenant`, one module for each part of a tenant's life."""

from tenants.management.tenant_verbs.copies import Copies
from tenants.management.tenant_verbs.ending import Ending
from tenants.management.tenant_verbs.life import Life
from tenants.management.tenant_verbs.making import Making
from tenants.management.tenant_verbs.moving import Moving
from tenants.management.tenant_verbs.placing import Placing

__all__ = ["Copies", "Ending", "Life", "Making", "Moving", "Placing"]
