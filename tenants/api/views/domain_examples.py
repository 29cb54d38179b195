"""Hosts as the examples of the API show them."""

from typing import Any

_PLAIN: dict[str, Any] = {
    "id": "dom_06f0kt8m1wfvx5r2c9h3qjz4ac",
    "host": "id.acme.example.com",
    "kind": "custom",
    "state": "claimed",
    "is_primary": False,
    "redirects": False,
    "is_trusted": False,
    "records": [
        {
            "type": "TXT",
            "name": "_freehold-challenge.id.acme.example.com",
            "value": "5d41c2a97b2a76b9719d911017c592ae3c9f0d12",
            "purpose": "proof",
        },
        {
            "type": "CNAME",
            "name": "id.acme.example.com",
            "value": "06f0kt8m1wfvx5r2c9h3qjz4ab.edge.example.net",
            "purpose": "traffic",
        },
    ],
    "findings": [],
    "claim_expires_at": None,
    "verified_at": None,
    "checked_at": None,
    "next_check_at": None,
    "lapsed_at": None,
    "quarantined_until": None,
    "version": 1,
    "created_at": "2026-01-31T12:05:00.000000Z",
}
_MISSING = "The TXT record is not there. Set it as shown; a new record can take an hour to be seen."

CLAIM = {"host": "id.acme.example.com"}
REASON = {"reason": "The host is known only inside the customer's own network."}
CLAIMED = {
    **_PLAIN,
    "findings": [{"code": "txt-missing", "level": "error", "detail": _MISSING}],
    "claim_expires_at": "2026-02-07T12:05:00.000000Z",
    "checked_at": "2026-01-31T12:06:00.000000Z",
    "next_check_at": "2026-01-31T12:21:00.000000Z",
    "version": 2,
}
ACTIVE = {
    **_PLAIN,
    "state": "active",
    "verified_at": "2026-01-31T12:30:00.000000Z",
    "checked_at": "2026-01-31T12:30:00.000000Z",
    "next_check_at": "2026-02-01T13:12:09.000000Z",
    "version": 3,
}
DOMAIN = ACTIVE
PRIMARY = {**ACTIVE, "is_primary": True, "version": 4}
REDIRECTING = {**ACTIVE, "redirects": True, "version": 4}
TRUSTED = {
    **ACTIVE,
    "is_trusted": True,
    "next_check_at": None,
    "findings": [
        {"code": "trusted", "level": "warning", "detail": f"DNS is not asked; an operator vouched for it: {REASON['reason']}"}
    ],
}
