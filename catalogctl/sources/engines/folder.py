"""Which tables a folder of data files holds, by names and places alone."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, count
from pathlib import Path


class Format(StrEnum):
    """What a data file is written in."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"


_SUFFIXES = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".parq": Format.PARQUET,
    ".json": Format.JSON,
    ".jsonl": Format.JSON,
    ".ndjson": Format.JSON,
}
_PACKED = frozenset({".gz", ".zst"})
SUFFIXES = ", ".join(_SUFFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """A table made of one file, or of the files of a folder; *pattern* finds them, *example* is one of them."""

    name: str
    format: Format
    pattern: str
    example: Path
    schema: str | None = None
    is_many: bool = False
    is_partitioned: bool = False


def format_of(path: Path) -> Format | None:
    """The format that a file's name promises, None when it promises none."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        found = _SUFFIXES.get(suffixes[-2]) if len(suffixes) > 1 else None
        return None if found is Format.PARQUET else found
    return _SUFFIXES.get(suffixes[-1]) if suffixes else None


def tables_at(location: Path) -> list[FileTable]:
    """The tables of a file or folder, by name: each file is one, and so is a folder that holds one table in parts.

    In parts means folders named ``key=value``, or files named ``part-…``. Other folders are looked into, one level
    deep, and their tables are called ``folder.table``. Raises OSError.
    """
    if location.is_file():
        return [_from_file(location, None)]
    whole = _in_parts(location)
    if whole:
        return [whole]
    found = [_from_file(path, None) for path in _data_files(location)]
    for folder in sorted(path for path in location.iterdir() if path.is_dir() and not _is_hidden(path)):
        whole = _in_parts(folder)
        if whole:
            found.append(whole)
        else:
            found += [_from_file(path, folder.name) for path in _data_files(folder)]
    return sorted(_unambiguous(found), key=lambda table: table.name)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "_"))


def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if format_of(path) and path.is_file() and not _is_hidden(path))


def _from_file(path: Path, schema: str | None) -> FileTable:
    name = stem(path)
    return FileTable(
        name=name if schema is None else f"{schema}.{name}",
        format=format_of(path) or Format.PARQUET,
        pattern=literal(path),
        example=path,
        schema=schema,
    )


def stem(path: Path) -> str:
    """The name of a data file without what says its format."""
    plain = path.stem if path.suffix.lower() in _PACKED else path.name
    return Path(plain).stem


def _in_parts(folder: Path) -> FileTable | None:
    """The one table that the whole folder is, if it is one."""
    files = _data_files(folder)
    partitions = [path for path in folder.iterdir() if path.is_dir() and re.fullmatch(r"[^=]+=.*", path.name)]
    if partitions:
        files = sorted(path for path in _below(partitions) if format_of(path))
    elif not files or not all(path.name.startswith("part-") for path in files):
        return None
    if not files or len({format_of(path) for path in files}) > 1:
        return None
    suffix = "".join(files[0].suffixes[-2:]) if files[0].suffix.lower() in _PACKED else files[0].suffix
    return FileTable(
        name=folder.name,
        format=format_of(files[0]) or Format.PARQUET,
        pattern=f"{literal(folder)}/{'**/' if partitions else ''}*{suffix}",
        example=files[0],
        is_many=True,
        is_partitioned=bool(partitions),
    )


def _below(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path))


def _unambiguous(tables: list[FileTable]) -> Iterator[FileTable]:
    """Tables of the same name are called by their files' full names, or numbered where those are the same too.

    Names that differ in case alone are the same, as they are in SQL.
    """
    names = Counter(table.name.lower() for table in tables)
    full_names = Counter(_full_name(table).lower() for table in tables)
    taken: set[str] = set()
    for table in tables:
        full = _full_name(table)
        name = full if names[table.name.lower()] > 1 and full_names[full.lower()] == 1 else table.name
        numbered = chain([name], (f"{name} {number}" for number in count(2)))
        free = next(name for name in numbered if name.lower() not in taken)
        taken.add(free.lower())
        yield replace(table, name=free)


def _full_name(table: FileTable) -> str:
    return table.name if table.is_many else ".".join(filter(None, (table.schema, table.example.name)))


def literal(path: Path) -> str:
    """*path* as a pattern that finds just itself."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))
