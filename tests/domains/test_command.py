"""`manage.py domain`: what it prints, how it ends."""

import pytest

from kernel.tenancy import TenantRef
from tenants import queries
from tenants.models import Domain
from tests.domains.steps import come_due, proof, way
from tests.nameserver import NameServer
from tests.tenants.commands import run
from tests.tenants.registry import registry_unchanged


def test_a_host_is_claimed_proven_and_given_back(globex: TenantRef, dns: NameServer) -> None:
    added = run("domain", "add", "globex", "ID.Globex.com", "--json").data["domain"]
    assert (added["host"], added["state"]) == ("id.globex.com", "claimed")
    assert [record["type"] for record in added["records"]] == ["TXT", "CNAME"]

    unproven = run("domain", "verify", "id.globex.com", "--json")
    assert (unproven.code, unproven.data["problem"]["type"]) == (5, "/problems/domain-unproven")
    assert [finding["code"] for finding in unproven.data["problem"]["findings"]] == ["txt-missing", "cname-missing"]

    dns.serve(proof(globex), way(globex))
    come_due(Domain.objects.get(host="id.globex.com"))
    assert run("domain", "verify", "id.globex.com.", "--json").data["domain"]["state"] == "active"

    assert run("domain", "release", "id.globex.com", "--json").data["removed"]["host"] == "id.globex.com"
    assert run("domain", "show", "id.globex.com", "--json").data["domain"]["state"] == "released"
    assert run("domain", "remove", "id.globex.com", "--reason", "Sold.", "--json").code == 0
    assert queries.domains(globex.id).count() == 1


def test_a_host_is_trusted_made_primary_and_redirected_to(globex: TenantRef) -> None:
    trusted = run("domain", "add", "globex", "id.globex.com", "--trusted", "Inner network.", "--json").data["domain"]
    assert (trusted["state"], trusted["is_trusted"], trusted["findings"][0]["code"]) == ("active", True, "trusted")

    assert run("domain", "primary", "id.globex.com", "--json").data["domain"]["is_primary"]
    assert run("domain", "redirect", "globex.localhost", "--json").data["domain"]["redirects"]
    assert not run("domain", "redirect", "globex.localhost", "--off", "--json").data["domain"]["redirects"]


def test_a_check_shows_what_was_found_and_ends_with_zero(globex: TenantRef, dns: NameServer) -> None:
    run("domain", "add", "globex", "id.globex.com")

    checked = run("domain", "check", "id.globex.com", "--json")

    assert (checked.code, checked.data["domain"]["findings"][0]["code"]) == (0, "txt-missing")


def test_hosts_of_one_tenant_and_of_all_are_listed_and_searched(globex: TenantRef, capsys: pytest.CaptureFixture[str]) -> None:
    run("domain", "add", "globex", "id.globex.com")

    def listed(*arguments: str) -> list[str]:
        return [row["host"] for row in run("domain", "list", *arguments, "--json").data["domains"]]

    assert listed("globex") == ["id.globex.com", "globex.localhost"]
    assert {"acme.localhost", "globex.localhost", "id.globex.com"} <= set(listed())
    assert listed("--q", "globex.com") == listed("--state", "claimed") == ["id.globex.com"]
    assert run("domain", "list").code == run("domain", "show", "id.globex.com").code == 0
    printed = capsys.readouterr().out
    assert "_freehold-challenge.id.globex.com" in printed


def test_the_tenant_is_asked_for_where_several_have_claimed_a_host() -> None:
    for slug in ("acme", "globex"):
        run("domain", "add", slug, "id.shared.com")

    assert run("domain", "show", "id.shared.com", "--json").code == 3
    assert run("domain", "show", "id.shared.com", "--tenant", "acme", "--json").data["domain"]["host"] == "id.shared.com"


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("add", "globex", "co.uk"), 2, "host-invalid"),
        (("add", "globex", "id.globex.com", "--trusted", " "), 2, "invalid"),
        (("add", "nobody", "a.example.com"), 3, "tenant-not-found"),
        (("verify", "nothing.example.com"), 3, "domain-not-found"),
        (("verify", "globex.localhost"), 5, "domain-state"),
        (("show", "a b"), 2, "invalid"),
        (("remove", "globex.localhost", "--reason", "x"), 5, "domain-state"),
        (("redirect", "globex.localhost"), 5, "domain-state"),
    ],
)
def test_a_refusal_ends_with_its_code_and_problem(arguments: tuple[str, ...], code: int, problem: str) -> None:
    with registry_unchanged():
        ran = run("domain", *arguments, "--json")

    assert (ran.code, ran.data["problem"]["type"]) == (code, f"/problems/{problem}")


@pytest.mark.committed
def test_a_dry_run_says_what_would_be_and_changes_nothing() -> None:
    with registry_unchanged():
        ran = run("domain", "add", "globex", "id.globex.com", "--trusted", "Inner network.", "--dry-run", "--json")

    assert (ran.code, ran.data["dry_run"], ran.data["domain"]["state"]) == (0, True, "active")
