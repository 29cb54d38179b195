"""Syslog over TLS (RFC 5425): each message behind its length in octets, on a connection per batch.

Syslog knows no answer. So a batch counts as taken when the receiver has ended the TLS session after ours: by then it has read everything before
(section 4.4 asks both sides for that ending). A receiver that only closes the connection in order passes too; one that breaks it off does not.
"""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import replace

from audit import formats
from audit.formats import syslog
from audit.streams.batches import Batch
from kernel import clock, outbound
from kernel.outbound import Unreachable

TIMEOUT_S = 10.0


def send(batch: Batch, *, settings: Mapping[str, str], secret: Mapping[str, str]) -> str:
    """Send one batch. Formats other than syslog stand in the message, behind the same header. Raises UnsafeAddress, Unreachable."""
    del secret
    frames = b"".join(_framed(message) for message in _messages(batch))
    connection = outbound.dial(settings["host"], int(settings["port"]), ca_pem=settings.get("ca", ""), timeout_s=TIMEOUT_S)
    try:
        connection.sendall(frames)
        _end(connection)
    except OSError as fault:
        raise Unreachable("The connection broke off before everything was taken.", host=settings["host"]) from fault
    finally:
        connection.close()
    return f"{len(batch.lines)} taken over {connection_words(batch)}"


def connection_words(batch: Batch) -> str:
    """How it was sent, for whoever made a test."""
    return f"syslog with TLS as {batch.format}"


def _messages(batch: Batch) -> list[bytes]:
    if batch.format == "syslog":
        messages = [record.rstrip(b"\n") for record in batch.records]
    else:
        messages = [syslog.wrapped(line, message=record) for line, record in zip(batch.lines, batch.records, strict=True)]
    return [*messages, _checkpoint(batch)] if batch.checkpoint else messages


def _checkpoint(batch: Batch) -> bytes:
    """The latest checkpoint as a message of its own, in base 64 because a note has line breaks."""
    note = base64.b64encode(batch.checkpoint.encode())
    line = replace(batch.lines[-1], document=formats.checkpoint(at=clock.rfc3339(clock.now())))
    return syslog.wrapped(line, message=b"checkpoint " + note)


def _framed(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


def _end(connection: ssl.SSLSocket) -> None:
    """Say that nothing follows, and wait for the other side to say the same or to close in order."""
    try:
        connection.unwrap()
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return
    except ConnectionError:
        raise
    except OSError as fault:
        if isinstance(fault, TimeoutError) or fault.errno:
            raise
