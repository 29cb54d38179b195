"""The pages of the audit log through HTTP: list, filters, live tail, one entry, saved views, exports."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import actions, queries
from audit.models import Export, SavedView
from kernel import ids, tenancy
from kernel.actors import Actor
from tests import makers
from tests.audit.alerting import BERLIN, act, person, write_places
from tests.audit.conftest import happen, seal
from tests.console.browser import Browser, text_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.EXPORT_FOLDER = str(tmp_path)


@pytest.fixture
def auditor_of_acme() -> Browser:
    """Somebody of acme who may read the trail and nothing else."""
    makers.make_person("vera@acme.example", name="Vera Auditor", roles=("auditor",))
    return Browser().signed_in("vera@acme.example")


def seqs_shown(page: str) -> list[str]:
    return re.findall(r'href="/audit/(ent_\w+)"', page)


@pytest.mark.parametrize(
    "path", ["/audit/", "/audit/live", "/audit/views/", "/audit/views/new", "/audit/exports/", "/audit/exports/new"]
)
def test_a_page_asks_a_stranger_to_sign_in_and_answers_an_owner_below_its_tabs(path: str, owner_browser: Browser) -> None:
    stranger, page = Browser().get(path), owner_browser.get(path)

    assert stranger.status_code == 302
    assert page.status_code == 200
    assert text_of(page).count("<h1") == 1
    assert ('aria-label="Audit log"' in text_of(page)) is (path != "/audit/views/new")


@pytest.mark.parametrize(
    "query",
    [
        "q=pecul", "q=thing_page", "action=tests.thing.happened", "action=tests.*", "subject=thing_page", "outcome=success", "source=freehold",
        "severity=1", "since=2020-01-01&until=9999-12-31", "since=2020-01-01T10:00&until=9999-12-31T23:59:59.9", "since=nonsense&severity=99&category=gossip&outcome=lost&action=%27",
    ],
)  # fmt: skip
def test_a_filter_shows_what_it_means_and_one_that_cannot_be_read_filters_nothing(
    query: str, owner: Actor, owner_browser: Browser
) -> None:
    entry = ids.show("ent", happen(actor=owner, subject="thing_page", label="Peculiar"))

    assert entry in text_of(owner_browser.htmx(f"/audit/?{query}"))


@pytest.mark.parametrize(
    "query", ["q=zebra", "subject=thing_2", "category=security&subject=thing_page", "until=2001-01-01", "address=203.0.113.9"]
)
def test_a_filter_hides_what_it_does_not_mean(query: str, owner: Actor, owner_browser: Browser) -> None:
    entry = ids.show("ent", happen(actor=owner, subject="thing_page", label="Peculiar"))

    page = text_of(owner_browser.htmx(f"/audit/?{query}"))

    assert entry not in page
    assert "No events match" in page


@pytest.mark.parametrize("query", ["actor={id}", "address=203.0.113.9", "actor={id}&address=203.0.113.9"])
def test_who_acted_and_from_where_are_found_by_their_filters(query: str, owner_browser: Browser) -> None:
    meant = ids.show("ent", act("tests.thing.happened", actor=person(1), address="203.0.113.9"))
    other = ids.show("ent", act("tests.thing.happened", actor=person(2), address="198.51.100.4"))

    page = text_of(owner_browser.htmx(f"/audit/?{query.format(id=person(1).id)}"))

    assert meant in page
    assert other not in page


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def spans_around(at: datetime) -> dict[str, bool]:
    """Spans in all the forms that they may have, and whether what happened at a moment lies in them."""
    begin = at.replace(second=0, microsecond=0, tzinfo=None)
    in_berlin = (begin + 2 * HOUR).isoformat() + "%2B02:00"
    return {
        f"since={begin:%Y-%m-%dT%H:%M}": True, f"since={begin + MINUTE:%Y-%m-%dT%H:%M}": False,
        f"until={begin:%Y-%m-%dT%H:%M}": False, f"until={begin + MINUTE:%Y-%m-%dT%H:%M:%S}": True,
        f"since={in_berlin}": True, f"until={in_berlin}": False, f"since={begin.isoformat()}-01:00": False,
        f"since={begin:%Y-%m-%d}&until={begin:%Y-%m-%d}": True, f"since={begin + DAY:%Y-%m-%d}": False, f"until={begin - DAY:%Y-%m-%d}": False,
    }  # fmt: skip


def test_the_span_is_given_in_days_or_in_moments_which_are_in_utc_without_a_zone(owner_browser: Browser) -> None:
    identifier = act("tests.thing.happened")
    spans = spans_around(queries.entry(identifier).received_at)

    pages = {span: text_of(owner_browser.htmx(f"/audit/?action=tests.thing.happened&{span}")) for span in spans}

    assert {span: ids.show("ent", identifier) in page for span, page in pages.items()} == spans


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("since=2026-06-03&until=2026-06-03", "2026-06-03T00:00:00", "2026-06-04T00:00:00"),
        ("since=2026-06-03T12:00:00.4Z&until=2026-06-03T12:00:00.6Z", "2026-06-03T12:00:00", "2026-06-03T12:00:01"),
        ("until=9999-12-31T23:59:59.9Z", "", "9999-12-31T23:59:59"),
        ("since=nonsense&until=", "", ""),
    ],
)
def test_the_span_is_shown_in_its_fields_and_nothing_drops_out_of_it(
    query: str, since: str, until: str, owner_browser: Browser
) -> None:
    page = text_of(owner_browser.get(f"/audit/?{query}"))

    shown = re.findall(r'type="datetime-local" step="1" id="(since|until)" name="\w+" value="([^"]*)"', page)
    assert shown == [("since", since), ("until", until)]
    assert "Times are in UTC." in page


def test_the_list_goes_on_where_it_stopped_with_the_same_filters(owner: Actor, owner_browser: Browser) -> None:
    made = [ids.show("ent", happen(actor=owner, subject="thing_many")) for _ in range(30)]
    first = text_of(owner_browser.get("/audit/?subject=thing_many"))
    older = re.search(r'href="(/audit/\?[^"]*cursor=[^"]+)"', first)
    assert older is not None

    second = text_of(owner_browser.get(older.group(1).replace("&amp;", "&")))
    foreign = owner_browser.get(older.group(1).replace("&amp;", "&").replace("thing_many", "thing_few"))

    assert seqs_shown(first) == made[:4:-1]
    assert seqs_shown(second) == made[4::-1]
    assert foreign.status_code == 400


def test_a_search_that_takes_too_long_says_so_in_its_place(owner_browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.finding.PATIENCE_MS", 1)
    monkeypatch.setattr("audit.words.Known.template", "pg_sleep(length(%(expressions)s)) IS NULL")

    page = owner_browser.get("/audit/?q=anything")

    assert page.status_code == 200
    assert "The search takes too long" in text_of(page)


def test_an_entry_shows_what_changed_the_request_and_its_seal(
    owner_browser: Browser, owner: Actor, acme: tenancy.TenantRef
) -> None:
    view = actions.save_view("<b>Old</b>", filters={}, actor=owner)
    actions.change_view(view.id, name="New & better", actor=owner)
    entry = queries.entries(action="audit.view.changed").get()
    waiting = text_of(owner_browser.get(f"/audit/{entry.public_id}"))
    seal(acme)

    page, drawer = text_of(owner_browser.get(f"/audit/{entry.public_id}")), text_of(owner_browser.htmx(f"/audit/{entry.public_id}"))

    kept = queries.seal_of(entry)
    assert kept is not None
    assert "Not sealed yet" in waiting
    for shown in (page, drawer):
        assert "&lt;b&gt;Old&lt;/b&gt;" in shown
        assert "New &amp; better" in shown
        assert bytes(kept.leaf).hex() in shown
        assert f"/audit/{entry.public_id}/proof" in shown
        assert "192.0.2.7" in shown
    assert "<html" in page
    assert "<html" not in drawer


@pytest.mark.parametrize(("address", "country"), [(BERLIN, "DE"), ("192.0.2.7", ""), ("", "")])
def test_an_entry_shows_the_country_where_a_database_of_places_is_set(
    address: str, country: str, owner_browser: Browser, tmp_path: Path, settings: Any
) -> None:
    entry = queries.entry(act("tests.thing.happened", address=address))
    without = text_of(owner_browser.get(f"/audit/{entry.public_id}"))
    settings.GEOIP_PATH = write_places(tmp_path)

    shown = text_of(owner_browser.get(f"/audit/{entry.public_id}"))

    assert "Country" not in without
    assert ("Country" in shown) is bool(country)
    assert (f"<code>{country}</code>" in shown) is bool(country)


def test_the_live_page_neither_loses_nor_repeats(owner: Actor, owner_browser: Browser, acme: tenancy.TenantRef) -> None:
    seal(acme)
    at_first = text_of(owner_browser.get("/audit/live?action=tests.*"))
    seal(acme)
    place = _after(at_first)
    quiet = owner_browser.htmx(f"/audit/live?action=tests.*&after={queries.chain().sealed}")
    made = [ids.show("ent", happen(actor=owner, subject=f"thing_{number}")) for number in range(3)]
    unsealed = text_of(owner_browser.htmx(f"/audit/live?action=tests.*&after={place}"))
    seal(acme)

    news = text_of(owner_browser.htmx(f"/audit/live?action=tests.*&after={place}"))
    after = text_of(owner_browser.htmx(f"/audit/live?action=tests.*&after={_after(news)}"))

    assert quiet.status_code == 204
    assert seqs_shown(unsealed) == []
    assert seqs_shown(news) == made[::-1]
    assert 'hx-swap-oob="true"' in news
    assert seqs_shown(after) == []


def test_a_paused_page_asks_for_nothing_and_goes_on_where_it_stopped(
    owner: Actor, owner_browser: Browser, acme: tenancy.TenantRef
) -> None:
    seal(acme)
    size = queries.chain().sealed
    entry = ids.show("ent", happen(actor=owner))
    seal(acme)

    paused = text_of(owner_browser.htmx(f"/audit/live?after={size}&paused=1"))
    resumed = text_of(owner_browser.htmx(f"/audit/live?after={size}&resumed=1"))
    at_end = owner_browser.htmx(f"/audit/live?after={queries.chain().sealed}&resumed=1")

    assert "every 2s" not in paused
    assert seqs_shown(paused) == []
    assert f"after={size}&amp;resumed=1" in paused
    assert entry in seqs_shown(resumed)
    assert "every 2s" in resumed
    assert (at_end.status_code, "every 2s" in text_of(at_end)) == (200, True)


def test_a_view_is_saved_from_the_list_shown_there_changed_and_removed(owner_browser: Browser) -> None:
    listed = text_of(owner_browser.get("/audit/?outcome=denied&since=2026-01-01"))
    saving = re.search(r'href="(/audit/views/new\?[^"]+)"', listed)
    assert saving is not None
    address = saving.group(1).replace("&amp;", "&")

    saved = owner_browser.post(address, {"name": "Refusals", "audience": "own"})
    again = owner_browser.post(address, {"name": "Refusals", "audience": "own"})
    view = SavedView.objects.get()
    late = owner_browser.post(f"/audit/views/{view.public_id}", {"name": "Late", "audience": "own", "version": 9})
    changed = owner_browser.post(f"/audit/views/{view.public_id}", {"name": "Refused", "audience": "shared", "version": 1})
    shown = text_of(owner_browser.get(saved["Location"]))
    asked = text_of(owner_browser.get(f"/audit/views/{view.public_id}/removal"))
    removed = owner_browser.post(f"/audit/views/{view.public_id}/removal")

    assert view.filters == {"outcome": "denied", "since": "2026-01-01T00:00:00.000000Z"}
    assert (again.status_code, late.status_code, changed.status_code) == (409, 412, 302)
    assert re.search(r'aria-current="true">.*?<bdi>Refused</bdi>', shown, re.DOTALL)
    assert "This will happen" in asked
    assert removed["Location"] == "/audit/views/"
    assert not SavedView.objects.exists()


def test_who_may_only_read_cannot_share_and_does_not_see_exports(auditor_of_acme: Browser) -> None:
    refused = auditor_of_acme.post("/audit/views/new", {"name": "Ours", "audience": "shared"})

    assert refused.status_code == 403
    assert not SavedView.objects.exists()
    assert "/audit/exports/" not in text_of(auditor_of_acme.get("/audit/"))
    assert auditor_of_acme.get("/audit/exports/").status_code == 403


def test_an_export_is_asked_for_with_the_filters_of_the_list_watched_and_fetched(
    owner: Actor, owner_browser: Browser, acme: tenancy.TenantRef
) -> None:
    happen(actor=owner, subject="thing_out")
    seal(acme)
    form = text_of(owner_browser.get("/audit/exports/new?subject=thing_out"))
    asked = owner_browser.post("/audit/exports/new?subject=thing_out", {"format": "jsonl"})
    second = owner_browser.post("/audit/exports/new", {"format": "jsonl"})
    export = Export.objects.get()
    waiting = text_of(owner_browser.get(asked["Location"]))
    early = owner_browser.get(f"{asked['Location']}/file")
    assert export.operation_id is not None
    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)

    ready, listed = text_of(owner_browser.get(asked["Location"])), text_of(owner_browser.get("/audit/exports/"))
    fetched = owner_browser.get(f"{asked['Location']}/file")

    assert "thing_out" in form
    assert (second.status_code, early.status_code) == (429, 409)
    assert "every 1s" in waiting
    assert "every 1s" not in ready
    assert export.public_id in listed
    assert b"thing_out" in b"".join(fetched.streaming_content)
    assert queries.entries(action="audit.export.fetched").count() == 1
    assert owner_browser.post(f"{asked['Location']}/removal")["Location"] == "/audit/exports/"
    assert "Removed" in text_of(owner_browser.get(asked["Location"]))


def _after(page: str) -> int:
    found = re.search(r'hx-get="[^"]*after=(\d+)[^"]*" hx-trigger="every 2s"', page)
    assert found is not None, page
    return int(found.group(1))
