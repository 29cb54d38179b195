"""Entries as a file: written part by part, sealed at rest, opened again as one stream."""
