"""Stock django-tenants 4.0.1, as https://django-tenants.readthedocs.io/en/latest/install.html advises: its engine, router and middleware.

Everything else is as in Freehold's own settings, so that the difference to `none` is tenancy alone.
"""

from typing import Any

from bench.routing.settings import peer
from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

SHARED_APPS = ["django_tenants", "bench.routing.stock", "django.contrib.contenttypes", *peer.NEUTRAL_APPS]
TENANT_APPS = ["bench.routing.goods"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "bench_stock.Client"
TENANT_DOMAIN_MODEL = "bench_stock.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *peer.middleware_without_tenancy(product.MIDDLEWARE)]
ROOT_URLCONF = "bench.routing.urls"
DATABASES: dict[str, Any] = {"default": peer.database("django_tenants.postgresql_backend")}
CELLS: tuple[str, ...] = ()

BENCH_PREPARE = "bench.routing.preparing.stock.tenants"
