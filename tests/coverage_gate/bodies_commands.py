"""The arguments that the changing verbs of commands are given."""

from tests.coverage_gate import grounds
from tests.coverage_gate.calls import Call

HERE = ("--tenant", "<slug>")
REASON = ("--reason", "A test.")
PRESENT = ("--no-wait",)
LOG = {
    "alert acknowledge": Call(["<alert_id>", *HERE]),
    "alert channel-change": Call(["<channel_id>", "--name", "Night watch", *HERE]),
    "alert channel-create": Call(["Security", "--kind", "mail", "--target", "security@acme.example", *HERE]),
    "alert channel-delete": Call(["<channel_id>", *HERE]),
    "alert channel-pause": Call(["<channel_id>", *HERE]),
    "alert channel-resume": Call(["<channel_id>", *HERE], after=("alert channel-pause",)),
    "alert channel-test": Call(["<channel_id>", *HERE]),
    "alert close": Call(["<alert_id>", *HERE]),
    "alert rule-change": Call(["<rule>", "<folder>/rule.yml", *HERE]),
    "alert rule-create": Call(["key-at-noon", "<folder>/rule.yml", *HERE]),
    "alert rule-delete": Call(["<rule>", *HERE]),
    "alert rule-disable": Call(["<rule>", *REASON, *HERE]),
    "alert rule-enable": Call(["<rule>", *HERE], after=("alert rule-disable",)),
    "alert rule-mute": Call(["<rule>", "--hours", "8", *HERE]),
    "alert rule-unmute": Call(["<rule>", *HERE], after=("alert rule-mute",)),
    "anchor add": Call(["Auditors", "mail", "--to", "audit@acme.example", *HERE]),
    "anchor change": Call(["<anchor_id>", "--every", "3600", *HERE]),
    "anchor pause": Call(["<anchor_id>", *REASON, *HERE]),
    "anchor remove": Call(["<anchor_id>", *HERE]),
    "anchor resume": Call(["<anchor_id>", *HERE], after=("anchor pause",)),
    "audit forget-person": Call(["<person_id>", *REASON, *HERE], ground=grounds.unheld),
    "audit view-change": Call(["<view_id>", "--name", "Refused this year", *HERE]),
    "audit view-remove": Call(["<view_id>", *HERE]),
    "audit view-save": Call(["Refused", "--outcome", "denied", *HERE]),
    "audit_export fetch": Call(["<export_id>", "--to", "<folder>/fetched", *HERE]),
    "audit_export remove": Call(["<export_id>", *HERE]),
    "audit_export start": Call([*HERE]),
    "checkpoint rotate": Call([*HERE]),
    "event send": Call(["--file", "<folder>/events.jsonl", *HERE], ground=grounds.registered_action),
    "hold ask-lift": Call(["<hold_id>", *REASON, *HERE]),
    "hold lift": Call(["<hold_id>", *HERE], ground=grounds.asked_lift),
    "hold place": Call(["Claim of Mr Moor", *REASON, "--action", "identity.*", *HERE]),
    "hold refuse": Call(["<hold_id>", *HERE], after=("hold ask-lift",)),
    "retention preset": Call(["sox", *HERE]),
    "retention prune": Call([*HERE]),
    "retention set": Call(["security", "--body-days", "366", "--basis", "PCI DSS", *HERE]),
    "stream change": Call(["<stream_id>", "--name", "SIEM of the group", *HERE], ground=grounds.listening_stream),
    "stream create": Call(
        ["SIEM", "https", "--url", "<collector>", "--ca-file", "<folder>/ca.pem", "--secret-file", "<folder>/secret", *HERE]
    ),
    "stream pause": Call(["<stream_id>", *REASON, *HERE]),
    "stream remove": Call(["<stream_id>", *HERE]),
    "stream replay": Call(["<stream_id>", "--from-seq", "1", *HERE]),
    "stream resume": Call(["<stream_id>", *HERE], after=("stream pause",)),
}
ACCESS = {
    "key create": Call(["siem", "--owner", "<keeper>", "--scope", "read:audit.*", *HERE]),
    "key revoke": Call(["<key_id>", *REASON, *HERE]),
    "operation cancel": Call(["<operation_id>", *HERE]),
    "operation resume": Call(["<operation_id>", *HERE], ground=grounds.failed_operation),
    "person add": Call(["ada@acme.example", "--name", "Ada Lovelace", *HERE]),
    "person deactivate": Call(["<guest>", *REASON, *HERE]),
    "person forget": Call(["<guest>", *REASON, *HERE], ground=grounds.unheld),
    "person invite": Call(["<guest>", *HERE]),
    "person resume": Call(["<guest>", *HERE], after=("person suspend",)),
    "person suspend": Call(["<guest>", *REASON, *HERE]),
}
TENANTS = {
    "domain add": Call(["<slug>", "id.customer.example.com"]),
    "domain primary": Call(["<host>"], ground=grounds.own_host),
    "domain redirect": Call(["<host>"], ground=grounds.own_host),
    "domain release": Call(["<host>"], ground=grounds.own_host),
    "domain remove": Call(["<host>", *REASON], after=("domain release",)),
    "tenant archive": Call(["<slug>", *REASON, *PRESENT]),
    "tenant bulk": Call(["suspend", "--slug", "<slug>", *REASON, *PRESENT]),
    "tenant create": Call(
        ["initech", "--name", "Initech", "--owner-email", "ada@initech.example", "--owner-name", "Ada Lovelace", *PRESENT]
    ),
    "tenant delete": Call(["<slug>", *REASON, "--yes-i-mean", "<slug>", *PRESENT]),
    "tenant export": Call(["<slug>", *PRESENT]),
    "tenant move": Call(["<slug>", "--to", "<another_cell>", *PRESENT], ground=grounds.another_cell),
    "tenant plan": Call(["<slug>", "<plan>"]),
    "tenant purge": Call(["<slug>", "--yes-i-mean", "<slug>", "--now", *REASON, *PRESENT], ground=grounds.leaving),
    "tenant rename": Call(["<slug>", "--name", "Acme Group"]),
    "tenant residency": Call(["<slug>", "local"]),
    "tenant restore": Call(["<backup>", "--as", "acme-may", *PRESENT], ground=grounds.backup_with_file),
    "tenant resume": Call(["<slug>"], after=("tenant suspend",)),
    "tenant settings": Call(["<slug>", "deletion_grace_days=60"]),
    "tenant suspend": Call(["<slug>", *REASON]),
    "tenant unarchive": Call(["<slug>", *PRESENT], ground=grounds.archived),
    "tenant undelete": Call(["<slug>"], after=("tenant delete",)),
}
MACHINES = {
    "backup file": Call(["<backup>", "--to", "<folder>/handed-out.fhb"], ground=grounds.backup_with_file),
    "backup remove": Call(["<backup>"], ground=grounds.newer_backup),
    "backup run": Call([]),
    "cell add": Call(["eu-1", "--region", "<region>", "--url", "<empty_url>"]),
    "cell capacity": Call(["<cell>", "--set", "1200"]),
    "cell change": Call(["<cell>", "--kind", "dedicated"]),
    "cell close": Call(["<cell>"], ground=grounds.empty_cell),
    "cell drain": Call(["<cell>", *PRESENT]),
    "cell open": Call(["<cell>"], after=("cell drain",)),
    "cell remove": Call(["<cell>"], after=("cell close",)),
    "fleet cancel": Call(["<run>"], ground=grounds.only_run),
    "fleet migrate": Call(["--ring", "canary", *PRESENT], ground=grounds.no_run),
    "fleet pause": Call(["<run>"], ground=grounds.only_run),
    "fleet resume": Call(["<run>", *PRESENT], after=("fleet pause",)),
    "plan add": Call(["business", "--label", "Business", "--set", "backup_every_hours=6"]),
    "plan change": Call(["<plan>", "--label", "Business"]),
    "plan remove": Call(["<plan>"]),
    "product_action register": Call(["invoice.paid", "--schema", "<folder>/schema.json"]),
    "product_action retire": Call(["<action>"]),
    "region add": Call(["oceania", "--label", "Auckland", "--jurisdiction", "NZ"]),
    "region change": Call(["<region>", "--label", "Paris"]),
    "region remove": Call(["<region>"]),
}
CALLS = LOG | ACCESS | TENANTS | MACHINES
TRIAL = "builds a place and fills it over connections of its own, which see nothing of a transaction; tests/tenants/test_backups.py does it"
EXCEPTIONS: dict[str, str] = {
    "audit_export fetch": "hands out what was written: the trail tells of it as of a look, which tests/audit/test_exports.py proves",
    "backup check": TRIAL,
    "backup drill": TRIAL,
    "fleet spares": "builds and drops places, which no transaction undoes; tests/tenants/test_spares.py does it",
    "retention prune": "nothing is old enough on this ground; test_removals_done.py lets time pass first",
}
