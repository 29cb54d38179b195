"""The yardstick of the whole path: a view of Django REST framework that does nothing."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Empty(APIView):
    """Answers a POST without reading it."""

    def post(self, _request: Request) -> Response:
        """Do nothing."""
        return Response({})
