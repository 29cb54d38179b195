"""Copies of tenants: one file each, taken from one snapshot, and the way back from it into an empty place.

Parts, not actions: they are called by the steps of long jobs, with platform active, and tell how far they are.
"""
