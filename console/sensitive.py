"""What each page that may ask for a fresh proof is about, so that the question can say what it is asked for."""

from typing import Final
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

ACTS: Final = {
    "console.account": "change your password",
    "console.api-key-change": "change an API key",
    "console.api-key-new": "make an API key",
    "console.api-key-rotate": "replace an API key",
    "console.break-glass": "change an account for emergencies",
    "console.break-glass-arm": "arm an account for emergencies",
    "console.break-glass-mark": "keep an account for emergencies",
    "console.break-glass-unmark": "change an account for emergencies",
    "console.bulk-people-execute": "change many people",
    "console.bulk-people-new": "change many people",
    "console.bulk-people-undo": "take back a change of many people",
    "console.factor-new": "add a second factor",
    "console.factor-remove": "remove a second factor",
    "console.mfa-policy": "change a rule for second factors",
    "console.mfa-policy-delete": "delete a rule for second factors",
    "console.mfa-policy-new": "make a rule for second factors",
    "console.network-new": "allow a network",
    "console.network-remove": "take back a network",
    "console.person": "change who may do everything",
    "console.person-factor-remove": "remove somebody's second factor",
    "console.person-factors-remove": "remove somebody's second factors",
    "console.person-new": "add somebody who may do everything",
    "console.person-reset": "make a link to choose another password",
    "console.person-roles": "change who may do everything",
    "console.policy": "change a policy",
    "console.policy-clock": "set the clock of the policies",
    "console.policy-delete": "delete a policy",
    "console.policy-disable": "take a policy out of force",
    "console.policy-enable": "put a policy into force",
    "console.policy-new": "write a policy",
    "console.recovery-codes": "make new recovery codes",
    "console.role": "change what a role allows",
    "console.role-holders": "change who may do everything",
    "console.role-withdraw": "change who may do everything",
    "console.secrets-rotate": "seal all secrets under a new key",
    "console.security": "change the rules for sign-in",
    "console.service-account-roles": "change who may do everything",
    "console.signing-key-new": "make a signing key",
    "console.signing-key-rotate": "replace a signing key",
    "console.team-member-remove": "change who may do everything",
    "console.team-members": "change who may do everything",
    "console.team-roles": "change who may do everything",
    "console.visit-new": "enter a tenant as one of its people",
}
"""By the name of the page's address; written to stand after "to"."""


def act_at(address: str) -> str:
    """What one is about to do at an address of this host; empty for a page that asks for no fresh proof, and for no page."""
    try:
        return ACTS.get(resolve(urlsplit(address).path).view_name, "")
    except (Resolver404, ValueError):
        return ""
