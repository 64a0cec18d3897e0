"""${message}."""

from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What this adds."""
    op.execute("")


def downgrade() -> None:
    """Take it away again."""
    op.execute("")
