"""Doors of second factors and trusted browsers."""

from typing import Any

import orjson
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.actions import Given
from identity.api import serializers as shapes
from identity.api.serializers.people import ReasonIn
from identity.permissions import Permission
from kernel import ids
from kernel.api.access import SIGNED_IN
from kernel.api.schema import page_of
from kernel.api.views import View

TAGS = ["Second factors"]
FACTOR: dict[str, Any] = {
    "id": "fac_06f0kt8m1wfvx5r2c9h3qjz4ac", "kind": "totp", "name": "Telephone", "hint": "6 digits, SHA1",
    "created_at": "2026-11-21T10:00:00.000000Z", "last_used_at": None,
}  # fmt: skip
OWN: dict[str, Any] = {
    "person": "usr_06f0kt8m1wfvx5r2c9h3qjz4ac", "factors": [FACTOR], "recovery_codes_left": 10, "required": "any",
    "allowed_factors": ["webauthn", "totp", "recovery"], "grace_until": None, "remember_days": 14,
}  # fmt: skip
STARTED: dict[str, Any] = {
    "token": "ZmFjdG9yLWVucm9sbWVudC10b2tlbi1vZi00My1zaWc", "kind": "totp", "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "address": "otpauth://totp/Acme:ada%40acme.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme", "hint": "", "options": None,
}  # fmt: skip
PROOF = {"token": STARTED["token"], "kind": "totp", "code": "123456"}
DEVICE: dict[str, Any] = {
    "id": "tdv_06f0kt8m1wfvx5r2c9h3qjz4ac", "label": "Firefox on Linux", "address": "192.0.2.7", "created_at": "2026-11-21T10:00:00.000000Z",
    "last_used_at": None, "expires_at": "2026-12-05T10:00:00.000000Z",
}  # fmt: skip
WHY = OpenApiExample("Why", value={"reason": "The telephone was lost."}, request_only=True)


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OwnFactors(View):
    """GET /v1/me/factors"""

    access = {"GET": SIGNED_IN}

    @extend_schema(tags=TAGS, summary="Show one's own factors", responses=shapes.PersonFactorsOut, examples=[_answered(OWN)])
    def get(self, request: Request) -> HttpResponseBase:
        """The caller's factors, or those of the key's owner, and what the rules ask of them."""
        return self.answer(documents.of_person_factors(queries.own_person(self.actor)))


class OwnEnrolments(View):
    """POST /v1/me/factor-enrolments"""

    access = {"POST": SIGNED_IN}

    @extend_schema(
        tags=TAGS,
        summary="Begin to add a factor",
        request=shapes.EnrolmentIn,
        responses={201: shapes.EnrolmentOut},
        examples=[_given({"kind": "totp", "name": "Telephone"}), _answered(STARTED, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Only for the signed-in person, who showed a moment ago that it is they; a key cannot add a factor."""
        given = self.parse(shapes.EnrolmentIn)
        token = actions.open_enrolment(actor=self.actor)
        actions.begin_factor(token, kind=given["kind"], name=given["name"], number=given["number"])
        shown = actions.show_enrolment(token, kind=given["kind"], origin=_origin(request))
        return self.answer(_enrolment(shown, token=token), status=201, once=("token", "address"))


class OwnEnrolmentProof(View):
    """POST /v1/me/factor-enrolments/completion"""

    access = {"POST": SIGNED_IN}
    counts_refusals = True

    @extend_schema(
        tags=TAGS,
        summary="Take a new factor into use",
        request=shapes.EnrolmentProofIn,
        responses={201: shapes.FactorOut},
        examples=[_given(PROOF), _answered(FACTOR, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Prove it with its first code, or with the new passkey."""
        given = self.parse(shapes.EnrolmentProofIn)
        proof = Given(code=given["code"], credential=given["credential"], origin=_origin(request))
        done = actions.complete_factor(given["token"], kind=given["kind"], name=given["name"], given=proof)
        return self.answer(documents.of_factor(done.factor), status=201, location=f"/v1/me/factors/{done.factor.id}")


class OwnFactor(View):
    """GET, PATCH, DELETE /v1/me/factors/{id}"""

    access = {"GET": SIGNED_IN, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN}

    @extend_schema(tags=TAGS, summary="Show one of one's own factors", responses=shapes.FactorOut, examples=[_answered(FACTOR)])
    def get(self, request: Request, factor_id: str) -> HttpResponseBase:
        """One factor."""
        found = queries.factor_of(queries.own_person(self.actor), ids.wanted("fac", factor_id))
        return self.answer(documents.of_factor(found))

    @extend_schema(
        tags=TAGS,
        summary="Rename a factor",
        request=shapes.FactorNameIn,
        responses=shapes.FactorOut,
        examples=[_given({"name": "Old telephone"}), _answered(FACTOR)],
    )
    def patch(self, request: Request, factor_id: str) -> HttpResponseBase:
        """Another name; only for the signed-in person."""
        name = self.parse(shapes.FactorNameIn).get("name", "")
        found = actions.rename_factor(ids.wanted("fac", factor_id), name=name, actor=self.actor)
        return self.answer(documents.of_factor(found))

    @extend_schema(tags=TAGS, summary="Remove one of one's own factors", responses={204: None})
    def delete(self, request: Request, factor_id: str) -> HttpResponseBase:
        """Only for the signed-in person, who showed a moment ago that it is they."""
        actions.remove_factor(ids.wanted("fac", factor_id), actor=self.actor)
        return self.no_content()


class OwnRecoveryCodes(View):
    """POST /v1/me/recovery-codes"""

    access = {"POST": SIGNED_IN}

    @extend_schema(
        tags=TAGS,
        summary="Make recovery codes",
        request=None,
        responses={201: shapes.RecoveryCodesOut},
        examples=[_answered({"codes": ["mzxw-6ytb-oi3d-knbt-q7ra-c2pu"]}, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Ten codes, shown this once; those before end. Only for the signed-in person."""
        return self.answer({"codes": actions.make_recovery_codes(actor=self.actor)}, status=201, once=("codes",))


class OwnTrustedDevices(View):
    """GET /v1/me/trusted-devices"""

    access = {"GET": SIGNED_IN}

    @extend_schema(
        tags=TAGS,
        summary="List one's own trusted browsers",
        parameters=[shapes.TrustedDevicesQuery],
        responses=page_of(shapes.TrustedDeviceOut),
        examples=[_answered({"data": [DEVICE], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Browsers that are not asked for a factor now."""
        query = self.query(shapes.TrustedDevicesQuery)
        found = queries.trusted_devices(queries.own_person(self.actor), q=query["q"])
        return self.page(found, query=query, shape=documents.of_trusted_device)


class TrustedDevice(View):
    """DELETE /v1/trusted-devices/{id}"""

    access = {"DELETE": SIGNED_IN}

    @extend_schema(tags=TAGS, summary="Trust a browser no more", responses={204: None})
    def delete(self, request: Request, trusted_device_id: str) -> HttpResponseBase:
        """One's own browser, or anybody's with the permission."""
        actions.revoke_trusted_device(ids.wanted("tdv", trusted_device_id), actor=self.actor)
        return self.no_content()


class PersonFactors(View):
    """GET /v1/people/{id}/factors"""

    access = {"GET": Permission.READ_FACTORS}

    @extend_schema(tags=TAGS, summary="Show a person's factors", responses=shapes.PersonFactorsOut, examples=[_answered(OWN)])
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """Factors without their secrets, and what the rules ask of the person."""
        return self.answer(documents.of_person_factors(queries.person(ids.wanted("usr", person_id))))


class PersonTrustedDevices(View):
    """GET /v1/people/{id}/trusted-devices"""

    access = {"GET": Permission.READ_FACTORS}

    @extend_schema(
        tags=TAGS,
        summary="List a person's trusted browsers",
        parameters=[shapes.TrustedDevicesQuery],
        responses=page_of(shapes.TrustedDeviceOut),
        examples=[_answered({"data": [DEVICE], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """Browsers in which the person is not asked for a factor now."""
        query, person = self.query(shapes.TrustedDevicesQuery), queries.person(ids.wanted("usr", person_id))
        return self.page(queries.trusted_devices(person, q=query["q"]), query=query, shape=documents.of_trusted_device)


class PersonFactorsRemoval(View):
    """PUT /v1/people/{id}/factors/removal"""

    access = {"PUT": Permission.WRITE_FACTORS}

    @extend_schema(
        tags=TAGS,
        summary="Remove all factors of a person",
        request=ReasonIn,
        responses=shapes.PersonFactorsOut,
        examples=[WHY, _answered(OWN)],
    )
    def put(self, request: Request, person_id: str) -> HttpResponseBase:
        """Factors, recovery codes and trusted browsers go, and the person's sessions end."""
        reason, identifier = self.parse(ReasonIn)["reason"], ids.wanted("usr", person_id)
        actions.remove_factors_of(identifier, reason=reason, actor=self.actor)
        return self.answer(documents.of_person_factors(queries.person(identifier)))


class PersonFactorRemoval(View):
    """PUT /v1/people/{id}/factors/{factor}/removal"""

    access = {"PUT": Permission.WRITE_FACTORS}

    @extend_schema(
        tags=TAGS,
        summary="Remove a factor of a person",
        request=ReasonIn,
        responses=shapes.PersonFactorsOut,
        examples=[WHY, _answered(OWN)],
    )
    def put(self, request: Request, person_id: str, factor_id: str) -> HttpResponseBase:
        """E.g. a telephone that is lost; browsers that they trusted are asked for a factor again."""
        reason, identifier = self.parse(ReasonIn)["reason"], ids.wanted("usr", person_id)
        actions.remove_factor_of(identifier, factor_id=ids.wanted("fac", factor_id), reason=reason, actor=self.actor)
        return self.answer(documents.of_person_factors(queries.person(identifier)))


def _origin(request: Request) -> str:
    """The address of the pages of this host, e.g. `https://acme.example.com`."""
    return f"{request._request.scheme}://{request._request.get_host()}"


def _enrolment(shown: actions.Enrolment, *, token: str) -> dict[str, Any]:
    return {
        "token": token,
        "kind": shown.kind,
        "secret": None if shown.app is None else shown.app.secret,
        "address": None if shown.app is None else shown.app.address,
        "hint": shown.hint,
        "options": orjson.loads(shown.options) if shown.options else None,
    }
