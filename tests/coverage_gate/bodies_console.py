"""What the console's forms are sent with."""

from tests.coverage_gate import grounds, grounds_entering, grounds_people
from tests.coverage_gate.bodies_api import RULE
from tests.coverage_gate.calls import Call
from tests.listeners import CA_PEM

REASON = {"reason": "A test."}
NEW_PASSWORD = "seven quiet herons by the lake"
POLICY = "forbid(principal, action, resource) when { context.hour > 25 };"
COLLECTOR = {"url": "<collector>", "ca": CA_PEM, "format": "jsonl:"}
PLACE = "/tenants/{tenant_id}"
ACCESS = {
    "POST /account/profile": Call({"name": "Keeper", "timezone": "Europe/Vienna", "version": "2"}),
    "POST /account": Call({"current": "<password>", "replacement": NEW_PASSWORD}),
    "POST /api-keys/new": Call({"name": "billing sync", "expires_in_days": "90", "preset": "read"}),
    "POST /api-keys/{key_id}/revocation": Call(REASON),
    "POST /invitation/{token}": Call({"name": "Guest", "password": NEW_PASSWORD}),
    "POST /people/new": Call({"email": "ada@acme.example", "name": "Ada Lovelace", "roles": ["member"]}),
    "POST /people/{person_id}": Call({"name": "Guest of Honour", "roles": ["member"], "version": "2"}),
    "POST /people/{person_id}/deactivation": Call(REASON),
    "POST /people/{person_id}/forgetting": Call({"email": "<guest>", **REASON}, ground=grounds.unheld),
    "POST /people/{person_id}/resumption": Call(after=("POST /people/{person_id}/suspension",)),
    "POST /people/{person_id}/suspension": Call(REASON),
    "POST /roles/new": Call({"name": "help-desk", "label": "Help desk", "preset": "read"}),
    "POST /roles/{role_id}": Call({"label": "Readers", "preset": "read"}),
    "POST /sign-in": Call({"email": "<robin>", "password": "<password>"}, ground=grounds_entering.active_person),
}
LIMITS = {"password_may_reset": "yes", "support_may_enter": "yes", "sessions_maximum": "20", "version": "1"}
RULE_OF_FACTORS = {"required": "any", "grace_days": "14", "remember_days": "7"}
ENTERING = {
    "POST /account/factors/new/{factor_kind}": Call({"name": "Telephone"}),
    "POST /account/factors/new/{factor_kind}/completion": Call({"code": "<proof>"}, ground=grounds_entering.own_enrolment),
    "POST /account/factors/{factor_id}/name": Call({"name": "Old telephone"}),
    "POST /forgotten": Call({"email": "<guest>"}),
    "POST /reset/{token}": Call({"password": NEW_PASSWORD}, ground=grounds_entering.reset_link),
    "POST /sign-in/enrolment/{factor_kind}": Call({"name": "Telephone"}, ground=grounds_entering.sign_in_that_enrols),
    "POST /sign-in/enrolment/{factor_kind}/completion": Call({"code": "<proof>"}, ground=grounds_entering.enrolment_at_sign_in),
    "POST /sign-in/factor": Call({"kind": "recovery", "code": "<proof>"}, ground=grounds_entering.sign_in_that_asks),
    "POST /sign-in/factor/code": Call(ground=grounds_entering.sign_in_by_telephone),
    "POST /sign-in/passkey": Call({"credential": "<proof>"}, ground=grounds_entering.shown_passkey),
    "POST /step-up": Call({"kind": "recovery", "code": "<proof>"}, ground=grounds_entering.begun_step_up),
    "POST /support/enter/{token}": Call(ground=grounds_entering.visit_link),
    "POST /support/new": Call({"tenant": "<tenant_slug>", "email": "keeper@<tenant_slug>.example", "minutes": "30", **REASON}),
}
IDENTITY = {
    "POST /api-keys/leaked": Call({"texts": "<leaked>", "found_at": "A public repository"}, ground=grounds_entering.leaked_key),
    "POST /api-keys/{key_id}/change": Call({"name": "Night job", "preset": "read"}),
    "POST /api-keys/{key_id}/rotation": Call({"overlap_hours": "24"}),
    "POST /api-keys/{key_id}/signing-keys/new": Call({"name": "Second", "algorithm": "hmac-sha256", "expires_in_days": "30"}),
    "POST /api-keys/{key_id}/signing-keys/{signing_key_id}/revocation": Call(REASON),
    "POST /api-keys/{key_id}/signing-keys/{signing_key_id}/rotation": Call({"overlap_hours": "24"}),
    "POST /people/bulk/new": Call({"kind": "invite", "file": grounds_people.INVITED}),
    "POST /people/bulk/{bulk_id}/execution": Call(ground=grounds_people.rehearsed_change),
    "POST /people/bulk/{bulk_id}/undo": Call(ground=grounds_people.done_change),
    "POST /people/seats/change": Call({"maximum": "50", "rule": "queue", "version": "1"}),
    "POST /people/{person_id}/attributes": Call({"attributes": "department = finance", "version": "2"}),
    "POST /people/{person_id}/trusted-devices/{trusted_device_id}/end": Call(ground=grounds_people.guests_browser),
    "POST /people/{person_id}/factors/removal": Call(REASON, ground=grounds_people.guests_app),
    "POST /people/{person_id}/factors/{factor_id}/removal": Call(REASON, ground=grounds_people.guests_app),
    "POST /people/{person_id}/password": Call(ground=grounds_people.active_guest),
    "POST /people/{person_id}/roles": Call({"role": "<another_role>"}, ground=grounds_people.another_role),
    "POST /policies/clock": Call({"timezone": "Europe/Vienna"}),
    "POST /policies/new": Call({"name": "day-time", "text": POLICY}),
    "POST /policies/simulator": Call({"principal": "<keeper>", "permission": "read:identity.people"}),
    "POST /policies/{policy_id}": Call({"text": POLICY}),
    "POST /policies/{policy_id}/disablement": Call(after=("POST /policies/{policy_id}/enforcement",)),
    "POST /roles/{role_id}/deletion": Call(after=("POST /role-bindings/{binding_id}/withdrawal",)),
    "POST /roles/{role_id}/holders": Call({"holder": "<service_account_id>"}),
    "POST /security/": Call(LIMITS),
    "POST /security/break-glass/new": Call({"email": "<guest>"}, ground=grounds_people.guests_passkey),
    "POST /security/break-glass/{person_id}/arming": Call({"hours": "2", **REASON}, after=("POST /security/break-glass/new",)),
    "POST /security/break-glass/{person_id}/disarming": Call(after=("POST /security/break-glass/{person_id}/arming",)),
    "POST /security/break-glass/{person_id}/removal": Call(after=("POST /security/break-glass/new",)),
    "POST /security/mfa/new": Call({"applies_to": "role", "named": "member", **RULE_OF_FACTORS}),
    "POST /security/mfa/{mfa_policy_id}": Call(RULE_OF_FACTORS),
    "POST /security/networks/new": Call({"cidr": "127.0.0.0/8", "note": "Where the callers are"}),
    "POST /service-accounts/new": Call({"label": "Exporter", "name": "exporter"}),
    "POST /service-accounts/{service_account_id}": Call({"label": "Night watch", "version": "1"}),
    "POST /service-accounts/{service_account_id}/attributes": Call({"attributes": "department = finance", "version": "1"}),
    "POST /service-accounts/{service_account_id}/deactivation": Call(REASON),
    "POST /service-accounts/{service_account_id}/resumption": Call(
        after=("POST /service-accounts/{service_account_id}/suspension",)
    ),
    "POST /service-accounts/{service_account_id}/roles": Call({"role": "<role_id>"}),
    "POST /service-accounts/{service_account_id}/suspension": Call(REASON),
    "POST /teams/new": Call({"label": "Support", "name": "support"}),
    "POST /teams/{team_id}": Call({"label": "Second line", "version": "1"}),
    "POST /teams/{team_id}/members": Call({"members": ["<person_id>"]}),
    "POST /teams/{team_id}/roles": Call({"role": "<role_id>"}),
}
ALERTS = {
    "POST /audit/alerts/{alert_id}/acknowledgement": Call({"note": "It was our penetration test."}),
    "POST /audit/alerts/{alert_id}/closure": Call({"note": "It was our penetration test."}),
    "POST /audit/channels/new": Call(
        {"name": "Security", "kind": "mail", "target": "security@acme.example", "from_severity": "3", "most_per_hour": "30"}
    ),
    "POST /audit/channels/{channel_id}": Call({"name": "Night watch", "from_severity": "4", "most_per_hour": "30"}),
    "POST /audit/channels/{channel_id}/resumption": Call(after=("POST /audit/channels/{channel_id}/pause",)),
    "POST /audit/rules/new": Call({"key": "key-at-noon", "text": RULE}),
    "POST /audit/rules/{rule}": Call({"text": RULE}),
    "POST /audit/rules/{rule}/disablement": Call(REASON),
    "POST /audit/rules/{rule}/enablement": Call(after=("POST /audit/rules/{rule}/disablement",)),
    "POST /audit/rules/{rule}/mute": Call({"hours": "8"}),
}
LOG = {
    "POST /audit/anchors/new": Call({"name": "Auditors", "to": "audit@acme.example", "every_s": "86400"}, query="?kind=mail"),
    "POST /audit/anchors/{anchor_id}/pause": Call(REASON),
    "POST /audit/anchors/{anchor_id}/resumption": Call(after=("POST /audit/anchors/{anchor_id}/pause",)),
    "POST /audit/anchors/{anchor_id}/settings": Call({"name": "Board", "to": "board@acme.example", "every_s": "3600"}),
    "POST /audit/exports/new": Call({"format": "jsonl"}),
    "POST /audit/holds/new": Call({"name": "Claim of Mr Moor", "reason": "A claim was made.", "action": "identity.*"}),
    "POST /audit/holds/{hold_id}/lift": Call(ground=grounds.asked_lift),
    "POST /audit/holds/{hold_id}/lift-request": Call(REASON),
    "POST /audit/holds/{hold_id}/refusal": Call(after=("POST /audit/holds/{hold_id}/lift-request",)),
    "POST /audit/retention/removal": Call(),
    "POST /audit/retention/{category}": Call({"body_days": "366", "seal_days": "0", "basis": "PCI DSS"}),
    "POST /audit/streams/new": Call(
        {"name": "SIEM", "signing_key": "a-long-random-text-of-your-own", "start": "now", **COLLECTOR}, query="?kind=https"
    ),
    "POST /audit/streams/{stream_id}/pause": Call(REASON),
    "POST /audit/streams/{stream_id}/replay": Call({"from_seq": "1"}),
    "POST /audit/streams/{stream_id}/resumption": Call(after=("POST /audit/streams/{stream_id}/pause",)),
    "POST /audit/streams/{stream_id}/settings": Call({"name": "SIEM of the group", **COLLECTOR}, ground=grounds.listening_stream),
    "POST /audit/streams/{stream_id}/test": Call(ground=grounds.listening_stream),
    "POST /audit/views/new": Call({"name": "Refused", "audience": "shared"}, query="?outcome=denied"),
    "POST /audit/views/{view_id}": Call({"name": "Refused this year", "audience": "own"}),
}
HOSTS = {
    "POST /domains/": Call({"host": "id.customer.example.com"}),
    "POST /domains/{domain_id}/answer": Call(after=("POST /domains/{domain_id}/redirect",)),
    "POST /domains/{domain_id}/primary": Call(ground=grounds.own_host),
    "POST /domains/{domain_id}/redirect": Call(ground=grounds.own_host),
    "POST /domains/{domain_id}/release": Call(ground=grounds.own_host),
    "POST /domains/{domain_id}/verification": Call(ground=grounds.own_claim),
    f"POST {PLACE}/domains": Call({"host": "id.customer.example.com"}),
    f"POST {PLACE}/domains/{{domain_id}}/answer": Call(after=(f"POST {PLACE}/domains/{{domain_id}}/redirect",)),
    f"POST {PLACE}/domains/{{domain_id}}/freeing": Call(REASON, after=(f"POST {PLACE}/domains/{{domain_id}}/release",)),
    f"POST {PLACE}/domains/{{domain_id}}/primary": Call(ground=grounds.tenants_host),
    f"POST {PLACE}/domains/{{domain_id}}/redirect": Call(ground=grounds.tenants_host),
    f"POST {PLACE}/domains/{{domain_id}}/release": Call(ground=grounds.tenants_host),
    f"POST {PLACE}/domains/{{domain_id}}/trust": Call(REASON, ground=grounds.tenants_claim),
    f"POST {PLACE}/domains/{{domain_id}}/verification": Call(ground=grounds.tenants_claim),
}
TENANTS = {
    "POST /tenants/bulk": Call({"action": "suspend", "tenant": ["<tenant_slug>"], **REASON}),
    "POST /tenants/new": Call({"name": "Initech", "slug": "initech"}),
    "POST /tenants/new/owner": Call({"owner_name": "Ada", "owner_email": "ada@initech.example"}, after=("POST /tenants/new",)),
    "POST /tenants/new/review": Call(after=("POST /tenants/new/owner",)),
    f"POST {PLACE}/archiving": Call(REASON),
    f"POST {PLACE}/deletion": Call({"slug": "<tenant_slug>", **REASON}),
    f"POST {PLACE}/move": Call({"cell": "<another_cell>"}, ground=grounds.another_cell),
    f"POST {PLACE}/name": Call({"name": "Acme Group", "slug": "acme-group"}),
    f"POST {PLACE}/plan": Call({"plan": "<plan>"}),
    f"POST {PLACE}/purge": Call({"slug": "<tenant_slug>", **REASON}, ground=grounds.leaving),
    f"POST {PLACE}/residency": Call({"jurisdiction": "local"}),
    f"POST {PLACE}/resumption": Call(after=(f"POST {PLACE}/suspension",)),
    f"POST {PLACE}/settings": Call({"setting-deletion_grace_days": "60"}),
    f"POST {PLACE}/suspension": Call(REASON),
    f"POST {PLACE}/unarchiving": Call(ground=grounds.archived),
    f"POST {PLACE}/undeletion": Call(after=(f"POST {PLACE}/deletion",)),
}
MACHINES = {
    "POST /backups/{backup_id}/removal": Call(ground=grounds.newer_backup),
    "POST /backups/{backup_id}/replacement": Call({"slug": "<tenant_slug>"}, ground=grounds.backup_with_file),
    "POST /backups/{backup_id}/restoration": Call({"name": "Acme as of May", "slug": "acme-may"}, ground=grounds.backup_with_file),
    "POST /backups/{backup_id}/trial": Call(ground=grounds.backup_with_file),
    "POST /cells/new": Call({"name": "eu-1", "region": "<region>", "kind": "shared", "capacity": "10", "url": "<empty_url>"}),
    "POST /cells/{name}/change": Call({"region": "<cell_region>", "kind": "shared", "capacity": "1200"}),
    "POST /cells/{name}/closing": Call(ground=grounds.empty_cell),
    "POST /cells/{name}/opening": Call(after=("POST /cells/{name}/draining",)),
    "POST /cells/{name}/removal": Call(after=("POST /cells/{name}/closing",)),
    "POST /fleet/migration": Call({"until": "canary", "jobs": "2"}, ground=grounds.no_run),
    "POST /fleet/runs/{run_id}/continuation": Call({"until": "early"}, after=("POST /fleet/runs/{run_id}/pause",)),
    "POST /fleet/runs/{run_id}/pause": Call(ground=grounds.only_run),
    "POST /operations/{operation_id}/resumption": Call(ground=grounds.failed_operation),
    "POST /plans/new": Call({"code": "business", "label": "Business", "cell_kind": "shared", "setting-backup_every_hours": "6"}),
    "POST /plans/{code}": Call({"label": "Business", "cell_kind": "shared"}),
    "POST /product-actions/new": Call(
        {
            "name": "invoice.paid",
            "category": "product",
            "severity": "1",
            "schema": '{"type": "object"}',
            "title": "An invoice was paid",
        }
    ),
    "POST /regions/new": Call({"code": "oceania", "label": "Auckland", "jurisdiction": "NZ"}),
    "POST /regions/{code}": Call({"label": "Paris", "jurisdiction": "EU"}),
}
CALLS = ACCESS | ENTERING | IDENTITY | ALERTS | LOG | HOSTS | TENANTS | MACHINES
EXCEPTIONS: dict[str, str] = {
    "POST /audit/retention/removal": "nothing is old enough on this ground; test_removals_done.py lets time pass first",
    "POST /policies/simulator": "changes nothing: it says what somebody would be allowed to do",
    "POST /tenants/new": "keeps in a cookie what was typed; the last step makes the tenant, and records it",
    "POST /tenants/new/owner": "the same",
}
