"""What every table shares: the registry, naming of constraints, and column types that hold on both engines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Constraints carry names so that a migration can drop them on either engine.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time, always UTC and aware, also on SQLite, which forgets the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive moment; store UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the zone back."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Amount(sa.types.TypeDecorator[Decimal]):
    """Money to the cent. SQLite has no decimals, so it keeps whole cents there."""

    impl = sa.Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the column by engine."""
        return dialect.type_descriptor(sa.BigInteger() if dialect.name == "sqlite" else sa.Numeric(18, 2))

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Decimal | int | None:
        """Turn into cents on SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return int((value * 100).to_integral_exact())

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Turn cents back."""
        if value is None or dialect.name != "sqlite":
            return None if value is None else Decimal(value)
        return Decimal(value).scaleb(-2)


class Table(DeclarativeBase):
    """Base of every table."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        date: sa.Date(),
        Decimal: Amount(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
    }


def one_of(name: str, *values: str) -> sa.Enum:
    """A short word out of a closed list, checked by the database."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32, validate_strings=True)


def moves_known(moves: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The states named by a dict of legal moves, in the order of the dict."""
    return tuple(moves)


# Marks a column that holds whoever did something: the pseudonym of a person, as in ``user:7``, or a part of the
# service.
ACTOR = {"actor": True}

Id = Annotated[int, mapped_column(sa.Integer, primary_key=True)]
Iso3 = Annotated[str, mapped_column(sa.ForeignKey("country.iso3"), index=True)]
Code = Annotated[str, mapped_column(sa.String(40))]
Line = Annotated[str, mapped_column(sa.String(300))]
Prose = Annotated[str, mapped_column(sa.String(8000))]
Link = Annotated[str, mapped_column(sa.String(1000))]
