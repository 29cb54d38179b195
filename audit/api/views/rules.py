"""Doors of the rules that watch the trail."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.alerts.catalogue import Listed
from audit.api.serializers.alerts import (
    DisablementIn,
    MuteIn,
    RuleIn,
    RuleOut,
    RulesQuery,
    RuleTextIn,
    RuleTrialIn,
    RuleTrialOut,
)
from audit.permissions import Permission
from kernel.api.schema import page_of
from kernel.api.views import View

TEXT = """title: A key that was made at night
logsource: {product: freehold, service: audit}
detection:
  key: {action: identity.api_key.created}
  night: {hour|lt: 6}
  condition: key and night
level: medium
"""
EXAMPLE = OpenApiExample("A rule", value={"key": "key-at-night", "text": TEXT}, request_only=True)
TRIAL = OpenApiExample("A trial", value={"text": TEXT, "last": 1000}, request_only=True)


class RuleView(View):
    """What the doors of one rule share."""

    def rule(self, listed: Listed, *, status: int = 200) -> HttpResponseBase:
        """The rule with its ETag."""
        return self.answer(queries.rule_document(listed), status=status, version=listed.version)


class Rules(RuleView):
    """GET and POST /v1/audit/rules"""

    access = {"GET": Permission.READ_ALERTS, "POST": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="List rules", parameters=[RulesQuery], responses=page_of(RuleOut))
    def get(self, request: Request) -> HttpResponseBase:
        """Built-in rules and the tenant's own, by key, in one page."""
        found = queries.alert_rules(q=self.query(RulesQuery)["q"])
        return self.answer({"data": [queries.rule_document(each) for each in found], "has_more": False, "next_cursor": None})

    @extend_schema(tags=["Audit"], summary="Make a rule", request=RuleIn, responses={201: RuleOut}, examples=[EXAMPLE])
    def post(self, request: Request) -> HttpResponseBase:
        """Have a rule of your own watch from now on."""
        body = self.parse(RuleIn)
        listed = actions.create_rule(body["key"], text=body["text"], actor=self.actor)
        return self.answer(
            queries.rule_document(listed), status=201, version=listed.version, location=f"/v1/audit/rules/{listed.key}"
        )


class OneRule(RuleView):
    """GET, PATCH and DELETE /v1/audit/rules/{rule}"""

    access = {"GET": Permission.READ_ALERTS, "PATCH": Permission.WRITE_RULES, "DELETE": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Show a rule", responses=RuleOut)
    def get(self, request: Request, rule: str) -> HttpResponseBase:
        """One rule with its text and state."""
        return self.rule(queries.alert_rule(rule))

    @extend_schema(tags=["Audit"], summary="Change a rule", request=RuleTextIn, responses=RuleOut)
    def patch(self, request: Request, rule: str) -> HttpResponseBase:
        """Give a rule of your own another text; what it remembers is forgotten."""
        version = self.expected_version()
        text = self.parse(RuleTextIn).get("text", queries.alert_rule(rule).text)
        return self.rule(actions.change_rule(rule, text=text, actor=self.actor, expected_version=version))

    @extend_schema(tags=["Audit"], summary="Delete a rule", responses={204: None})
    def delete(self, request: Request, rule: str) -> HttpResponseBase:
        """Remove a rule of your own; its alerts stay."""
        actions.delete_rule(rule, actor=self.actor, expected_version=self.expected_version())
        return self.no_content()


class Disablement(RuleView):
    """PUT and DELETE /v1/audit/rules/{rule}/disablement"""

    access = {"PUT": Permission.WRITE_RULES, "DELETE": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Disable a rule", request=DisablementIn, responses=RuleOut)
    def put(self, request: Request, rule: str) -> HttpResponseBase:
        """Have it watch no more."""
        return self.rule(actions.disable_rule(rule, reason=self.parse(DisablementIn)["reason"], actor=self.actor))

    @extend_schema(tags=["Audit"], summary="Enable a rule", responses=RuleOut)
    def delete(self, request: Request, rule: str) -> HttpResponseBase:
        """Have it watch again, from now on."""
        return self.rule(actions.enable_rule(rule, actor=self.actor))


class Mute(RuleView):
    """PUT and DELETE /v1/audit/rules/{rule}/mute"""

    access = {"PUT": Permission.WRITE_RULES, "DELETE": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Mute a rule", request=MuteIn, responses=RuleOut)
    def put(self, request: Request, rule: str) -> HttpResponseBase:
        """Tell nobody of its alerts until a moment; they are opened all the same."""
        return self.rule(actions.mute_rule(rule, until=self.parse(MuteIn)["until"], actor=self.actor))

    @extend_schema(tags=["Audit"], summary="Unmute a rule", responses=RuleOut)
    def delete(self, request: Request, rule: str) -> HttpResponseBase:
        """Tell people of its alerts again."""
        return self.rule(actions.unmute_rule(rule, actor=self.actor))


class RuleTest(View):
    """POST /v1/audit/rules/test"""

    access = {"POST": Permission.WRITE_RULES}

    @extend_schema(tags=["Audit"], summary="Try a rule", request=RuleTrialIn, responses=RuleTrialOut, examples=[TRIAL])
    def post(self, request: Request) -> HttpResponseBase:
        """What a rule would have found among the last entries. Nothing is kept and nobody is told."""
        body = self.parse(RuleTrialIn)
        return self.answer(queries.rule_trial_document(actions.try_rule(body["text"], last=body["last"], actor=self.actor)))
