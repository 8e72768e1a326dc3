"""The event log's schema, one Alembic revision a change."""
