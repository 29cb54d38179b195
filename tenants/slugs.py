"""Slugs: which are allowed, and which look alike. Pure.

A slug is the tenant's name in addresses, so that a person must be able to tell two of them apart at a glance. `skeleton` maps a slug to what
the eye sees, in the manner of Unicode TS 39 section 4 cut down to the 37 signs that a slug may have; two slugs of one skeleton are never
both given out.
"""

import re

from tenants.problems import SlugInvalid, SlugReserved

MINIMUM = 3
MAXIMUM = 40
FORM = re.compile(r"[a-z](?:-?[a-z0-9])*\Z")

PLATFORM = "platform"
RESERVED = frozenset(
    [
        "about",
        "abuse",
        "account",
        "accounts",
        "acme-challenge",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "audit",
        "auth",
        "autoconfig",
        "autodiscover",
        "billing",
        "blog",
        "cdn",
        "cell",
        "console",
        "contact",
        "dashboard",
        "default",
        "developer",
        "developers",
        "dns",
        "docs",
        "download",
        "edge",
        "email",
        "example",
        "exchange",
        "files",
        "freehold",
        "ftp",
        "git",
        "graphql",
        "health",
        "help",
        "home",
        "host",
        "hostmaster",
        "id",
        "identity",
        "imap",
        "info",
        "internal",
        "invalid",
        "invite",
        "invitation",
        "ldap",
        "legal",
        "livez",
        "local",
        "localdomain",
        "localhost",
        "login",
        "logout",
        "mail",
        "marketplace",
        "media",
        "metrics",
        "mobile",
        "mta-sts",
        "my",
        "news",
        "noc",
        "ns1",
        "ns2",
        "null",
        "oauth",
        "office",
        "oidc",
        "openapi",
        "operator",
        "operators",
        "owner",
        "payment",
        "payments",
        "ping",
        "platform",
        "pop3",
        "postmaster",
        "preview",
        "privacy",
        "public",
        "readyz",
        "register",
        "registry",
        "root",
        "router",
        "saml",
        "scim",
        "secure",
        "security",
        "self",
        "server",
        "service",
        "sign-in",
        "sign-out",
        "signin",
        "signup",
        "smtp",
        "sso",
        "staff",
        "static",
        "stats",
        "status",
        "store",
        "support",
        "sysadmin",
        "system",
        "team",
        "tenant",
        "tenants",
        "test",
        "undefined",
        "user",
        "users",
        "vpn",
        "webhook",
        "webhooks",
        "webmail",
        "webmaster",
        "wpad",
        "www",
        "www1",
        "www2",
    ]
)

# One sign for another first, then pairs that run together: `c1` looks like `cl`, which looks like `d`.
_SINGLE = str.maketrans({"0": "o", "1": "l", "i": "l", "2": "z", "5": "s", "8": "b", "-": None})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(slug: str) -> str:
    """What the eye sees of a slug: hyphens gone, `0`→`o`, `1` and `i`→`l`, `rn`→`m` and the like. Idempotent, at most as long as the slug."""
    seen = slug.translate(_SINGLE)
    for pair, sign in _PAIRS:
        seen = seen.replace(pair, sign)
    return seen


def check(slug: str) -> str:
    """The slug itself when a tenant may have it.

    Raises SlugInvalid (form) or SlugReserved (the product's own words and what looks like them).
    """
    fault = _fault_of_form(slug)
    if fault is not None:
        code, detail = fault
        raise SlugInvalid(detail, errors=[{"pointer": "/slug", "code": code, "detail": detail}])
    if skeleton(slug) in _RESERVED_SKELETONS:
        raise SlugReserved(f"“{slug}” is, or looks like, an address that Freehold keeps for itself. Choose another slug.")
    return slug


def _fault_of_form(slug: str) -> tuple[str, str] | None:
    """Code and sentence of the first broken rule of form, the most telling one first."""
    if not slug.isascii():
        return "non-ascii", (
            "A slug has the signs a to z, 0 to 9 and - only. This one holds a letter of another alphabet, which can look the same and lead people "
            "to the wrong address; type it again on a Latin keyboard."
        )
    if not MINIMUM <= len(slug) <= MAXIMUM:
        return "length", f"A slug has {MINIMUM} to {MAXIMUM} signs; this one has {len(slug)}."
    if FORM.match(slug) is None:
        return "form", "A slug starts with a letter, has the signs a to z, 0 to 9 and single hyphens, and does not end in a hyphen."
    return None


_RESERVED_SKELETONS = frozenset(skeleton(word) for word in RESERVED)
