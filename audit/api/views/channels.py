"""Doors of the ways by which people are told of alerts."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.alerts import ChannelIn, ChannelOut, ChannelSettingsIn, ChannelsQuery, ChannelTestOut
from audit.models import CHANNEL_PREFIX, AlertChannel, ChannelKind
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

EXAMPLE = OpenApiExample(
    "By mail", value={"name": "Security", "kind": "mail", "target": "security@example.com", "from_severity": 3}, request_only=True
)


class Channels(View):
    """GET and POST /v1/audit/channels"""

    access = {"GET": Permission.READ_ALERTS, "POST": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="List channels", parameters=[ChannelsQuery], responses=page_of(ChannelOut))
    def get(self, request: Request) -> HttpResponseBase:
        """The ways by which people are told of alerts, newest first."""
        query = self.query(ChannelsQuery)
        return self.page(queries.channels(q=query["q"]), query=query, shape=queries.channel_document)

    @extend_schema(tags=["Audit"], summary="Make a channel", request=ChannelIn, responses={201: ChannelOut}, examples=[EXAMPLE])
    def post(self, request: Request) -> HttpResponseBase:
        """Tell people of alerts by one more way."""
        body = self.parse(ChannelIn)
        name, kind = body.pop("name"), ChannelKind(body.pop("kind"))
        channel = actions.create_channel(name, kind=kind, **body, actor=self.actor)
        place = f"/v1/audit/channels/{channel.public_id}"
        return self.answer(queries.channel_document(channel), status=201, version=channel.version, location=place)


class OneChannel(View):
    """GET, PATCH and DELETE /v1/audit/channels/{id}"""

    access = {"GET": Permission.READ_ALERTS, "PATCH": Permission.WRITE_RULES, "DELETE": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Show a channel", responses=ChannelOut)
    def get(self, request: Request, channel_id: str) -> HttpResponseBase:
        """One channel, and why its last message was not taken."""
        channel = queries.channel(ids.wanted(CHANNEL_PREFIX, channel_id))
        return self.answer(queries.channel_document(channel), version=channel.version)

    @extend_schema(tags=["Audit"], summary="Change a channel", request=ChannelSettingsIn, responses=ChannelOut)
    def patch(self, request: Request, channel_id: str) -> HttpResponseBase:
        """Another name, address or limit; what is left out stays."""
        version, body = self.expected_version(), self.parse(ChannelSettingsIn)
        values = _present(queries.channel(ids.wanted(CHANNEL_PREFIX, channel_id))) | body
        identifier = ids.wanted(CHANNEL_PREFIX, channel_id)
        channel = actions.change_channel(identifier, **values, actor=self.actor, expected_version=version)
        return self.answer(queries.channel_document(channel), version=channel.version)

    @extend_schema(tags=["Audit"], summary="Delete a channel", responses={204: None})
    def delete(self, request: Request, channel_id: str) -> HttpResponseBase:
        """Remove a channel, with what it still had to tell."""
        identifier = ids.wanted(CHANNEL_PREFIX, channel_id)
        actions.delete_channel(identifier, actor=self.actor, expected_version=self.expected_version())
        return self.no_content()


class ChannelPause(View):
    """PUT and DELETE /v1/audit/channels/{id}/pause"""

    access = {"PUT": Permission.WRITE_RULES, "DELETE": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Pause a channel", request=None, responses=ChannelOut)
    def put(self, request: Request, channel_id: str) -> HttpResponseBase:
        """Tell nobody by it; what is opened meanwhile is not told later."""
        channel = actions.pause_channel(ids.wanted(CHANNEL_PREFIX, channel_id), actor=self.actor)
        return self.answer(queries.channel_document(channel), version=channel.version)

    @extend_schema(tags=["Audit"], summary="Resume a channel", responses=ChannelOut)
    def delete(self, request: Request, channel_id: str) -> HttpResponseBase:
        """Tell people by it again."""
        channel = actions.resume_channel(ids.wanted(CHANNEL_PREFIX, channel_id), actor=self.actor)
        return self.answer(queries.channel_document(channel), version=channel.version)


class ChannelTest(View):
    """POST /v1/audit/channels/{id}/test"""

    access = {"POST": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Test a channel", request=None, responses={202: ChannelTestOut})
    def post(self, request: Request, channel_id: str) -> HttpResponseBase:
        """Have a message for trial sent; the answer shows it, and the channel tells then whether it was taken."""
        sent = actions.test_channel(ids.wanted(CHANNEL_PREFIX, channel_id), actor=self.actor)
        return self.answer({"sent": sent}, status=202)


def _present(channel: AlertChannel) -> dict[str, Any]:
    """What a PATCH leaves as it is."""
    return {
        "name": channel.name, "target": "", "from_severity": channel.from_severity, "most_per_hour": channel.most_per_hour,
    }  # fmt: skip
