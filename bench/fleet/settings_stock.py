"""Stock django-tenants 4.0.1, as its documentation advises, with the measured app alone in each tenant.

The two processes are what it advises for `--executor=multiprocessing` on two cores.
"""

from typing import Any

from bench.routing.settings import peer
from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

SHARED_APPS = ["django_tenants", "bench.routing.stock", "django.contrib.contenttypes"]
TENANT_APPS = ["bench.fleet.catalogue"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "bench_stock.Client"
TENANT_DOMAIN_MODEL = "bench_stock.Domain"
TENANT_MULTIPROCESSING_MAX_PROCESSES = 2
TENANT_MULTIPROCESSING_CHUNKS = 1
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DATABASES: dict[str, Any] = {"default": peer.database("django_tenants.postgresql_backend")}
CELLS: tuple[str, ...] = ()
MIGRATION_MODULES = {"bench_catalogue": "bench_release_0"}
