"""Streams through HTTP, without JavaScript."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from audit import following
from audit.models import Stream
from tests.conftest import Settings
from tests.console.browser import Browser, text_of
from tests.listeners import CA_PEM, HttpSink, Reply, http_sink

KEY = "a-signing-key-of-more-than-24-signs"


pytestmark = pytest.mark.usefixtures("open_loopback")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


@pytest.fixture
def stream(owner_browser: Browser, sink: HttpSink) -> Stream:
    """A stream that was made by its page."""
    values = {
        "name": "SIEM",
        "url": f"{sink.url}/in",
        "ca": CA_PEM,
        "signing_key": KEY,
        "format": "ocsf:1.9.0",
        "severity": "2",
        "start": "now",
    }
    made = owner_browser.post("/audit/streams/new?kind=https", values)
    stream = Stream.objects.get()
    assert made["Location"] == f"/audit/streams/{stream.public_id}", text_of(made)
    return stream


def test_a_stream_is_made_and_shown(owner_browser: Browser, stream: Stream) -> None:
    shown = text_of(owner_browser.get(f"/audit/streams/{stream.public_id}"))

    assert (stream.format, stream.format_version, stream.filters) == ("ocsf", "1.9.0", {"severity": 2})
    assert "Kept sealed" in shown
    assert KEY not in shown
    assert "SIEM" in text_of(owner_browser.get("/audit/streams/?q=sie"))
    assert "No streams match" in text_of(owner_browser.htmx("/audit/streams/?kind=s3"))


@pytest.mark.parametrize("kind", ["https", "splunk", "syslog", "s3"])
def test_each_kind_has_a_form_of_its_own(kind: str, owner_browser: Browser) -> None:
    assert f"?kind={kind}" in text_of(owner_browser.get("/audit/streams/new"))
    empty = owner_browser.post(f"/audit/streams/new?kind={kind}", {})

    assert owner_browser.get(f"/audit/streams/new?kind={kind}").status_code == 200
    assert (empty.status_code, Stream.objects.count()) == (422, 0)
    assert "This field is required." in text_of(empty)


def test_a_private_address_is_refused_in_the_form(owner_browser: Browser, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = ()
    values = {"name": "x", "url": "https://10.0.0.1/", "signing_key": KEY, "format": "jsonl:", "start": "now"}
    refused = owner_browser.post("/audit/streams/new?kind=https", values)

    assert (refused.status_code, Stream.objects.count()) == (422, 0)
    assert "not on the public internet" in text_of(refused)
    assert KEY not in text_of(refused)


@pytest.mark.parametrize(("name", "value"), [("signing_key", "short"), ("ca", "no certificate"), ("action", "NOT AN ACTION")])
def test_a_fault_stands_at_its_field(name: str, value: str, owner_browser: Browser, sink: HttpSink) -> None:
    values = {"name": "x", "url": sink.url, "signing_key": KEY, "format": "jsonl:", "start": "now", name: value}
    refused = text_of(owner_browser.post("/audit/streams/new?kind=https", values))

    assert f"id_{name}_error" in refused
    assert Stream.objects.count() == 0


def test_a_test_record_says_what_came_of_it(owner_browser: Browser, stream: Stream, sink: HttpSink) -> None:
    address = f"/audit/streams/{stream.public_id}"
    sink.answer = lambda _request: Reply(pieces=(b"thank you",))
    owner_browser.post(f"{address}/test")
    taken = text_of(owner_browser.get(address))
    sink.answer = lambda _request: Reply(status=401, pieces=(b"who",))
    owner_browser.post(f"{address}/test")

    assert "answered: 200 thank you" in taken
    assert "did not take the test record. The target answered 401 who." in text_of(owner_browser.get(address))


def test_a_stream_is_paused_resumed_replayed_and_removed(owner_browser: Browser, stream: Stream) -> None:
    address = f"/audit/streams/{stream.public_id}"
    asked = text_of(owner_browser.get(f"{address}/pause"))
    owner_browser.post(f"{address}/pause", {"reason": "moving"})
    paused = Stream.objects.get().paused_at
    owner_browser.post(f"{address}/resumption")
    resumed = Stream.objects.get().paused_at
    owner_browser.post(f"{address}/replay", {"from_seq": "1"})
    place = following.place_of(stream.cursor_name)
    too_far = owner_browser.post(f"{address}/replay", {"from_seq": "999999"})
    removed = owner_browser.post(f"{address}/removal")

    assert "Nothing is sent until somebody resumes it." in asked
    assert (paused is None, resumed) == (False, None)
    assert place is not None
    assert (place.seq, too_far.status_code, removed["Location"], Stream.objects.count()) == (0, 422, "/audit/streams/", 0)


def test_a_change_keeps_what_is_not_typed(owner_browser: Browser, stream: Stream) -> None:
    address = f"/audit/streams/{stream.public_id}/settings"
    Stream.objects.update(filters={"severity": 2, "subject": "kept"})
    shown = text_of(owner_browser.get(address))
    same = {"name": "renamed", "url": stream.settings["url"], "ca": CA_PEM, "format": "jsonl:"}
    saved = owner_browser.post(address, same)
    moved = owner_browser.post(address, {**same, "url": "https://localhost:1/"})

    changed = Stream.objects.get()
    assert stream.settings["url"] in shown
    assert saved["Location"] == f"/audit/streams/{stream.public_id}"
    assert (changed.name, changed.format, changed.filters) == ("renamed", "jsonl", {"subject": "kept"})
    assert changed.sealed_secret == stream.sealed_secret
    assert moved.status_code == 422
    assert "Give the secret again" in text_of(moved)


def test_a_failing_stream_says_why(owner_browser: Browser, stream: Stream) -> None:
    following.postpone(stream.cursor_name, fault="No connection: <refused>.", wait=timedelta(minutes=1))

    assert "No connection: &lt;refused&gt;." in text_of(owner_browser.get(f"/audit/streams/{stream.public_id}"))
    assert "Failing" in text_of(owner_browser.htmx("/audit/streams/"))


def test_who_may_not_see_streams_is_told_so(member_browser: Browser, stream: Stream) -> None:
    assert member_browser.get("/audit/streams/").status_code == 403
    assert member_browser.post(f"/audit/streams/{stream.public_id}/removal").status_code == 403
    assert Stream.objects.count() == 1
