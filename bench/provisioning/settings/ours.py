"""Freehold as it runs, with the app of 60 tables in each tenant beside its own: a grown product, as the peers have it too."""

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

INSTALLED_APPS = [*product.INSTALLED_APPS, "bench.fleet.catalogue"]
MIGRATION_MODULES = {"bench_catalogue": "bench_release_0"}
