"""Pages of a table in the order of its key, read in time that does not grow with the table."""

from collections.abc import Collection, Mapping
from itertools import product
from typing import Any


def page_query(
    columns: str,
    *,
    table: str,
    key: str,
    filters: Mapping[str, Collection[Any]],
    beyond: int,
    limit: int,
    is_descending: bool = False,
) -> tuple[str, list[Any]]:
    """A SELECT and its parameters: the first *limit* rows whose *key* lies *beyond* a given one.

    Every column of *filters* has one of the values given for it. There must be an index on the columns of *filters*,
    in their order, that ends in *key*. Where several values are allowed, one stretch of the index is read for each
    combination and they are merged by key, at most *limit* entries of each; left to itself an engine reads all rows
    that match, and sorts them.
    """
    order = f"ORDER BY {key} {'DESC' if is_descending else 'ASC'} LIMIT ?"
    where = " AND ".join([*(f"{column} = ?" for column in filters), f"{key} {'<' if is_descending else '>'} ?"])
    combinations = list(product(*filters.values()))
    if len(combinations) == 1:
        return f"SELECT {columns} FROM {table} WHERE {where} {order}", [*combinations[0], beyond, limit]
    stretch = f"SELECT {key} FROM (SELECT {key} FROM {table} WHERE {where} {order}) AS stretch"
    keys = " UNION ALL ".join([stretch] * len(combinations)) or f"SELECT {key} FROM {table} WHERE 1 = 0"
    parameters = [value for combination in combinations for value in (*combination, beyond, limit)]
    merged = f"SELECT {key} FROM ({keys}) AS stretches {order}" if combinations else keys
    query = f"SELECT {columns} FROM {table} WHERE {key} IN ({merged}) {order}"
    return query, [*parameters, *([limit] if combinations else []), limit]
