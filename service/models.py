"""What the database holds."""

from typing import Final

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

MAX_ID: Final = 2**63 - 1
MAX_NAME_LENGTH: Final = 100
MAX_DESCRIPTION_LENGTH: Final = 1_000

# SQLite numbers rows by itself only in a column that is called INTEGER; it holds 64 bits there too.
_Id = BigInteger().with_variant(Integer, "sqlite")


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


class Brand(Model):
    __tablename__ = "brands"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), unique=True)
    description: Mapped[str] = mapped_column(String(MAX_DESCRIPTION_LENGTH))


class Item(Model):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    brand_id: Mapped[int] = mapped_column(_Id, ForeignKey("brands.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    price_cents: Mapped[int] = mapped_column(BigInteger)

    # A query says that it wants the brand; one statement for each item would come unnoticed otherwise.
    brand: Mapped[Brand] = relationship(lazy="raise")


class Location(Model):
    """A point on the map where a brand is sold, in degrees (WGS 84)."""

    __tablename__ = "locations"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    brand_id: Mapped[int] = mapped_column(_Id, ForeignKey("brands.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    longitude: Mapped[float] = mapped_column(Double)
    latitude: Mapped[float] = mapped_column(Double)

    __table_args__ = (Index(None, "longitude", "latitude"),)


class User(Model):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    discount_ratio: Mapped[float] = mapped_column(Double)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
