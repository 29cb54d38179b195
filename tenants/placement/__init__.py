"""Databases as places for tenants: whether one is fit to be a cell, how a cell is, how full it is."""
