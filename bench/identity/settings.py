"""Freehold as it runs, plus the one measured route."""

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

ROOT_URLCONF = "bench.identity.urls"
