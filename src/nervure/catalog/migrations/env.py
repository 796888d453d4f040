"""What Alembic runs: migrations on the connection it is given, in that connection's transaction."""

from alembic import context

from nervure.catalog.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
