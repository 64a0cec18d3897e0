"""Short links."""

from alembic import op

revision = "0002_create_links"
down_revision = "0001_create_config_entries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the numbers that KEY_STRATEGY=counter makes keys of.

    A click rewrites its row; the room left in each page keeps the new row beside the old, with no index to change.
    """
    op.execute(
        """
        CREATE TABLE links (
            key text COLLATE "C" PRIMARY KEY CHECK (key ~ '^[A-Za-z0-9_-]{1,64}$'),
            url text NOT NULL,
            clicks bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (fillfactor = 80)
        """
    )
    op.execute("CREATE SEQUENCE links_numbers")


def downgrade() -> None:
    """Drop the table, and every link with it."""
    op.execute("DROP SEQUENCE links_numbers")
    op.execute("DROP TABLE links")
