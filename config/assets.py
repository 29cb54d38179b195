"""Static files: under hashed names once they are collected (containers do), under their own names from the apps' folders otherwise."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage that also works before anything is collected."""

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when nothing is collected. Raises ValueError for a name that was not collected with the rest."""
        return str(super().stored_name(name)) if self.hashed_files else name
