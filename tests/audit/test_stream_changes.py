"""Changing streams: who may, what is refused, what the trail says."""

from collections.abc import Callable, Iterator

import pytest

from audit import actions, following
from audit.actions import Wanted
from audit.models import Entry, Stream
from audit.problems import StreamNameTaken, StreamNotFound
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from tests import makers
from tests.audit.streaming import SIGNING_KEY, actions_on_trail, deliver, entries_in, to_https
from tests.listeners import CA_PEM, HttpSink, Reply, http_sink

pytestmark = pytest.mark.usefixtures("open_loopback")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


def test_names_are_taken_once(sink: HttpSink, owner: Actor) -> None:
    to_https(sink, actor=owner)

    with pytest.raises(StreamNameTaken):
        to_https(sink, actor=owner)

    assert (Stream.objects.count(), actions_on_trail("audit.stream.")) == (1, ["audit.stream.created"])


def test_secrets_are_sealed_and_stand_in_no_entry(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    actions.change_stream(stream.pk, wanted=Wanted(secret={"signing_key": SIGNING_KEY[::-1]}), actor=owner)

    row = Stream.objects.get(pk=stream.pk)
    texts = " ".join(Entry.objects.values_list("canonical", flat=True)) + row.sealed_secret + str(row.settings)
    assert SIGNING_KEY not in texts
    assert SIGNING_KEY[::-1] not in texts


def test_a_new_address_needs_the_secret_again(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    with http_sink() as other:
        target = {"url": f"{other.url}/elsewhere", "ca": CA_PEM}
        with pytest.raises(Invalid) as refused:
            actions.change_stream(stream.pk, wanted=Wanted(settings=target), actor=owner)
        assert Stream.objects.get(pk=stream.pk).settings["url"] == f"{sink.url}/audit"

        changed = actions.change_stream(stream.pk, wanted=Wanted(settings=target, secret={"signing_key": SIGNING_KEY}), actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/secret"
    assert (changed.settings["url"], changed.version) == (f"{other.url}/elsewhere", 2)


def test_a_change_asks_for_the_version_that_was_read(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    actions.change_stream(stream.pk, wanted=Wanted(name="renamed"), expected_version=1, actor=owner)

    with pytest.raises(PreconditionFailed):
        actions.change_stream(stream.pk, wanted=Wanted(name="again"), expected_version=1, actor=owner)
    with pytest.raises(PreconditionFailed):
        actions.remove_stream(stream.pk, expected_version=1, actor=owner)
    with pytest.raises(Invalid):
        actions.change_stream(stream.pk, wanted=Wanted(name="renamed"), actor=owner)

    assert Stream.objects.get(pk=stream.pk).name == "renamed"


def test_a_removed_stream_leaves_nothing(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)

    actions.remove_stream(stream.pk, actor=owner)

    assert (Stream.objects.count(), following.place_of(stream.cursor_name)) == (0, None)
    assert deliver(stream).moved == 0
    with pytest.raises(StreamNotFound):
        actions.remove_stream(stream.pk, actor=owner)


def test_a_test_record_is_marked_and_moves_nothing(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    before = following.place_of(stream.cursor_name)
    sink.answer = lambda _request: Reply(status=202, pieces=(b"thanks",))

    trial = actions.check_stream(stream.pk, actor=owner)

    (line,) = entries_in(sink.requests[0])
    assert (line["entry"]["action"], line["seq"], line["entry"]["details"]["is_test"]) == ("audit.stream.test", 0, True)
    assert (trial.is_taken, trial.answer) == (True, "202 thanks")
    after = following.place_of(stream.cursor_name)
    assert before is not None
    assert after is not None
    assert after.seq == before.seq


def test_a_test_that_fails_says_why_and_is_recorded_as_failed(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    sink.answer = lambda _request: Reply(status=403, pieces=(b"go\r\naway",))

    trial = actions.check_stream(stream.pk, actor=owner)

    assert (trial.is_taken, trial.answer) == (False, "The target answered 403 go away. Look at its log, and at the secret.")
    assert Entry.objects.get(action="audit.stream.tested").outcome == "failure"


def test_every_change_needs_the_permission(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    reader = makers.person_actor(grants=frozenset({"read:audit.streams"}))
    tries: tuple[Callable[[], object], ...] = (
        lambda: to_https(sink, actor=reader, name="other"),
        lambda: actions.change_stream(stream.pk, wanted=Wanted(name="x"), actor=reader),
        lambda: actions.pause_stream(stream.pk, reason="x", actor=reader),
        lambda: actions.resume_stream(stream.pk, actor=reader),
        lambda: actions.replay_stream(stream.pk, from_seq=1, actor=reader),
        lambda: actions.check_stream(stream.pk, actor=reader),
        lambda: actions.remove_stream(stream.pk, actor=reader),
    )

    for attempt in tries:
        with pytest.raises(Forbidden):
            attempt()

    assert (Stream.objects.count(), sink.requests, actions_on_trail("audit.stream.")) == (1, [], ["audit.stream.created"])


def test_pausing_and_resuming_twice_record_once(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)

    for _ in range(2):
        actions.pause_stream(stream.pk, reason="maintenance", actor=owner)
    for _ in range(2):
        actions.resume_stream(stream.pk, actor=owner)

    assert actions_on_trail("audit.stream.") == ["audit.stream.created", "audit.stream.paused", "audit.stream.resumed"]


def test_replay_refuses_places_that_were_not_reached(sink: HttpSink, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    before = following.place_of(stream.cursor_name)
    assert before is not None

    for place in (0, -1, before.seq + 2):
        with pytest.raises(Invalid):
            actions.replay_stream(stream.pk, from_seq=place, actor=owner)

    after = following.place_of(stream.cursor_name)
    assert after is not None
    assert after.seq == before.seq
    assert actions_on_trail("audit.stream.") == ["audit.stream.created"]
