"""Stock django-tenants 4.0.1 as its installation page advises: saving a tenant makes its schema and runs all migrations in it.

The tenant apps are Freehold's own and the one of 60 tables, so that both sides make the same tables, triggers and rights.
"""

from typing import Any

from bench.routing.settings import peer
from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

SHARED_APPS = ["django_tenants", "bench.routing.stock", "django.contrib.contenttypes"]
TENANT_APPS = ["operations", "audit", "identity", "bench.fleet.catalogue"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "bench_stock.Client"
TENANT_DOMAIN_MODEL = "bench_stock.Domain"
MIGRATION_MODULES = {"bench_catalogue": "bench_release_0"}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DATABASES: dict[str, Any] = {"default": peer.database("django_tenants.postgresql_backend")}
CELLS: tuple[str, ...] = ()
