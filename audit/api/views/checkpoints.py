"""Doors of the proof: checkpoints, proofs of entries, proofs between two lengths, public keys."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers import checkpoints as shapes
from audit.models import CHECKPOINT_PREFIX, ID_PREFIX, Checkpoint
from audit.permissions import Permission
from kernel import ids
from kernel.api.headers import attachment
from kernel.api.schema import page_of
from kernel.api.views import View

TEXT = "text/plain"
NOTE = (
    "ops.example.com/audit/0192f3c1-7a52-7bd0-9f2e-5b1f7c1f9a10/1\n20852\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— ops.example.com/audit/0192f3c1-7a52-7bd0-9f2e-5b1f7c1f9a10/1 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
CHECKPOINT: dict[str, Any] = {
    "id": "chk_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "epoch": 1,
    "size": 20852,
    "root": "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
    "chain": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "signed_at": "2026-01-31T12:00:00.000000Z",
    "note": NOTE,
}
KEY: dict[str, Any] = {
    "id": "sgk_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "epoch": 1,
    "origin": "ops.example.com/audit/0192f3c1-7a52-7bd0-9f2e-5b1f7c1f9a10/1",
    "verifier": "ops.example.com/audit/0192f3c1-7a52-7bd0-9f2e-5b1f7c1f9a10/1+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "created_at": "2026-01-01T00:00:00.000000Z",
    "retired_at": None,
}
ONE = OpenApiExample("A checkpoint", value=CHECKPOINT, response_only=True, media_type="application/json")


class Proving(View):
    """What these doors share: an answer may be wanted as the file that programs of others read."""

    def wants_text(self, form: str) -> bool:
        """Whether the file itself is asked for, by the parameter or by the Accept header."""
        accepted = self.request._request.headers.get("Accept", "")
        return form not in {"", shapes.JSON} or (not form and accepted.partition(";")[0].strip() == TEXT)

    def text(self, content: str, *, name: str) -> HttpResponseBase:
        """The file, as a download."""
        return attachment([content.encode()], name=name, media_type=f"{TEXT}; charset=utf-8")

    def checkpoint(self, found: Checkpoint) -> HttpResponseBase:
        """A checkpoint in the form that is asked for."""
        if self.wants_text(self.query(shapes.CheckpointQuery)["form"]):
            return self.text(found.note, name=f"{found.public_id}.note")
        return self.answer(queries.checkpoint_document(found))


class Checkpoints(View):
    """GET /v1/audit/checkpoints"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"], summary="List checkpoints", parameters=[shapes.CheckpointsQuery], responses=page_of(shapes.CheckpointOut)
    )
    def get(self, request: Request) -> HttpResponseBase:
        """What was signed, newest first: at most one a second, and one for every 5,000 entries."""
        query = self.query(shapes.CheckpointsQuery)
        return self.page(queries.checkpoints(epoch=query["epoch"]), query=query, shape=queries.checkpoint_document)


class LatestCheckpoint(Proving):
    """GET /v1/audit/checkpoints/latest"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"],
        summary="Read the newest checkpoint",
        parameters=[shapes.CheckpointQuery],
        responses={(200, "application/json"): shapes.CheckpointOut, (200, TEXT): OpenApiTypes.STR},
        examples=[ONE],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The newest checkpoint. Keep it outside this installation: nobody can rewrite what it covers without your seeing it."""
        return self.checkpoint(queries.latest_checkpoint())


class OneCheckpoint(Proving):
    """GET /v1/audit/checkpoints/{id}"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"],
        summary="Read a checkpoint",
        parameters=[shapes.CheckpointQuery],
        responses={(200, "application/json"): shapes.CheckpointOut, (200, TEXT): OpenApiTypes.STR},
        examples=[ONE],
    )
    def get(self, request: Request, checkpoint_id: str) -> HttpResponseBase:
        """One checkpoint, as JSON or as the signed note."""
        return self.checkpoint(queries.checkpoint(ids.wanted(CHECKPOINT_PREFIX, checkpoint_id)))


class EntryProof(Proving):
    """GET /v1/audit/entries/{id}/proof"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"],
        summary="Prove an entry",
        parameters=[shapes.ProofQuery],
        responses={(200, "application/json"): shapes.ProofOut, (200, TEXT): OpenApiTypes.STR},
    )
    def get(self, request: Request, entry_id: str) -> HttpResponseBase:
        """That one entry stands in the log, checkable offline with the public key alone; under 2 kB, however long the log is."""
        query = self.query(shapes.ProofQuery)
        by = queries.checkpoint(ids.wanted(CHECKPOINT_PREFIX, query["checkpoint"])) if query["checkpoint"] else None
        found = queries.entry_proof(ids.wanted(ID_PREFIX, entry_id), by=by)
        if self.wants_text(query["form"]):
            return self.text(found.text, name=f"{ids.show(ID_PREFIX, found.seal.entry_id)}.tlog-proof")
        return self.answer(queries.proof_document(found))


class Consistency(View):
    """GET /v1/audit/consistency"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"],
        summary="Prove that nothing was rewritten",
        parameters=[shapes.ConsistencyQuery],
        responses=shapes.ConsistencyOut,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """That the log of `second` entries begins with the log of `first`: for whoever holds the two checkpoints."""
        query = self.query(shapes.ConsistencyQuery)
        return self.answer(queries.consistency_document(queries.consistency_proof(query["first"], second=query["second"])))


class SigningKeys(View):
    """GET, POST /v1/audit/signing-keys"""

    access = {"GET": Permission.READ_ENTRIES, "POST": Permission.WRITE_KEYS}

    @extend_schema(tags=["Audit"], summary="List the public keys of the log", responses=page_of(shapes.SigningKeyOut))
    def get(self, request: Request) -> HttpResponseBase:
        """The keys that sign and signed the log, newest first. Give them to your auditor by another way than the checkpoints."""
        return self.page(queries.signing_keys(), query=self.query(), shape=queries.signing_key_document)

    @extend_schema(
        tags=["Audit"],
        summary="Sign the log with a new key",
        request=None,
        responses={201: shapes.SigningKeyOut},
        examples=[OpenApiExample("The new key", value=KEY, response_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        """Have the log signed with a new key from the next checkpoint on. The old one stays listed, for what it signed stays valid."""
        return self.answer(queries.signing_key_document(actions.rotate_signing_key(actor=self.actor)), status=201)
