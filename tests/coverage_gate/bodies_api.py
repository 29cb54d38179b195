"""What the API's unsafe routes are called with, where the example of its description is not enough."""

from tests.coverage_gate import grounds
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
PEOPLE = {
    "DELETE /v1/people/{person_id}/suspension": Call(after=("PUT /v1/people/{person_id}/suspension",)),
    "PATCH /v1/people/{person_id}": Call({"name": "Guest of Honour"}),
    "PATCH /v1/roles/{role_id}": Call({"label": "Keepers of the log"}),
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
CALLS = PEOPLE | LOG | HOSTS | TENANTS | MACHINES
EXCEPTIONS: dict[str, str] = {
    "POST /v1/audit/prunings": "nothing is old enough on this ground; test_removals_done.py lets time pass first",
    "POST /v1/audit/rules/test": "changes nothing: it says what a rule would have found",
}
