"""Keys that sign requests."""

from typing import ClassVar

from django import forms

from console.forms.base import SHORT, Form, ListQuery

PUBLIC_KEY = "For ed25519: the public key in PEM, or its 32 bytes as base64. Leave it empty for hmac-sha256."


class PublicKeyField(forms.CharField):
    """The public half of a pair, as text of several lines."""

    def __init__(self) -> None:
        rows = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"})
        super().__init__(label="Public key", required=False, max_length=400, help_text=PUBLIC_KEY, widget=rows)


class NewSigningKey(Form):
    """A signing key's name, algorithm and life."""

    ALGORITHMS: ClassVar = [("hmac-sha256", "hmac-sha256: a secret made here"), ("ed25519", "ed25519: a pair of keys of your own")]
    LIVES: ClassVar = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("180", "180 days"), ("365", "1 year")]

    name = forms.CharField(
        max_length=SHORT, help_text="Say which program signs with it.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    algorithm = forms.ChoiceField(choices=ALGORITHMS, initial="hmac-sha256")
    public_key = PublicKeyField()
    expires_in_days = forms.TypedChoiceField(label="Ends after", choices=LIVES, coerce=int, initial="90")


class SigningKeyRotation(Form):
    """How the successor of a signing key begins."""

    OVERLAPS: ClassVar = [("0", "At once"), ("1", "1 hour"), ("24", "1 day"), ("168", "7 days"), ("720", "30 days")]

    public_key = PublicKeyField()
    overlap_hours = forms.TypedChoiceField(
        label="The old key ends", choices=OVERLAPS, coerce=int, initial="24", help_text="Until then both keys work."
    )


class SigningKeysQuery(ListQuery):
    """Filters of signing keys."""

    STATES: ClassVar = [("", "Any state"), ("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked")]
    state = forms.ChoiceField(choices=STATES, required=False)
