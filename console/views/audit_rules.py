"""Rules: which watch, what each is for, an editor with a trial."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms
from console.views.audit_alerts import WORDS
from console.views.base import Confirm, FormPage, Page
from kernel import clock

READ, WRITE = Permission.READ_ALERTS, Permission.WRITE_RULES
CRUMBS = (("Audit log", "console.audit"), ("Rules", "console.audit-rules"))
TRIED = 2000
BEGINNING = """title: What it finds
description: What it means when this happens.
logsource: {product: freehold, service: audit}
detection:
  selection:
    action: identity.api_key.created
  condition: selection
group-by: [actor.id]
level: medium
falsepositives:
  - When it is no reason to worry.
response:
  - What to do.
"""


def shown(listed: Any) -> dict[str, Any]:
    """A rule with the words of its badges."""
    state = "enabled" if listed.is_enabled else "disabled"
    if listed.rule is None:
        state = "broken"
    elif listed.is_enabled and listed.muted_until and listed.muted_until > clock.now():
        state = "muted"
    return {"listed": listed, "severity": WORDS[listed.severity], "state": state}


class Rules(Page):
    """The list: at most 100 of the tenant's own and the built-in ones, on one page."""

    access = {"GET": READ}
    template = "console/pages/audit/rules/list.html"
    title = "Rules"

    def get(self) -> HttpResponse:
        """All rules by key."""
        filters = forms.RulesQuery(self.request.GET).filters()
        rows = [shown(each) for each in queries.alert_rules(q=filters["q"])]
        tabs = audit_tabs.of(present="console.audit-rules", actor=self.actor)
        return self.page({"rows": rows, "filters": filters, "tabs": tabs, "may_write": self.may(WRITE)})


class Editor(Page):
    """What the pages with an editor share: the button that only tries."""

    template = "console/pages/audit/rules/edit.html"
    crumbs = CRUMBS

    def tried(self, form: forms.RuleText) -> Any:
        """What the typed rule would have found, when that was asked for; None otherwise."""
        if "try" not in self.request.POST:
            return None
        return actions.try_rule(form.values()["text"], last=TRIED, actor=self.actor)

    def editor(self, form: forms.RuleText, *, trial: Any = None, **context: Any) -> HttpResponse:
        """The page, with the newest findings of a trial."""
        findings = [] if trial is None else list(reversed(trial.findings[-20:]))
        status = 200 if trial is not None else form.answer_status
        return self.page({"form": form, "trial": trial, "findings": findings, **context}, status=status)


class NewRule(Editor):
    """A rule of the tenant's own."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "New rule"

    def get(self) -> HttpResponse:
        """A beginning, or the text of the rule that `from` names."""
        key = self.request.GET.get("from", "")
        text = queries.alert_rule(key).text if key else BEGINNING
        return self.editor(forms.NewRule(initial={"text": text}), may_write=True)

    def post(self) -> HttpResponse:
        """Try it, or make it."""
        form = forms.NewRule(self.request.POST)
        with self.refusals(form):
            trial = self.tried(form)
            if trial is not None:
                return self.editor(form, trial=trial, may_write=True)
            values = form.values()
            made = actions.create_rule(values["key"], text=values["text"], actor=self.actor)
            return self.done("The rule watches from now on.", to="console.audit-rule", at=made.key)
        return self.editor(form, may_write=True)


class OneRule(Editor):
    """One rule: what it is for, its text, its state."""

    access = {"GET": READ, "POST": WRITE}

    def get(self, rule: str) -> HttpResponse:
        """The page."""
        listed = queries.alert_rule(rule)
        return self._page(listed, forms.RuleText(initial={"text": listed.text, "version": listed.version}))

    def post(self, rule: str) -> HttpResponse:
        """Try another text, or take it."""
        listed, form = queries.alert_rule(rule), forms.RuleText(self.request.POST)
        with self.refusals(form):
            trial = self.tried(form)
            if trial is not None:
                return self._page(listed, form, trial=trial)
            values = form.values()
            actions.change_rule(rule, text=values["text"], actor=self.actor, expected_version=values["version"])
            return self.done("Saved. What it counted so far is forgotten.", to="console.audit-rule", at=rule)
        return self._page(listed, form)

    def _page(self, listed: Any, form: forms.RuleText, *, trial: Any = None) -> HttpResponse:
        context = {"title": listed.title, **shown(listed), "may_write": self.may(WRITE)}
        return self.editor(form, trial=trial, **context)


class Disablement(Confirm):
    """Watching no more."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Disable it"

    def get(self, rule: str) -> HttpResponse:
        """What will happen."""
        return self._page(rule, forms.Reason())

    def post(self, rule: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.disable_rule(rule, reason=form.values()["reason"], actor=self.actor)
            return self.done("The rule watches no more.", to="console.audit-rule", at=rule)
        return self._page(rule, form)

    def _page(self, rule: str, form: forms.Reason) -> HttpResponse:
        listed = queries.alert_rule(rule)
        effects = ["What it would find from now on is not found, and not found later either.", "Its alerts stay."]
        return self.confirm(
            form, title=f"Disable “{listed.title}”?", consequences=effects, back=reverse("console.audit-rule", args=[rule])
        )


class Enablement(Page):
    """Watching again."""

    access = {"POST": WRITE}

    def post(self, rule: str) -> HttpResponse:
        """Do it."""
        actions.enable_rule(rule, actor=self.actor)
        return self.done("The rule watches again, from now on.", to="console.audit-rule", at=rule)


class Mute(FormPage):
    """Telling nobody for a while."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    lead = "Alerts are opened all the same; only nobody is told of them."

    def get(self, rule: str) -> HttpResponse:
        """The form."""
        return self._page(rule, forms.MuteForm())

    def post(self, rule: str) -> HttpResponse:
        """Do it."""
        form = forms.MuteForm(self.request.POST)
        with self.refusals(form):
            hours = form.values()["hours"]
            if hours:
                actions.mute_rule(rule, until=clock.now() + timedelta(hours=hours), actor=self.actor)
                return self.done("Nobody is told of its alerts until then.", to="console.audit-rule", at=rule)
            actions.unmute_rule(rule, actor=self.actor)
            return self.done("People are told of its alerts again.", to="console.audit-rule", at=rule)
        return self._page(rule, form)

    def _page(self, rule: str, form: forms.MuteForm) -> HttpResponse:
        return self.form(form, back=reverse("console.audit-rule", args=[rule]), title=f"Mute “{queries.alert_rule(rule).title}”")


class Deletion(Confirm):
    """The end of a rule of the tenant's own."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Delete"

    def get(self, rule: str) -> HttpResponse:
        """What will happen."""
        return self._page(rule, forms.Confirmation())

    def post(self, rule: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.delete_rule(rule, actor=self.actor)
            return self.done("The rule is deleted.", to="console.audit-rules")
        return self._page(rule, form)

    def _page(self, rule: str, form: forms.Confirmation) -> HttpResponse:
        listed = queries.alert_rule(rule)
        effects = ["The rule and what it counted are gone.", "Its alerts stay."]
        return self.confirm(
            form, title=f"Delete “{listed.title}”?", consequences=effects, back=reverse("console.audit-rule", args=[rule])
        )
