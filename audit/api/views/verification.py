"""Checking the log over HTTP."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.verification import LastCheckOut, VerificationIn, VerificationOut, last_check_out
from audit.permissions import Permission
from kernel.api.views import View

SOUND: dict[str, Any] = {
    "answer": "sound",
    "ok": True,
    "checked": 1208,
    "pending": 1,
    "size": 20852,
    "epoch": 1,
    "root": "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
    "broken_at": 0,
    "reason": "",
    "rests_on": {"entry": "ent_06f0kt8m1wfvx5r2c9h3qjz4ad", "checked_at": "2026-01-31T02:41:07.000000Z", "size": 19645},
    "faults": [],
    "doubts": [],
    "removed": [],
}


class Verification(View):
    """GET, POST /v1/audit/verification"""

    access = {"GET": Permission.READ_ENTRIES, "POST": Permission.VERIFY}

    @extend_schema(tags=["Audit"], summary="Show the last check of the log", responses=LastCheckOut)
    def get(self, request: Request) -> HttpResponseBase:
        """What the newest check of the log found, and when."""
        return self.answer(last_check_out(queries.last_check()))

    @extend_schema(
        tags=["Audit"],
        summary="Check the log",
        request=VerificationIn,
        responses={200: VerificationOut, 202: None},
        examples=[OpenApiExample("Sound", value=SOUND, response_only=True, status_codes=["200"])],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Check the log, and record what was found. A long log is checked by a job: the answer is then 202, and `Location` names the job."""
        wanted = {"depth": queries.Depth.QUICK, "against": "", **self.parse(VerificationIn)}
        depth, held = queries.Depth(wanted["depth"]), queries.parse_held(wanted["against"]) if wanted["against"] else None
        if held is None and not queries.is_checked_at_once(depth):
            job = actions.start_verification(depth, actor=self.actor)
            return self.answer({"operation": job.public_id}, status=202, location=f"/v1/operations/{job.public_id}")
        return self.answer(queries.check_document(actions.verify_chain(depth=depth, held=held, actor=self.actor)))
