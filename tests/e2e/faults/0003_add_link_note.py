"""A migration that expands: versions that do not know the column go on as before."""

from alembic import op

revision = "0003_add_link_note"
down_revision = "0002_create_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that may be empty."""
    op.execute("ALTER TABLE links ADD COLUMN note text")


def downgrade() -> None:
    """Drop the column, and what was noted."""
    op.execute("ALTER TABLE links DROP COLUMN note")
