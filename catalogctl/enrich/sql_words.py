"""The words and functions that a harmless SELECT is made of, for each engine.

Lists of what is allowed, not of what is dangerous: a function that nobody thought of is refused. Left out on purpose,
though they only compute: what fills memory with one call (``repeat``, ``lpad``, ``printf``, ``generate_series``,
``string_agg``) and what gives another answer each time (``random``).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What an engine's SELECT may use. *functions* are in lower case, *words* in upper case.

    *name* is sqlglot's. *folds_quoted*: a quoted name is found in any case; *folds_tables*: tables are found in any
    case. *home* is the schema that a table's bare name implies, where that is the same in every database.
    *session_words* tell of the session without looking like a call.
    """

    name: str
    functions: frozenset[str]
    words: frozenset[str]
    folds_quoted: bool = True
    folds_tables: bool = True
    home: str | None = None
    session_words: frozenset[str] = frozenset()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = _set(
    """
    SELECT DISTINCT ALL FROM WHERE GROUP ORDER PARTITION BY HAVING LIMIT OFFSET FETCH FIRST NEXT ROW ROWS ONLY
    UNION EXCEPT INTERSECT WITH RECURSIVE AS MATERIALIZED
    JOIN INNER LEFT RIGHT FULL OUTER CROSS NATURAL ON USING
    AND OR NOT IN IS NULL LIKE ESCAPE BETWEEN EXISTS TRUE FALSE UNKNOWN
    CASE WHEN THEN ELSE END CAST ASC DESC NULLS LAST
    OVER FILTER WINDOW RANGE GROUPS UNBOUNDED PRECEDING FOLLOWING CURRENT EXCLUDE TIES
    INTERVAL DATE TIME TIMESTAMP DATETIME CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP
    YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND YEARS MONTHS WEEKS DAYS HOURS MINUTES SECONDS
    INTEGER INT BIGINT SMALLINT TINYINT REAL FLOAT DOUBLE PRECISION DECIMAL NUMERIC TEXT VARCHAR CHAR CHARACTER
    VARYING BOOLEAN
    """
)
_FUNCTIONS = _set(
    """
    count sum avg min max
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    coalesce nullif cast
    abs round ceil ceiling floor sign sqrt power pow exp ln log log10 log2 mod
    lower upper trim ltrim rtrim length substr substring replace concat concat_ws
    """
)
_POSTGRES_WORDS = _set(
    "ILIKE EXTRACT EPOCH DOW ISODOW DOY ISOYEAR WITHIN AT ZONE TIMESTAMPTZ WITHOUT LOCAL ANY SOME SIMILAR TO"
)
_SESSION_WORDS = _set("USER CURRENT_USER SESSION_USER SYSTEM_USER CURRENT_ROLE CURRENT_CATALOG CURRENT_SCHEMA")

_DIALECTS = (
    Dialect(
        name="sqlite",
        words=_WORDS | {"GLOB", "COLLATE", "NOCASE"},
        functions=_FUNCTIONS
        | _set(
            """
            total ifnull iif if instr char unicode typeof
            date time datetime julianday unixepoch strftime timediff
            """
        ),
        home="main",
    ),
    Dialect(
        name="duckdb",
        words=_WORDS | _POSTGRES_WORDS | {"GLOB", "QUALIFY", "TRY_CAST", "ASOF", "SEMI", "ANTI", "HUGEINT", "STRING"},
        functions=_FUNCTIONS
        | _set(
            """
            median mode quantile quantile_cont quantile_disc stddev stddev_pop stddev_samp variance var_pop var_samp
            corr count_if sum_if any_value arg_min arg_max min_by max_by approx_count_distinct bool_and bool_or
            first last percentile_cont percentile_disc
            ifnull if greatest least try_cast trunc left right strpos contains starts_with ends_with
            extract date_part date_trunc date_diff datediff date_sub date_add today now current_date
            strftime strptime year quarter month week day hour minute second dayofweek isodow dayofyear weekday
            monthname dayname last_day epoch make_date age
            """
        ),
        home="main",
        session_words=_SESSION_WORDS,
    ),
    Dialect(
        name="postgres",
        words=_WORDS | _POSTGRES_WORDS,
        functions=_FUNCTIONS
        | _set(
            """
            mode stddev stddev_pop stddev_samp variance var_pop var_samp corr any_value bool_and bool_or
            percentile_cont percentile_disc
            greatest least trunc left right strpos position char_length starts_with initcap
            extract date_part date_trunc age now to_char to_date make_date
            """
        ),
        folds_quoted=False,
        session_words=_SESSION_WORDS,
    ),
    Dialect(
        name="mysql",
        words=_WORDS | {"DIV", "XOR", "MOD", "SIGNED", "UNSIGNED", "SEPARATOR", "STRAIGHT_JOIN", "MICROSECOND"},
        functions=_FUNCTIONS
        | _set(
            """
            stddev stddev_pop stddev_samp variance var_pop var_samp any_value
            ifnull if greatest least truncate left right instr locate position char_length
            extract date year quarter month week day hour minute second dayofmonth dayofweek dayofyear weekday
            weekofyear yearweek monthname dayname last_day date_format str_to_date datediff timestampdiff date_add
            date_sub adddate subdate curdate current_date now to_days makedate
            """
        ),
        folds_tables=False,
        session_words=_SESSION_WORDS - {"USER"},
    ),
)
_BY_NAME = {dialect.name: dialect for dialect in _DIALECTS}
DIALECTS: Mapping[str, Dialect] = _BY_NAME | {
    "postgresql": _BY_NAME["postgres"],
    "mariadb": _BY_NAME["mysql"],
    "files": _BY_NAME["duckdb"],
}
"""By sqlglot's names, by SQLAlchemy's, and by the kinds of sources."""
