"""Text messages by HTTP in the form of Twilio's Messages resource: a form post with `To`, `From` and `Body`, and basic authentication."""

import base64
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from django.conf import settings

from identity.problems import SmsUnavailable
from kernel import outbound
from kernel.problems import Unreachable, UnsafeAddress

TIMEOUT_S = 10.0


def send(number: str, *, text: str) -> None:
    """Hand one message to the service behind `SMS_URL`. Raises SmsUnavailable."""
    url, credentials = _parted(settings.SMS_URL)
    headers = {
        "authorization": f"Basic {credentials}",
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    body = urlencode({"To": number, "From": settings.SMS_FROM, "Body": text}).encode()
    try:
        answer = outbound.post(url, body=body, headers=headers, timeout_s=TIMEOUT_S)
    except (Unreachable, UnsafeAddress) as fault:
        raise SmsUnavailable(f"The service in SMS_URL cannot be called: {fault.detail}") from fault
    if not answer.is_success:
        raise SmsUnavailable(f"The service in SMS_URL refused the message with status {answer.status}.")


def _parted(address: str) -> tuple[str, str]:
    """The URL without its user and password, and these as basic authentication has them (RFC 7617)."""
    parts = urlsplit(address)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, parts.query, "")), base64.b64encode(f"{user}:{password}".encode()).decode()
