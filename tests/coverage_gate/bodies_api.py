"""What the API's unsafe routes are called with, where the example of its description is not enough."""

from tests.coverage_gate import grounds, grounds_people
from tests.coverage_gate.calls import Call
from tests.listeners import CA_PEM

REASON = {"reason": "A test."}
REASON_ASKED = "?reason=A+test."
RULE = """title: A key that was made at noon
logsource: {product: freehold, service: audit}
detection:
  key: {action: identity.api_key.created}
  condition: key
level: medium
"""
OWN = "/v1/domains/{domain_id}"
THEIRS = "/v1/tenants/{tenant}/domains/{domain}"
TENANT = "/v1/tenants/{tenant}"
PERSON = "/v1/people/{person_id}"
ROBOT = "/v1/service-accounts/{service_account_id}"
HELD = {"role": "<role_id>"}
"""The role that the tenant has, for somebody who has it not yet."""
OWNED = {
    "DELETE /v1/me/factors/{factor_id}": Call(is_by_person=True),
    "DELETE /v1/me/sessions": Call(is_by_person=True),
    "PATCH /v1/me": Call(is_by_person=True),
    "PATCH /v1/me/factors/{factor_id}": Call(is_by_person=True),
    "POST /v1/me/factor-enrolments": Call(is_by_person=True),
    "POST /v1/me/factor-enrolments/completion": Call(
        {"token": "<enrolment>", "kind": "totp", "code": "<code>"}, ground=grounds_people.begun_enrolment, is_by_person=True
    ),
    "POST /v1/me/recovery-codes": Call(is_by_person=True),
}
PEOPLE = {
    f"DELETE {PERSON}/break-glass": Call(after=(f"PUT {PERSON}/break-glass",)),
    f"DELETE {PERSON}/break-glass/arming": Call(after=(f"PUT {PERSON}/break-glass/arming",)),
    f"DELETE {PERSON}/suspension": Call(after=(f"PUT {PERSON}/suspension",)),
    f"DELETE {ROBOT}/suspension": Call(after=(f"PUT {ROBOT}/suspension",)),
    f"PATCH {PERSON}": Call({"name": "Guest of Honour"}),
    f"POST {PERSON}/password-reset": Call(ground=grounds_people.active_guest),
    "POST /v1/people/bulk/{bulk_id}/execution": Call(ground=grounds_people.rehearsed_change),
    "POST /v1/people/bulk/{bulk_id}/undo": Call(ground=grounds_people.done_change),
    "POST /v1/support/visits": Call({"tenant": "acme", "email": "keeper@acme.example", "minutes": 30, **REASON}, is_by_person=True),
    "POST /v1/teams/{team_id}/members": Call({"members": ["<person_id>"]}),
    f"PUT {PERSON}/break-glass": Call(ground=grounds_people.guests_passkey),
    f"PUT {PERSON}/break-glass/arming": Call(after=(f"PUT {PERSON}/break-glass",)),
    f"PUT {PERSON}/factors/{{factor_id}}/removal": Call(ground=grounds_people.guests_app),
}
ACCESS = {
    "DELETE /v1/policies/{policy_id}/enforcement": Call(after=("PUT /v1/policies/{policy_id}/enforcement",)),
    "DELETE /v1/roles/{role_id}": Call(after=("DELETE /v1/roles/bindings/{binding_id}",)),
    "PATCH /v1/api-keys/{key_id}": Call({"name": "Night job"}),
    "PATCH /v1/roles/{role_id}": Call({"label": "Keepers of the log"}),
    "POST /v1/access/simulation": Call({"principal": "<person_id>", "permission": "write:identity.people"}),
    "POST /v1/networks": Call({"cidr": "127.0.0.0/8", "note": "Where the callers are"}),
    f"POST {PERSON}/roles": Call({"role": "<another_role>"}, ground=grounds_people.another_role),
    "POST /v1/roles/{role_id}/bindings": Call({"holder": "<service_account_id>"}),
    f"POST {ROBOT}/roles": Call(HELD),
    "POST /v1/teams/{team_id}/roles": Call(HELD),
    "PUT /v1/api-keys/{key_id}/networks": Call({"networks": ["127.0.0.0/8"]}),
}
LOG = {
    "DELETE /v1/audit/anchors/{anchor_id}/pause": Call(after=("PUT /v1/audit/anchors/{anchor_id}/pause",)),
    "DELETE /v1/audit/channels/{channel_id}/pause": Call(after=("PUT /v1/audit/channels/{channel_id}/pause",)),
    "DELETE /v1/audit/holds/{hold_id}/lift-request": Call(after=("PUT /v1/audit/holds/{hold_id}/lift-request",)),
    "DELETE /v1/audit/persons/{person_ref}": Call(query=REASON_ASKED, ground=grounds.unheld),
    "DELETE /v1/audit/rules/{rule}/disablement": Call(after=("PUT /v1/audit/rules/{rule}/disablement",)),
    "DELETE /v1/audit/rules/{rule}/mute": Call(after=("PUT /v1/audit/rules/{rule}/mute",)),
    "DELETE /v1/audit/streams/{stream_id}/pause": Call(after=("PUT /v1/audit/streams/{stream_id}/pause",)),
    "PATCH /v1/audit/channels/{channel_id}": Call({"name": "Night watch"}),
    "PATCH /v1/audit/rules/{rule}": Call({"text": RULE}),
    "POST /v1/audit/events": Call(ground=grounds.registered_action),
    "POST /v1/audit/prunings": Call({"dry_run": False}),
    "POST /v1/audit/streams": Call(
        {
            "name": "SIEM",
            "kind": "https",
            "settings": {"url": "<collector>", "ca": CA_PEM},
            "secret": {"signing_key": "a-long-random-text-of-your-own"},
        }
    ),
    "POST /v1/audit/streams/{stream_id}/replay": Call({"from_seq": 1}),
    "POST /v1/audit/streams/{stream_id}/test": Call(ground=grounds.listening_stream),
    "POST /v1/audit/verification": Call({}),
    "PUT /v1/audit/holds/{hold_id}/lift": Call(ground=grounds.asked_lift),
    "PUT /v1/audit/rules/{rule}/disablement": Call(REASON),
    "PUT /v1/audit/rules/{rule}/mute": Call({"until": "2999-01-01T00:00:00Z"}),
}
HOSTS = {
    f"DELETE {OWN}": Call(ground=grounds.own_host),
    f"DELETE {OWN}/redirect": Call(after=(f"PUT {OWN}/redirect",)),
    f"PUT {OWN}/check": Call(ground=grounds.own_claim),
    f"PUT {OWN}/primary": Call(ground=grounds.own_host),
    f"PUT {OWN}/redirect": Call(ground=grounds.own_host),
    f"PUT {OWN}/verification": Call(ground=grounds.own_claim),
    f"DELETE {THEIRS}": Call(ground=grounds.tenants_host),
    f"DELETE {THEIRS}/quarantine": Call(query=REASON_ASKED, after=(f"DELETE {THEIRS}",)),
    f"DELETE {THEIRS}/redirect": Call(after=(f"PUT {THEIRS}/redirect",)),
    f"PUT {THEIRS}/check": Call(ground=grounds.tenants_claim),
    f"PUT {THEIRS}/primary": Call(ground=grounds.tenants_host),
    f"PUT {THEIRS}/redirect": Call(ground=grounds.tenants_host),
    f"PUT {THEIRS}/trust": Call(ground=grounds.tenants_claim),
    f"PUT {THEIRS}/verification": Call(ground=grounds.tenants_claim),
}
TENANTS = {
    f"DELETE {TENANT}/archive": Call(ground=grounds.archived),
    f"DELETE {TENANT}/deletion": Call(after=(f"PUT {TENANT}/deletion",)),
    f"DELETE {TENANT}/plan": Call(after=(f"PUT {TENANT}/plan",)),
    f"DELETE {TENANT}/residency": Call(after=(f"PUT {TENANT}/residency",)),
    f"DELETE {TENANT}/suspension": Call(after=(f"PUT {TENANT}/suspension",)),
    "POST /v1/restorations": Call(
        {"backup": "<backup>", "slug": "acme-may", "name": "Acme as of May"}, ground=grounds.backup_with_file
    ),
    "POST /v1/tenants": Call(
        {"slug": "initech", "name": "Initech", "owner_email": "ada@initech.example.com", "owner_name": "Ada Lovelace"}
    ),
    f"PUT {TENANT}/erasure": Call({"slug": "acme", "without_export": "acme", **REASON}, after=(f"PUT {TENANT}/deletion",)),
    f"PUT {TENANT}/placement": Call({"cell": "<another_cell>"}, ground=grounds.another_cell),
    f"PUT {TENANT}/plan": Call({"plan": "<plan>"}),
    f"PUT {TENANT}/residency": Call({"jurisdiction": "local"}),
}
MACHINES = {
    "DELETE /v1/backups/{backup}": Call(ground=grounds.newer_backup),
    "DELETE /v1/cells/{cell}": Call(after=("PUT /v1/cells/{cell}/closing",)),
    "DELETE /v1/cells/{cell}/closing": Call(after=("PUT /v1/cells/{cell}/closing",)),
    "DELETE /v1/cells/{cell}/draining": Call(after=("PUT /v1/cells/{cell}/draining",)),
    "DELETE /v1/fleet/runs/{run}/pause": Call(after=("PUT /v1/fleet/runs/{run}/pause",)),
    "POST /v1/cells": Call({"name": "eu-1", "region": "<region>", "url": "<empty_url>"}),
    "POST /v1/fleet/runs": Call(ground=grounds.no_run),
    "POST /v1/regions": Call({"code": "oceania", "jurisdiction": "NZ", "label": "Auckland"}),
    "PUT /v1/backups/{backup}/check": Call(ground=grounds.backup_with_file),
    "PUT /v1/cells/{cell}/closing": Call(ground=grounds.empty_cell),
    "PUT /v1/fleet/runs/{run}/pause": Call(ground=grounds.only_run),
    "PUT /v1/fleet/runs/{run}/resumption": Call(after=("PUT /v1/fleet/runs/{run}/pause",)),
    "PUT /v1/operations/{operation_id}/resumption": Call(ground=grounds.failed_operation),
}
CALLS = OWNED | PEOPLE | ACCESS | LOG | HOSTS | TENANTS | MACHINES
EXCEPTIONS: dict[str, str] = {
    "POST /v1/access/simulation": "changes nothing: it says what somebody would be allowed to do",
    "POST /v1/audit/prunings": "nothing is old enough on this ground; test_removals_done.py lets time pass first",
    "POST /v1/audit/rules/test": "changes nothing: it says what a rule would have found",
    "POST /v1/policies/validation": "changes nothing: it says whether a text could be a policy",
}
