"""Alerts: what the rules found, and what people do about it."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms, identifiers
from console.views.base import Confirm, Page

READ, WRITE = Permission.READ_ALERTS, Permission.WRITE_ALERTS
CRUMBS = (("Audit log", "console.audit"), ("Alerts", "console.audit-alerts"))
WORDS = ("", "informational", "low", "medium", "high", "critical")


def found(alert_id: str) -> Any:
    """The alert of an address. Raises AlertNotFound."""
    return queries.alert(identifiers.read("alt", alert_id))


def shown(alert: Any) -> dict[str, Any]:
    """An alert with the words of its badges: an open one is red, although an open cell is green."""
    state = "unanswered" if alert.state == "open" else alert.state
    return {"alert": alert, "severity": WORDS[alert.severity], "state": state}


class Alerts(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/alerts/list.html"
    title = "Alerts"

    def get(self) -> HttpResponse:
        """One page of alerts, newest first."""
        form = forms.AlertsQuery(self.request.GET)
        filters = form.filters()
        severity = int(filters.pop("severity") or 0)
        rows = queries.alerts(**filters, severity=severity)
        filters["severity"] = str(severity or "")
        page = self.listed(rows, filters=filters)
        context = {"page": page, "rows": [shown(alert) for alert in page.items], "filters": filters}
        context |= {"is_filtered": any(filters.values()), "states": form.STATES, "severities": form.SEVERITIES}
        return self.page(context | {"tabs": audit_tabs.of(present="console.audit-alerts", actor=self.actor)})


class OneAlert(Page):
    """One alert: what happened, the entries, who was told, what to do."""

    access = {"GET": READ}
    template = "console/pages/audit/alerts/detail.html"
    crumbs = CRUMBS

    def get(self, alert_id: str) -> HttpResponse:
        """The page."""
        alert = found(alert_id)
        context = {"title": alert.title, **shown(alert), "entries": queries.entries_of(alert), "told": queries.told_of(alert)}
        rule = next((each for each in queries.alert_rules() if each.key == alert.rule_key), None)
        context["explained"] = rule is not None and rule.rule is not None and (rule.rule.description or rule.rule.response)
        may_answer = self.may(WRITE) and alert.state != "closed"
        return self.page(context | {"rule": rule, "may_answer": may_answer, "form": forms.Note(initial={"version": alert.version})})


class Acknowledgement(Confirm):
    """Saying that one looks after it."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Acknowledge"
    tone = "primary"

    def get(self, alert_id: str) -> HttpResponse:
        """What will happen."""
        alert = found(alert_id)
        return self._page(alert, forms.Note(initial={"version": alert.version}))

    def post(self, alert_id: str) -> HttpResponse:
        """Do it, unless somebody was faster."""
        alert, form = found(alert_id), forms.Note(self.request.POST)
        with self.refusals(form):
            values = form.values()
            actions.acknowledge_alert(alert.pk, note=values["note"], actor=self.actor, expected_version=values["version"])
            return self.done("You look after it; everybody sees that.", to="console.audit-alert", at=alert_id)
        return self._page(alert, form)

    def _page(self, alert: Any, form: forms.Note) -> HttpResponse:
        effects = ["Everybody sees that you look after it.", "What happens again is counted on it, and nobody is told anew."]
        back = reverse("console.audit-alert", args=[alert.public_id])
        return self.confirm(form, title=f"Acknowledge {alert.title}?", consequences=effects, back=back)


class Closure(Confirm):
    """The end of an alert."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Close it"
    tone = "primary"

    def get(self, alert_id: str) -> HttpResponse:
        """What will happen."""
        alert = found(alert_id)
        return self._page(alert, forms.Note(initial={"version": alert.version}))

    def post(self, alert_id: str) -> HttpResponse:
        """Do it, unless somebody was faster."""
        alert, form = found(alert_id), forms.Note(self.request.POST)
        with self.refusals(form):
            values = form.values()
            actions.close_alert(alert.pk, note=values["note"], actor=self.actor, expected_version=values["version"])
            return self.done("The alert is closed.", to="console.audit-alerts")
        return self._page(alert, form)

    def _page(self, alert: Any, form: forms.Note) -> HttpResponse:
        effects = [
            "The alert is closed for good, with your note.",
            "When the same happens again, a new alert is opened and people are told.",
        ]
        back = reverse("console.audit-alert", args=[alert.public_id])
        return self.confirm(form, title=f"Close {alert.title}?", consequences=effects, back=back)
