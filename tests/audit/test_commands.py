"""`manage.py audit` and `audit_export`: filters, the tail, exports; what people typed is shown as text, whatever it looks like."""

import hashlib
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from audit import queries
from kernel import ids, tenancy
from kernel.commands import CONFLICT, USAGE
from tests.audit.conftest import happen, seal
from tests.makers import person_actor


@pytest.mark.parametrize("label", ["[/]", "[b]x[/b]", "[red", "a]b"])
def test_a_label_that_looks_like_markup_is_listed_as_it_is(acme: tenancy.TenantRef, label: str) -> None:
    happen(actor=person_actor(), label=label)

    shown = io.StringIO()
    with redirect_stdout(shown):
        call_command("audit", "list", "--tenant", acme.slug, "--limit", "1")

    assert label in shown.getvalue()


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    found: dict[str, Any] = orjson.loads(out.getvalue())
    return found


def test_what_commands_show_of_the_trail_is_written_in_it(acme: tenancy.TenantRef) -> None:
    shown = ids.show("ent", happen(actor=person_actor(), subject="thing_1"))

    run("audit", "list", "--subject", "thing_1", "--tenant", acme.slug)
    run("audit", "show", shown, "--tenant", acme.slug)
    run("audit", "tail", "--for", "0", "--category", "data", "--tenant", acme.slug)

    told = queries.entries().filter(actor_id="command:audit").order_by("id")
    assert [(entry.action, entry.subject, queries.opened(entry)["details"].get("filters")) for entry in told] == [
        ("audit.entries.listed", "trail", {"subject": "thing_1"}),
        ("audit.entry.read", shown, None),
        ("audit.entries.listed", "trail", {"category": "data"}),
    ]


def test_the_list_takes_the_same_filters_as_everywhere(acme: tenancy.TenantRef) -> None:
    happen(actor=person_actor(), subject="thing_1", label="Peculiar")
    wanted = ids.show("ent", happen(actor=person_actor(), subject="thing_2", label="Peculiar"))

    found = run(
        "audit",
        "list",
        "--tenant",
        acme.slug,
        "--q",
        "pecul",
        "--subject",
        "thing_2",
        "--severity",
        "1",
        "--since",
        "2020-01-01T00:00:00Z",
    )

    assert [entry["id"] for entry in found["entries"]] == [wanted]
    with pytest.raises(SystemExit) as refused:
        run("audit", "list", "--tenant", acme.slug, "--severity", "9")
    assert refused.value.code == USAGE


def test_the_tail_tells_what_is_sealed_behind_a_place(acme: tenancy.TenantRef) -> None:
    seal(acme)
    before = queries.chain().sealed
    happen(actor=person_actor(), subject="thing_1")
    seal(acme)
    out = io.StringIO()

    call_command(
        "audit", "tail", "--tenant", acme.slug, "--after", str(before), "--for", "0", "--action", "tests.*", "--json", stdout=out
    )

    first, *rest = out.getvalue().splitlines()
    assert orjson.loads(first)["document"]["subject"]["id"] == "thing_1"
    assert orjson.loads("".join(rest))["shown"] == 1


def test_an_export_is_started_listed_fetched_and_removed(acme: tenancy.TenantRef, tmp_path: Path, settings: Any) -> None:
    settings.EXPORT_FOLDER = str(tmp_path / "exports")
    happen(actor=person_actor(), subject="thing_out")
    seal(acme)
    target = tmp_path / "out.jsonl"
    at = ("--tenant", acme.slug)

    dry = run("audit_export", "start", *at, "--subject", "thing_out", "--dry-run")
    made = run("audit_export", "start", *at, "--subject", "thing_out", "--inline")["exports"][0]
    fetched = run("audit_export", "fetch", made["id"], "--to", str(target), *at)
    with pytest.raises(SystemExit) as again:
        run("audit_export", "fetch", made["id"], "--to", str(target), *at)
    removed = run("audit_export", "remove", made["id"], *at)

    assert dry["dry_run"] is True
    assert (made["state"], made["row_count"]) == ("ready", 1)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == fetched["sha256"]
    assert again.value.code == CONFLICT
    assert removed == {"schema": 1, "removed": made["id"]}
    assert [row["state"] for row in run("audit_export", "list", *at)["exports"]] == ["removed"]
