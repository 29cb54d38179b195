"""Freehold as it runs, with the measured app at the release that the worker is told."""

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

INSTALLED_APPS = [*product.INSTALLED_APPS, "bench.fleet.catalogue"]
MIGRATION_MODULES = {"bench_catalogue": "bench_release_0"}
SPARE_TENANTS = 0
