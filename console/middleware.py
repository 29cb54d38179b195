"""What only pages need of a request."""

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest

from kernel.api.errors import API_PREFIX


class PageMessagesMiddleware(MessageMiddleware):
    """Django's one-time messages, for pages; programs read none."""

    def process_request(self, request: HttpRequest) -> None:
        """Make the storage, unless the request is for the API."""
        if not request.path.startswith(API_PREFIX):
            super().process_request(request)
