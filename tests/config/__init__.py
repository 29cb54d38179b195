"""The composition root and the embedded services."""
