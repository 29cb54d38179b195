"""What this app keeps sealed: keys of persons and of the log, secrets of streams and anchors, addresses of channels, keys of exports."""

from audit.exports.files import KEPT_DAYS
from kernel.sealing import SealedColumn, SealedInPassing
from kernel.tenancy import Purpose


def _signing_key(key: str, origin: str) -> str:
    """The log's keys were sealed with the tenant that they were made for, whose log this may be a copy of."""
    parts = origin.split("/")
    return f"audit.signing_key:{parts[-2] if len(parts) > 1 else ''}:{key}"


SEALED = (
    SealedColumn("audit_personkey", "sealed", lambda key, _beside: f"audit.person:{key}", key="ref", key_type="text"),
    SealedColumn("audit_signingkey", "sealed_private", _signing_key, beside="origin", purpose=Purpose.SEAL),
    SealedColumn("audit_stream", "sealed_secret", lambda key, _beside: f"audit.stream:{key}"),
    SealedColumn("audit_anchor", "sealed_secret", lambda key, _beside: f"audit.anchor:{key}"),
    SealedColumn("audit_alertchannel", "sealed_target", lambda key, _beside: f"audit.channel:{key}"),
    SealedInPassing("keys of exports of the trail, in the folder of exports", days=KEPT_DAYS + 1),
)
