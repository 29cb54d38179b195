"""What this app keeps sealed: seeds of authenticators, telephone numbers, secrets that sign requests, and messages on their way."""

from kernel.sealing import SealedColumn, SealedInPassing

SEALED = (
    SealedColumn("identity_totpdevice", "sealed_seed", lambda key, _beside: f"identity.totp:{key}"),
    SealedColumn("identity_smsdevice", "sealed_number", lambda key, _beside: f"identity.sms:{key}"),
    SealedColumn("identity_signingkey", "sealed_secret", lambda key, _beside: f"identity.signing_key:{key}"),
    SealedInPassing("tokens and codes in tasks that wait to be mailed or sent; a suspended tenant's wait for a day", days=2),
)
