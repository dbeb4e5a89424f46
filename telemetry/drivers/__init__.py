"""Counts statements that go past SQLAlchemy: a driver used directly, raw cursors, COPY.

Where a statement cannot be counted, the request is told so: a false `0 Queries` is never shown.
"""
