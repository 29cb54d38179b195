"""No tenancy: Freehold's own settings without tenants. Django's own backend, one schema, no router, the other middleware unchanged."""

from typing import Any

from bench.routing.settings import peer
from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

INSTALLED_APPS = [*peer.NEUTRAL_APPS, "bench.routing.goods"]
MIDDLEWARE = peer.middleware_without_tenancy(product.MIDDLEWARE)
ROOT_URLCONF = "bench.routing.urls"
DATABASES: dict[str, Any] = {"default": peer.database("django.db.backends.postgresql")}
DATABASE_ROUTERS: list[str] = []
CELLS: tuple[str, ...] = ()

BENCH_PREPARE = "bench.routing.preparing.none.one_database"
