"""Freehold's own settings for making tenants, with a quick password hash: a thousand owners are to come in, and nobody signs in here."""

from config import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
