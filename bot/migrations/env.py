"""Alembic's entry: runs the revisions on the connection that the event log hands over."""

from alembic import context

from bot.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
