"""Tables into PostgreSQL, row by row where something changed, and answers to queries back from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import BaseModel, Field, SecretStr

from finopsnb.errors import FinopsError, nearest
from finopsnb.plugins import IntegrationPlugin, PluginMetadata, PluginType
from finopsnb.plugins.tabular import to_arrow

from ._postgres_connecting import connected
from ._postgres_pulling import pulled
from ._postgres_pushing import Target, pushed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PostgresPlugin"]

#: what identifies a row of the tables of finopsnb that have something that does
KEYS = {
    "recommendations": ["plugin", "recommendation_id"],
    "violations": ["plugin", "violation_id"],
    "budgets": ["budget"],
    "runs": ["run_id"],
    "exchange_rates": ["date", "from_currency", "to_currency"],
}

#: the state that holds the name of who sends
_SOURCE = "source"


class PostgresConfig(BaseModel):
    """Where the database is, and which tables have which keys."""

    dsn: SecretStr = Field(
        description="How to connect: postgresql://user:password@host:5432/finops, or host=... dbname=...; better env:NAME"
    )
    target_schema: str = Field("public", description="The schema that tables are pushed to; it is made if need be", min_length=1)
    keys: dict[str, list[str]] = Field(
        default_factory=dict, description="Of a table the columns that identify a row, as {costs: [x_LineItemId]}"
    )
    queries: dict[str, str] = Field(default_factory=dict, description="Tables to receive, each a name and the query that answers with it")
    source: str = Field("", description="The name of who sends; a database of finopsnb has one of its own, a session in memory needs it")
    timeout_seconds: float = Field(60.0, description="How long one statement may take", gt=0)


class PostgresPlugin(IntegrationPlugin):
    """Pushes tables by upsert in one transaction, deletes there what it had sent and is gone here, and receives what queries answer."""

    metadata = PluginMetadata(
        name="postgres",
        version="1.0.0",
        author="The finopsnb authors",
        description="Pushes any table into PostgreSQL, changing only rows that changed, and pulls the answer to any query.",
        plugin_type=PluginType.INTEGRATION,
        tags=("postgresql", "sql", "warehouse", "upsert"),
        license="Apache-2.0",
    )

    Config = PostgresConfig
    config: PostgresConfig

    def send_data(self, data: Any, table: str = "", keys: Sequence[str] | str = (), whole: bool = False) -> bool:
        """Put the rows into the table of that name: new ones are inserted, changed ones updated, equal ones left alone.

        ``keys`` are the columns that identify a row, those of the settings unless given. Table and columns are made where they are not
        there: money is numeric, times are timestamptz, Tags are jsonb. All rows or none. With ``whole``, as a table of the session is
        sent by its name, rows that this session sent there earlier and that are no more among them are deleted, so that totals are those
        of here; rows of others stay. Raises FinopsError without a key, and where the rows do not fit.
        """
        rows: pa.Table = to_arrow(data, what="the table")
        target = Target(self.config.target_schema, table or "finopsnb", tuple(self._keys(table, keys)), self._source())
        with self._connected() as connection:
            done = pushed(connection, target, rows, whole)
            place = f"{connection.info.host}/{connection.info.dbname}/{target.schema}.{target.table}"
        counts = {"inserted": done.inserted, "updated": done.updated, "unchanged": rows.num_rows - done.inserted - done.updated}
        gone = f"{done.deleted:,} rows that are no more here were deleted" if done.deleted else ""
        self.context.synced(place, rows=rows.num_rows, detail=gone, **counts)
        return True

    def receive_data(self, table: str = "", query: str = "") -> Iterator[tuple[str, pa.Table]]:
        """What the queries of the settings answer, or the one named ``table``, or ``query``."""
        for name, statement in self._wanted(table, query).items():
            with self._connected() as connection:
                rows = pulled(connection, statement)
                place = f"{connection.info.host}/{connection.info.dbname}"
            self.context.synced(name, rows=rows.num_rows, detail=place)
            yield name, rows

    def _source(self) -> str:
        """Who sends: the name of the settings, or one that is made once and kept with what is stored."""
        if self.config.source:
            return self.config.source
        known = self.context.get_state(_SOURCE)
        if known is None:
            known = uuid4().hex
            self.context.set_state(_SOURCE, known)
        return str(known)

    def _connected(self) -> AbstractContextManager[Any]:
        return connected(self.config.dsn.get_secret_value(), self.config.timeout_seconds)

    def _keys(self, table: str, given: Sequence[str] | str) -> Sequence[str]:
        found = [given] if isinstance(given, str) and given else list(given) or self.config.keys.get(table) or KEYS.get(table)
        if not found:
            what = f"What identifies a row of {table or 'it'} is not known."
            raise FinopsError(what, why="Rows are found again by their key.", hint=f'keys={{"{table or "owners"}": ["ResourceId", ...]}}')
        return found

    def _wanted(self, table: str, query: str) -> dict[str, str]:
        queries = self.config.queries
        if query:
            return {table or self.name: query}
        if not queries:
            raise FinopsError("There is nothing to receive: no query is named.", hint='queries={"owners": "select * from owners"}')
        if table and table not in queries:
            near = nearest(table, queries) or next(iter(queries))
            raise FinopsError(f"queries names no table {table}.", why=f"It names {', '.join(queries)}.", hint=f'table="{near}"')
        return {table: queries[table]} if table else queries
