"""Configuration entries."""

from alembic import op

revision = "0001_create_config_entries"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table.

    `json`, not `jsonb`: it keeps the text as it was sent, with numbers of any size and escapes that jsonb refuses.
    The collation is bytewise, so that pages have one order on every machine. Deleted entries stay, without their
    value: `version` must never name two contents of a key. `first_version` is the version the entry was made with.
    """
    op.execute(
        """
        CREATE TABLE config_entries (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key text COLLATE "C" NOT NULL UNIQUE CHECK (key ~ '^[A-Za-z0-9._/-]{1,255}$'),
            value json,
            version bigint NOT NULL DEFAULT 1,
            first_version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


def downgrade() -> None:
    """Drop the table, and every entry with it."""
    op.execute("DROP TABLE config_entries")
