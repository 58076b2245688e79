"""Data files as relations: the DuckDB function that reads each, and what it has to be told."""

import codecs
import gzip
import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from catalogctl.domain.catalogue import ColumnMetadata
from catalogctl.sources.engines.duckdb_session import DuckDbSession
from catalogctl.sources.engines.folder import FileTable, Format
from catalogctl.sources.failures import StatementRefused
from catalogctl.sources.scratch import Scratch

T = TypeVar("T")

SNIFFED_ROWS = 1_000_000
"""Rows from which the types of a CSV or JSON file are told; all rows of most files."""

_HEAD_BYTES = 1 << 20
_MARKED = 64
_MOST_REJECTS = 10_000
_NAMED_DELIMITER = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=[^\r\n]"?\r?\n', re.IGNORECASE)
"""The line by which Excel is told what the lines after it are to be taken apart by."""
_REJECTS = """
SELECT COUNT(DISTINCT (file_id, line)), MIN(line), ARG_MIN(error_message, line) FROM reject_errors
WHERE scan_id = (SELECT MAX(scan_id) FROM reject_scans)
"""


class NotText(Exception):
    """The file is called CSV and holds anything but text."""


class Scans:
    """The files of one reader; copies in another encoding go to *scratch*."""

    def __init__(self, session: DuckDbSession, scratch: Scratch) -> None:
        self._session = session
        self._scratch = scratch
        self._encodings: dict[Path, str] = {}
        self._recoded: dict[Path, Path] = {}
        self._preceded: set[Path] = set()
        self._lenient: set[Path] = set()

    def use(self, file: FileTable, act: Callable[[str], T]) -> T:
        """What *act* makes of the file as a relation; when a line of JSON is broken, without that line, and when a
        CSV is not written by the book, as in line ends of two kinds, as it is meant.

        Raises StatementRefused, NotText, OSError.
        """
        self._forget_rejects(file)
        self._lenient.discard(file.example)
        try:
            return act(self._relation(file))
        except StatementRefused:
            if not (file.format is Format.CSV or _is_json_lines(file)):
                raise
        found = act(self._relation(file, is_forgiving=True))
        self._lenient.add(file.example)
        return found

    def stage(self, file: FileTable, columns: Sequence[ColumnMetadata]) -> int:
        """Keep the rows of the file, whose *columns* are known already, in the session; returns how many there are."""
        return self.use_again(file, columns, lambda relation: self._session.stage(f"FROM {relation}"))

    def use_again(self, file: FileTable, columns: Sequence[ColumnMetadata], act: Callable[[str], T]) -> T:
        """As ``use``, of a file whose *columns* are known already.

        Raises StatementRefused, NotText, OSError.
        """
        if file.format is Format.CSV and not file.is_many:
            literal = self._session.dialect.literal
            types = ", ".join(f"{literal(column.name)}: {literal(column.data_type)}" for column in columns)
            self._forget_rejects(file)
            self._lenient.discard(file.example)
            # Given these, DuckDB need not look at all rows for them again.
            with suppress(StatementRefused):
                known = [f"types = {{{types}}}", *self._quoting(file)]
                relation = self._relation(file, known=", ".join(known))
                found = [row[0] for row in self._session.query(f"DESCRIBE FROM {relation}")]
                # Told the types, it may take another sign for the delimiter of a broken file.
                if found == [column.name for column in columns]:
                    return act(relation)
        return self.use(file, act)

    def remarks(self, file: FileTable) -> Iterator[str]:
        """What is to be said about the last time that the file was read."""
        if file.example in self._recoded:
            yield "is not in UTF-8; it was read as Windows-1252"
        if file.format is Format.CSV and file.example in self._lenient:
            yield "is not quite standard CSV, as where line ends are of two kinds; it was read leniently"
        if file.format is Format.CSV and not file.is_many:
            [(lines, first, reason)] = self._session.query(_REJECTS)
            if lines:
                many = f"{'at least ' if lines >= _MOST_REJECTS else ''}{lines} broken line{'s' if lines > 1 else ''}"
                yield f"{many} left out, the first is line {first}: {reason}"
        elif _is_json_lines(file):
            objects = f"read_ndjson_objects({self._session.dialect.literal(file.pattern)}, ignore_errors = true)"
            broken = self._session.count(f"(SELECT 1 FROM {objects} WHERE json IS NULL)")
            if broken:
                yield f"{broken} broken line{'s' if broken > 1 else ''} counted as rows without values"

    def _quoting(self, file: FileTable) -> list[str]:
        """How the fields of a CSV are told apart, where its first rows may not show it: quotes may come late."""
        if not _has_quotes(file.example):
            return []
        encoding, place = self._encoding(file)
        options = [f"encoding = '{encoding}'", *self._skipping(file), f"sample_size = {SNIFFED_ROWS}"]
        sniffed = f"sniff_csv({place}, {', '.join(options)}, all_varchar = true)"
        [found] = self._session.query(f"SELECT Delimiter, Quote, Escape FROM {sniffed}")
        signs = zip(("delim", "quote", "escape"), found, strict=True)
        return [f"{word} = {self._session.dialect.literal(sign.replace('(empty)', ''))}" for word, sign in signs]

    def _relation(self, file: FileTable, *, known: str | None = None, is_forgiving: bool = False) -> str:
        options = [self._session.dialect.literal(file.pattern)]
        if file.format is Format.CSV:
            encoding, options[0] = self._encoding(file)
            options += [f"encoding = '{encoding}'", *self._skipping(file)]
            # DuckDB does not do both: of many files the columns are brought together, of one broken lines are told.
            if not file.is_many:
                options += ["store_rejects = true", f"rejects_limit = {_MOST_REJECTS}"]
        options.append(f"hive_partitioning = {str(file.is_partitioned).lower()}")
        if file.is_many:
            options.append("union_by_name = true")
        if file.format is not Format.PARQUET:
            options.append(known or f"sample_size = {SNIFFED_ROWS}")
        if file.format is Format.JSON and _is_marked_array(file):
            options.append("format = 'array'")
        if is_forgiving and file.format is Format.CSV:
            options.append("strict_mode = false")
        elif is_forgiving:
            options += ["ignore_errors = true", "format = 'newline_delimited'"]
        return f"read_{file.format}({', '.join(options)})"

    def _encoding(self, file: FileTable) -> tuple[str, str]:
        """The encoding in which DuckDB is to read, and what: the file, or a copy when it does not know its encoding."""
        literal = self._session.dialect.literal
        if file.is_many or file.example.suffix.lower() == ".zst":
            return "utf-8", literal(file.pattern)
        if file.example not in self._encodings:
            head, telling = _telling_pieces(file.example)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                self._encodings[file.example] = "utf-16"
            elif b"\0" in head:
                raise NotText("it is not text")
            else:
                self._encodings[file.example] = "utf-8"
                if _NAMED_DELIMITER.match(head):
                    self._preceded.add(file.example)
                if not _is_utf8(telling):
                    self._recoded[file.example] = self._recode(file.example)
        read = self._recoded.get(file.example)
        return self._encodings[file.example], literal(file.pattern if read is None else str(read))

    def _skipping(self, file: FileTable) -> list[str]:
        return ["skip = 1"] if file.example in self._preceded else []

    def _recode(self, path: Path) -> Path:
        target = self._scratch.path / f"{len(self._recoded)}.csv"
        with (
            _unpacked(path) as content,
            io.TextIOWrapper(content, encoding="cp1252", errors="replace", newline="") as text,
            target.open("w", encoding="utf-8", newline="") as recoded,
        ):
            shutil.copyfileobj(text, recoded)
        return target

    def _forget_rejects(self, file: FileTable) -> None:
        if file.format is Format.CSV:
            self._session.query("DROP TABLE IF EXISTS reject_errors")
            self._session.query("DROP TABLE IF EXISTS reject_scans")


def _unpacked(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast(BinaryIO, gzip.open(path))
    return path.open("rb")


def _telling_pieces(path: Path) -> tuple[bytes, bytes]:
    """The beginning of a file, and the first piece of it that is not plain ASCII, if there is one."""
    with _unpacked(path) as content:
        head = content.read(_HEAD_BYTES)
        pieces = chain([head], iter(lambda: content.read(_HEAD_BYTES), b""))
        return head, next((piece for piece in pieces if not piece.isascii()), b"")


def _has_quotes(path: Path) -> bool:
    if path.suffix.lower() == ".zst":
        return True
    with _unpacked(path) as content:
        return any(b'"' in piece or b"'" in piece for piece in iter(lambda: content.read(_HEAD_BYTES), b""))


def _is_utf8(piece: bytes) -> bool:
    """True also where some letters are broken, as long as more are whole."""
    try:
        # Incrementally: it may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        text = piece.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return len(text) - len(text.encode("ascii", "ignore")) > 2 * broken
    return True


def _is_marked_array(file: FileTable) -> bool:
    """True for an array of JSON behind a byte order mark, for which DuckDB takes it to be a single value."""
    if file.example.suffix.lower() == ".zst" or _is_json_lines(file):
        return False
    with _unpacked(file.example) as content:
        head = content.read(_MARKED)
    return head.startswith(codecs.BOM_UTF8) and head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")


def _is_json_lines(file: FileTable) -> bool:
    return file.format is Format.JSON and not {".jsonl", ".ndjson"}.isdisjoint(file.example.suffixes)
