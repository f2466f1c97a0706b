"""Checking what people upload. Pure: paths in, paths out; no Flask, no SQLAlchemy, no clock."""
