"""Brands, items, locations and users."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
        sa.UniqueConstraint("name", name="uq_brands_name"),
    )
    op.create_table(
        "items",
        sa.Column("id", _ID, nullable=False),
        _brand_id(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        _brand_key("items"),
    )
    op.create_index("ix_items_brand_id", "items", ["brand_id"])
    op.create_table(
        "locations",
        sa.Column("id", _ID, nullable=False),
        _brand_id(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        _brand_key("locations"),
    )
    op.create_index("ix_locations_brand_id", "locations", ["brand_id"])
    op.create_index("ix_locations_longitude_latitude", "locations", ["longitude", "latitude"])
    op.create_table(
        "users",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("discount_ratio", sa.Double(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.UniqueConstraint("token_sha256", name="uq_users_token_sha256"),
    )


def downgrade() -> None:
    for table in ("users", "locations", "items", "brands"):
        op.drop_table(table)


def _brand_id() -> sa.Column[int]:
    return sa.Column("brand_id", _ID, nullable=False)


def _brand_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], f"fk_{table}_brand_id", ondelete="CASCADE")
