"""A migration that fails."""

from alembic import op

revision = "0003_divide_by_zero"
down_revision = "0002_create_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fail."""
    op.execute("SELECT 1 / 0")


def downgrade() -> None:
    """Nothing was done."""
