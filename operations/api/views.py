"""Doors."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View
from operations import actions, queries
from operations.api.serializers import OperationOut, OperationsQuery, operation_out
from operations.models import ID_PREFIX, Operation
from operations.permissions import Permission


class Operations(View):
    """GET /v1/operations"""

    access = {"GET": Permission.READ}

    @extend_schema(tags=["Operations"], summary="List long jobs", parameters=[OperationsQuery], responses=page_of(OperationOut))
    def get(self, request: Request) -> HttpResponseBase:
        """The tenant's long jobs, newest first."""
        query = self.query(OperationsQuery)
        return self.page(
            queries.operations(q=query["q"], state=query["state"]),
            query=query,
            shape=lambda row: operation_out(row, result=row.result),
        )


class _OfOne(View):
    """What the views of one operation share."""

    def _shown(self, operation: Operation) -> HttpResponseBase:
        result = actions.show_result(operation, actor=self.actor)
        return self.answer(operation_out(operation, result=result), version=operation.version)


class OneOperation(_OfOne):
    """GET /v1/operations/{id}"""

    access = {"GET": Permission.READ}

    @extend_schema(tags=["Operations"], summary="Show a long job", responses=OperationOut)
    def get(self, request: Request, operation_id: str) -> HttpResponseBase:
        """State, progress, and the result or the problem at the end."""
        operation = queries.operation(ids.wanted(ID_PREFIX, operation_id))
        return self._shown(operation)


class Cancellation(_OfOne):
    """PUT /v1/operations/{id}/cancellation"""

    access = {"PUT": Permission.WRITE}

    @extend_schema(tags=["Operations"], summary="Cancel a long job", request=None, responses=OperationOut)
    def put(self, request: Request, operation_id: str) -> HttpResponseBase:
        """Stop the job at its next step; what it has done stays."""
        operation = actions.cancel(ids.wanted(ID_PREFIX, operation_id), actor=self.actor)
        return self._shown(operation)


class Resumption(_OfOne):
    """PUT /v1/operations/{id}/resumption"""

    access = {"PUT": Permission.WRITE}

    @extend_schema(tags=["Operations"], summary="Resume a long job", request=None, responses=OperationOut)
    def put(self, request: Request, operation_id: str) -> HttpResponseBase:
        """Send a failed or stuck job to a worker again, at the step that it had reached."""
        operation = actions.resume(ids.wanted(ID_PREFIX, operation_id), actor=self.actor)
        return self._shown(operation)
