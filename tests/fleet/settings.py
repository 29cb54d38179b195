"""The product with the app `shelf`, at the release that SHELF names: the module with its migrations."""

import os

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

INSTALLED_APPS = [*product.INSTALLED_APPS, "tests.fleet.shelf"]
MIGRATION_MODULES = {"shelf": os.environ["SHELF"]}
