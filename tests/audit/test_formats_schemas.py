"""OCSF and ECS: the classes, activities and values that their schemas allow, for what really happens."""

from copy import deepcopy

import orjson
import pytest

from audit import formats
from audit.formats import ecs, ocsf
from tests.audit.records import LEAF, PLAIN, line_of

OCSF_REQUIRED = {
    2004: ("finding_info",), 3001: ("user",), 3002: ("user",), 3004: ("entity",), 3005: ("user", "privileges"), 3006: ("group",),
    3007: ("user",), 3008: ("iam_role",), 6003: ("actor", "api", "src_endpoint"), 6005: ("actor", "src_endpoint"),
}  # fmt: skip
OCSF_ONE_OF = {3002: ("service", "dst_endpoint"), 3006: ("privileges", "user"), 6005: ("database", "databucket", "table")}
OCSF_ACTIVITIES = {
    "1.3.0": {2004: range(1, 4), 3001: range(1, 12), 3002: range(1, 7), 3004: range(1, 5), 3005: range(1, 3), 3006: range(1, 7),
              6003: range(1, 5), 6005: range(1, 11)},
    "1.9.0": {2004: range(1, 4), 3002: range(1, 8), 3004: range(1, 14), 3007: range(1, 20), 3008: range(1, 12), 6003: range(1, 5),
              6005: range(1, 11)},
}  # fmt: skip
"""From the public schema: what each class requires, and which activities it knows in each version."""
ACTS = [
    ("identity.session.started", "authentication", {"1.3.0": (3002, 1), "1.9.0": (3002, 1)}),
    ("identity.session.refused", "authentication", {"1.3.0": (3002, 1), "1.9.0": (3002, 1)}),
    ("identity.session.ended", "authentication", {"1.3.0": (3002, 2), "1.9.0": (3002, 2)}),
    ("identity.person.added", "people", {"1.3.0": (3001, 1), "1.9.0": (3007, 1)}),
    ("identity.person.suspended", "people", {"1.3.0": (3001, 5), "1.9.0": (3007, 5)}),
    ("identity.person.resumed", "people", {"1.3.0": (3001, 2), "1.9.0": (3007, 4)}),
    ("identity.person.reinstated", "people", {"1.3.0": (3001, 2), "1.9.0": (3007, 4)}),
    ("identity.person.deactivated", "people", {"1.3.0": (3001, 6), "1.9.0": (3007, 3)}),
    ("identity.password.changed", "authentication", {"1.3.0": (3001, 3), "1.9.0": (3007, 8)}),
    ("identity.role.created", "access", {"1.3.0": (3006, 6), "1.9.0": (3008, 1)}),
    ("identity.role.deleted", "access", {"1.3.0": (3006, 5), "1.9.0": (3008, 3)}),
    ("identity.api_key.created", "access", {"1.3.0": (3004, 1), "1.9.0": (3004, 1)}),
    ("identity.api_key.revoked", "access", {"1.3.0": (3004, 4), "1.9.0": (3004, 4)}),
    ("audit.alert.raised", "security", {"1.3.0": (2004, 1), "1.9.0": (2004, 1)}),
    ("audit.alert.closed", "security", {"1.3.0": (2004, 3), "1.9.0": (2004, 3)}),
    ("audit.entries.exported", "data", {"1.3.0": (6005, 1), "1.9.0": (6005, 1)}),
    ("tenants.tenant.suspended", "tenancy", {"1.3.0": (3004, 3), "1.9.0": (3004, 3)}),
    ("operations.operation.started", "operations", {"1.3.0": (6003, 99), "1.9.0": (6003, 99)}),
    ("audit.request.refused", "security", {"1.3.0": (6003, 99), "1.9.0": (6003, 99)}),
]  # fmt: skip


@pytest.mark.parametrize("version", ocsf.VERSIONS)
@pytest.mark.parametrize(("action", "category", "expected"), ACTS, ids=[act[0] for act in ACTS])
def test_ocsf_classes_and_required_fields(action: str, category: str, expected: dict[str, tuple[int, int]], version: str) -> None:
    writer = formats.writer("ocsf", version=version)

    record = orjson.loads(writer.one(line_of(deepcopy(PLAIN) | {"action": action, "category": category})))

    class_uid, activity_id = expected[version]
    assert (record["class_uid"], record["activity_id"]) == (class_uid, activity_id)
    assert record["category_uid"] == class_uid // 1000
    assert record["type_uid"] == class_uid * 100 + activity_id
    assert activity_id == 99 or activity_id in OCSF_ACTIVITIES[version][class_uid]
    assert all(name in record for name in ("metadata", "severity_id", "time", *OCSF_REQUIRED[class_uid]))
    assert not OCSF_ONE_OF.get(class_uid) or any(name in record for name in OCSF_ONE_OF[class_uid])
    assert (record["metadata"]["version"], record["metadata"]["product"]["vendor_name"]) == (version, "Freehold")
    assert (record["time"], record["unmapped"]["leaf"]) == (1795255200123, LEAF)


def test_ocsf_tells_roles_that_were_given_from_other_changes() -> None:
    document = deepcopy(PLAIN) | {"details": {"roles_added": ["owner"], "roles_removed": []}}

    old, new = (orjson.loads(formats.writer("ocsf", version=version).one(line_of(document))) for version in ocsf.VERSIONS)

    assert (old["class_uid"], old["activity_id"], old["privileges"]) == (3005, 1, ["owner"])
    assert (new["class_uid"], new["activity_id"], new["privileges"]) == (3007, 16, ["owner"])


def test_ecs_uses_the_values_that_the_schema_allows() -> None:
    allowed = {
        "authentication": {"start", "end", "info"}, "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
        "database": {"access", "change", "info", "error"}, "configuration": {"access", "change", "creation", "deletion", "info"},
        "process": {"access", "change", "end", "info", "start"}, "web": {"access", "error", "info"},
    }  # fmt: skip
    for action, category, _expected in ACTS:
        for outcome in ("success", "failure", "denied"):
            document = deepcopy(PLAIN) | {"action": action, "category": category, "outcome": outcome}
            record = orjson.loads(formats.FORMATS["ecs"].one(line_of(document)))

            (named,), (kind,) = record["event"]["category"], record["event"]["type"]
            assert kind in allowed[named]
            assert record["event"]["outcome"] in {"success", "failure"}
            assert (record["ecs"]["version"], record["event"]["sequence"], record["freehold"]["leaf"]) == (ecs.VERSION, 42, LEAF)


def test_ecs_leaves_out_addresses_that_are_none() -> None:
    document = deepcopy(PLAIN)
    document["context"]["address"] = "not an address"

    record = orjson.loads(formats.FORMATS["ecs"].one(line_of(document)))

    assert "source" not in record
