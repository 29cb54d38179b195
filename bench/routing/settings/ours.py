"""Freehold as it runs, plus the measured model and routes."""

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

INSTALLED_APPS = [*product.INSTALLED_APPS, "bench.routing.goods"]
ROOT_URLCONF = "bench.routing.urls_ours"

BENCH_MODEL = "kernel.tenancy.records.TenantModel"
BENCH_PREPARE = "bench.routing.preparing.ours.tenants"
