"""Data files: which are known, what their tables are called, and how DuckDB reads each."""

from collections.abc import Mapping
from pathlib import Path

_CSV = "read_csv({path}, ignore_errors = false)"
READERS: Mapping[str, str] = {
    ".csv": _CSV,
    ".tsv": _CSV,
    ".parquet": "read_parquet({path})",
    ".json": "read_json_auto({path})",
    ".jsonl": "read_json_auto({path}, format = 'newline_delimited')",
    ".ndjson": "read_json_auto({path}, format = 'newline_delimited')",
}
_PACKED = ".gz"


def is_known(path: Path) -> bool:
    """True for a file that can be read as a table."""
    return _ending(path) in READERS


def stem(path: Path) -> str:
    """The name of a file without what says how it is written."""
    name = path.name.removesuffix(_PACKED) if is_known(path) else path.name
    return Path(name).stem


def tables_of(path: Path) -> dict[str, str]:
    """The query for each table of a file, or of a folder and the folders in it, by name; two of a name are told apart
    by their ending.
    """
    found = (
        [path] if path.is_file() else sorted(child for child in _within(path) if child.is_file() and is_known(child))
    )
    stems = [_table_name(file, path) for file in found]
    tables: dict[str, str] = {}
    for file, name in zip(found, stems, strict=True):
        unique = name if stems.count(name) == 1 else f"{name}{_ending(file).replace('.', '_')}"
        reader = READERS[_ending(file)].format(path="'" + str(file).replace("'", "''") + "'")
        tables[unique] = f"SELECT * FROM {reader}"
    return tables


def _within(folder: Path) -> list[Path]:
    direct = [child for child in folder.iterdir() if not child.name.startswith(".")]
    deeper = [
        grand for child in direct if child.is_dir() for grand in child.iterdir() if not grand.name.startswith(".")
    ]
    return direct + deeper


def _table_name(file: Path, root: Path) -> str:
    if root in {file, file.parent}:
        return stem(file)
    return f"{file.parent.name}/{stem(file)}"


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(_PACKED)).suffix
