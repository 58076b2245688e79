"""Kinds of data, as far as they matter to a profile."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """How the values of a column are compared, measured and shown."""

    EXACT = "exact"
    """Integers and decimals."""
    FLOAT = "float"
    TEXT = "text"
    MOMENT = "moment"
    """Dates, times and both."""
    TRUTH = "truth"
    BINARY = "binary"
    OTHER = "other"
    """JSON, lists, ranges, intervals and all that is looked at as text, without measures."""
    DYNAMIC = "dynamic"
    """Each value says for itself what it is, as in SQLite."""


_KINDS = (
    (Kind.OTHER, r".*\]|(struct|map|union|list|json|jsonb|xml|interval|variant|geometry|money)\b.*|\w*(range|vector)"),
    (Kind.BINARY, r"(tiny|medium|long)?blob\b.*|bytea|(var)?binary\b.*|image|(long )?raw\b.*"),
    (Kind.TRUTH, r"bool(ean)?"),
    (Kind.MOMENT, r"(date|time|timestamp|datetime|timetz|timestamptz|smalldatetime)(\d|_|\b).*"),
    (Kind.FLOAT, r"(float|double|real|binary_float|binary_double)(\d|\b).*"),
    (
        Kind.EXACT,
        (
            r"u?(int|integer|bigint|smallint|tinyint|mediumint|hugeint|serial|bigserial|smallserial)(\d|\b).*"
            r"|(dec|decimal|numeric|number|bignum|year)\b.*"
        ),
    ),
    (
        Kind.TEXT,
        (
            r"(var|n|nvar|bp|native )?char(acter)?2?\b.*|n?varchar2?\b.*|(tiny|medium|long|n|ci)?text\b.*"
            r"|n?clob\b.*|string\b.*|name|enum\b.*|set\b.*|uuid|uniqueidentifier|inet|cidr|macaddr8?"
        ),
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, pattern in _KINDS)


def kind_of(data_type: str) -> Kind:
    """The kind of a column declared as *data_type* in a typed engine; what is not known is ``OTHER``."""
    word = data_type.strip()
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(word)), Kind.OTHER)
