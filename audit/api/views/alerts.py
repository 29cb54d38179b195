"""Doors of alerts."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.alerts import AlertIn, AlertOut, AlertsQuery, OneAlertOut
from audit.models import ALERT_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

NOTE = OpenApiExample("With a note", value={"note": "It was our penetration test."}, request_only=True)


class Alerts(View):
    """GET /v1/audit/alerts"""

    access = {"GET": Permission.READ_ALERTS}

    @extend_schema(tags=["Audit"], summary="List alerts", parameters=[AlertsQuery], responses=page_of(AlertOut))
    def get(self, request: Request) -> HttpResponseBase:
        """What the rules found, newest first."""
        query = self.query(AlertsQuery)
        filters = {name: query[name] for name in ("q", "state", "rule", "severity")}
        return self.page(queries.alerts(**filters), query=query, shape=queries.alert_document)


class OneAlert(View):
    """GET /v1/audit/alerts/{id}"""

    access = {"GET": Permission.READ_ALERTS}

    @extend_schema(tags=["Audit"], summary="Show an alert", responses=OneAlertOut)
    def get(self, request: Request, alert_id: str) -> HttpResponseBase:
        """One alert with the entries that raised it and who was told."""
        alert = queries.alert(ids.wanted(ALERT_PREFIX, alert_id))
        return self.answer(queries.one_alert_document(alert), version=alert.version)


class Acknowledgement(View):
    """PUT /v1/audit/alerts/{id}/acknowledgement"""

    access = {"PUT": Permission.WRITE_ALERTS}

    @extend_schema(tags=["Audit"], summary="Acknowledge an alert", request=AlertIn, responses=AlertOut, examples=[NOTE])
    def put(self, request: Request, alert_id: str) -> HttpResponseBase:
        """Say that somebody looks after it. Send If-Match to be sure that nobody was faster."""
        note, version = self.parse(AlertIn)["note"], self.expected_version()
        identifier = ids.wanted(ALERT_PREFIX, alert_id)
        alert = actions.acknowledge_alert(identifier, note=note, actor=self.actor, expected_version=version)
        return self.answer(queries.alert_document(alert), version=alert.version)


class Closure(View):
    """PUT /v1/audit/alerts/{id}/closure"""

    access = {"PUT": Permission.WRITE_ALERTS}

    @extend_schema(tags=["Audit"], summary="Close an alert", request=AlertIn, responses=AlertOut, examples=[NOTE])
    def put(self, request: Request, alert_id: str) -> HttpResponseBase:
        """Close it; when the same happens again a new alert is opened."""
        note, version = self.parse(AlertIn)["note"], self.expected_version()
        alert = actions.close_alert(ids.wanted(ALERT_PREFIX, alert_id), note=note, actor=self.actor, expected_version=version)
        return self.answer(queries.alert_document(alert), version=alert.version)
