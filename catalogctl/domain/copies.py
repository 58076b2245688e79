"""Copies of a store: how far one is, and what was copied."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyProgress:
    """How far the copy of a table is, in rows, or with *is_checking* its comparison."""

    table: str
    done: int
    total: int
    is_checking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """How many rows a table has, and their checksum: SHA-256 of each row as compact JSON, by their key."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied, by table, and whether an earlier copy was gone on with."""

    epoch: str
    contents: Mapping[str, Content]
    was_begun: bool
