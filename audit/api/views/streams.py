"""Streams over HTTP."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.actions import Wanted
from audit.api.serializers.streams import PauseIn, ReplayIn, StreamChangeIn, StreamIn, StreamOut, StreamsQuery, TrialOut
from audit.models import STREAM_PREFIX, Stream
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

READ, WRITE = Permission.READ_STREAMS, Permission.WRITE_STREAMS
SHOWN: dict[str, Any] = {
    "id": "stm_06f0kt8m1wfvx5r2c9h3qjz4ac", "name": "SIEM", "kind": "https", "target": "collector.example.com", "format": "jsonl",
    "format_version": "", "settings": {"url": "https://collector.example.com/audit", "ca": ""}, "has_secret": True, "filters": {"severity": 2},
    "state": "live", "seq": 4182, "lag_entries": 0, "lag_s": 0, "attempts": 0, "fault": "", "retries_at": None, "paused_at": None,
    "sent_at": "2026-11-21T10:00:00.000000Z", "created_at": "2026-11-20T10:00:00.000000Z", "version": 1,
}  # fmt: skip
GIVEN = {
    "name": "SIEM", "kind": "https", "settings": {"url": "https://collector.example.com/audit"},
    "secret": {"signing_key": "a-long-random-text-of-your-own"}, "filters": {"severity": 2},
}  # fmt: skip


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OfStream(View):
    """What the doors of one stream share."""

    def stream_id(self, text: str) -> UUID:
        """The id in a path. Raises NotFound for anything that is none."""
        return ids.wanted(STREAM_PREFIX, text)

    def shown(self, stream: Stream, *, status: int = 200, location: str = "") -> HttpResponseBase:
        """One stream, with its ETag."""
        return self.answer(queries.stream_document(stream), status=status, version=stream.version, location=location)


class Streams(OfStream):
    """GET, POST /v1/audit/streams"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=["Streams"],
        summary="List the streams",
        parameters=[StreamsQuery],
        responses=page_of(StreamOut),
        examples=[_answered({"data": [SHOWN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Where the trail is sent, and how far behind each target is; newest first."""
        query = self.query(StreamsQuery)
        return self.shaped_page(queries.streams(q=query["q"], kind=query["kind"]), query=query, shapes=queries.stream_documents)

    @extend_schema(
        tags=["Streams"],
        summary="Make a stream",
        request=StreamIn,
        responses={201: StreamOut},
        examples=[_given(GIVEN), _answered(SHOWN, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Send entries to another system from now on, or from `from_seq` on. The target must be on the public internet, or in a network that the operator lists."""
        given = self.parse(StreamIn)
        kind, from_seq = given.pop("kind"), given.pop("from_seq")
        stream = actions.create_stream(kind, wanted=Wanted(**given), from_seq=from_seq, actor=self.actor)
        return self.shown(stream, status=201, location=f"/v1/audit/streams/{stream.public_id}")


class OneStream(OfStream):
    """GET, PATCH, DELETE /v1/audit/streams/{id}"""

    access = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(tags=["Streams"], summary="Read a stream", responses=StreamOut, examples=[_answered(SHOWN)])
    def get(self, request: Request, stream_id: str) -> HttpResponseBase:
        """One stream, with its ETag. The secret is never shown."""
        return self.shown(queries.stream(self.stream_id(stream_id)))

    @extend_schema(
        tags=["Streams"],
        summary="Change a stream",
        request=StreamChangeIn,
        responses=StreamOut,
        examples=[_given({"name": "SIEM of the group"}), _answered({**SHOWN, "name": "SIEM of the group", "version": 2})],
    )
    def patch(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Change what is given; `settings` and `secret` are given whole. A new address needs the secret again. The place in the log stays."""
        wanted = Wanted(**self.parse(StreamChangeIn))
        version = self.expected_version()
        return self.shown(
            actions.change_stream(self.stream_id(stream_id), wanted=wanted, expected_version=version, actor=self.actor)
        )

    @extend_schema(tags=["Streams"], summary="Remove a stream", responses={204: None})
    def delete(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Send nothing more, and forget the secret."""
        actions.remove_stream(self.stream_id(stream_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class Pause(OfStream):
    """PUT, DELETE /v1/audit/streams/{id}/pause"""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=["Streams"],
        summary="Pause a stream",
        request=PauseIn,
        responses=StreamOut,
        examples=[_given({"reason": "The collector is being moved"}), _answered({**SHOWN, "state": "paused", "version": 2})],
    )
    def put(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Send nothing until it is resumed; what happens meanwhile waits."""
        reason = self.parse(PauseIn)["reason"]
        return self.shown(actions.pause_stream(self.stream_id(stream_id), reason=reason, actor=self.actor))

    @extend_schema(tags=["Streams"], summary="Resume a stream", responses=StreamOut, examples=[_answered(SHOWN)])
    def delete(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Go on where it stopped."""
        return self.shown(actions.resume_stream(self.stream_id(stream_id), actor=self.actor))


class Replay(OfStream):
    """POST /v1/audit/streams/{id}/replay"""

    access = {"POST": WRITE}

    @extend_schema(
        tags=["Streams"],
        summary="Send entries again",
        request=ReplayIn,
        responses=StreamOut,
        examples=[_given({"from_seq": 4000}), _answered({**SHOWN, "state": "behind", "seq": 3999, "lag_entries": 183})],
    )
    def post(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Send everything from a place on again. Receivers know repeated entries by their id."""
        from_seq = self.parse(ReplayIn)["from_seq"]
        return self.shown(actions.replay_stream(self.stream_id(stream_id), from_seq=from_seq, actor=self.actor))


class StreamTest(OfStream):
    """POST /v1/audit/streams/{id}/test"""

    access = {"POST": WRITE}

    @extend_schema(
        tags=["Streams"],
        summary="Send a test record",
        request=None,
        responses=TrialOut,
        examples=[_answered({"is_taken": True, "answer": "200 ok"})],
    )
    def post(self, request: Request, stream_id: str) -> HttpResponseBase:
        """Send one marked record now and tell what the target said. It stands in no log: its place is 0."""
        trial = actions.check_stream(self.stream_id(stream_id), actor=self.actor)
        return self.answer({"is_taken": trial.is_taken, "answer": trial.answer})
