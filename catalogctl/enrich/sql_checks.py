"""SQL from rules or a model, checked before it is run: one SELECT that reads known tables and columns, no more.

Three looks, each of which must be content. At the text: only words, functions and signs that a harmless SELECT is made
of, and nothing that engines and parsers read differently, such as comments. At the tree: only kinds of nodes that are
listed. At the names: every table and column is known. All are lists of what is allowed. Nothing is ever rewritten.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from catalogctl.domain.errors import UnsafeSql
from catalogctl.enrich.sql_names import NameCheck
from catalogctl.enrich.sql_words import DIALECTS, Dialect

MAX_LENGTH = 10_000

_SIGNS = frozenset(
    {"(", ")", ",", ".", "*", "+", "-", "/", "%", "=", "==", "<", ">", "<=", ">=", "<>", "!=", "||", "<=>"}
)
_POSTGRES_SIGNS = frozenset({"::", "//"})
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_STRING = re.compile(r"'(?:[^'\\]|'')*'")
_WORD = re.compile(r"[^\W\d]\w*(?:[ \t\r\n]+[^\W\d]\w*)*")
_DIGITS = 4
"""As many may the length of a type have."""
_FIRST = frozenset({"SELECT", "WITH", "("})

_QUERIES = (exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery)
_NODES = (
    *_QUERIES,
    *(exp.With, exp.CTE, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier),
    *(exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Fetch),
    *(exp.LimitOptions, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup),
    *(exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Paren, exp.Tuple, exp.Var, exp.Interval, exp.DataType),
    *(exp.DataTypeParam, exp.AtTimeZone, exp.Collate, exp.Escape, exp.Any, exp.All),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Not, exp.Xor),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between),
    *(exp.In, exp.Exists, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.IgnoreNulls, exp.RespectNulls),
    # Their names were looked at in the text.
    exp.Func,
)
_NO_FUNCTIONS = (exp.NextValueFor, exp.UDTF, exp.Columns, exp.Lambda)
_ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"with_", "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct"}
        | {"windows", "qualify"}
    ),
    exp.Table: frozenset({"this", "db", "catalog", "alias", "joins"}),
    exp.Subquery: frozenset({"this", "alias", "with_", "order", "limit", "offset", "joins"}),
    exp.Join: frozenset({"this", "on", "using", "kind", "side", "method", "global_"}),
    exp.In: frozenset({"this", "expressions", "query"}),
}
"""What these nodes may carry: anything else is a clause that this check does not know."""

_TYPES = frozenset(
    {
        *exp.DataType.NUMERIC_TYPES,
        *exp.DataType.TEXT_TYPES,
        *exp.DataType.TEMPORAL_TYPES,
        exp.DType.BOOLEAN,
        exp.DType.TIME,
        exp.DType.INTERVAL,
    }
)


def check_select(sql: str, *, dialect: str, tables: Mapping[str, Collection[str]]) -> str:
    """*sql* itself if it is one SELECT that only reads *tables*, given by name with their columns.

    *dialect* is ``sqlite``, ``duckdb``, ``postgresql`` or ``mysql``; a table outside the default schema is known as
    ``schema.table``. Common table expressions and set operations are fine. Raises UnsafeSql, which says what is not.
    """
    _examined(sql, dialect, tables)
    return sql


def tables_read(sql: str, *, dialect: str, tables: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The names in *tables* of those that *sql* reads, sorted. Raises UnsafeSql as ``check_select`` does."""
    return tuple(sorted(_examined(sql, dialect, tables).tables_read))


def _examined(sql: str, dialect: str, tables: Mapping[str, Collection[str]]) -> NameCheck:
    spoken = DIALECTS.get(dialect)
    if spoken is None:
        raise UnsafeSql(f"SQL of {dialect!r} cannot be checked", hint=f"Known: {', '.join(DIALECTS)}.")
    names = NameCheck(spoken, tables)
    try:
        tokens = _tokens(sql, spoken)
        query = sqlglot.parse_one(sql, read=spoken.name)
        _check_words(sql, tokens, query, spoken)
        _check_nodes(query)
        names.check(query)
    except SqlglotError as error:
        raise UnsafeSql(f"it is not SQL that can be read: {_plain(error)}") from None
    except RecursionError:
        raise UnsafeSql("it is nested too deeply to be read") from None
    return names


def _tokens(sql: str, dialect: Dialect) -> list[Token]:
    """The tokens of *sql*, each of a plain kind and with nothing but space in between."""
    if len(sql) > MAX_LENGTH:
        raise UnsafeSql(f"it is longer than {MAX_LENGTH:,} characters")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", sql):
        raise UnsafeSql("it holds control characters")
    tokens = sqlglot.tokenize(sql, read=dialect.name)
    end = 0
    is_after_number = False
    for token in tokens:
        if is_after_number and token.start == end and not _is_sign(token.text, dialect):
            raise UnsafeSql(f"{_brief(token.text)} is stuck to a number, which engines read in different ways")
        is_after_number = token.token_type is TokenType.NUMBER
        if not _SPACE.fullmatch(sql, end, token.start):
            raise UnsafeSql(f"{_brief(sql[end : token.start])} is a comment, which engines read in different ways")
        _check_token(token, sql[token.start : token.end + 1], dialect)
        end = token.end + 1
    if not _SPACE.fullmatch(sql, end):
        raise UnsafeSql(f"{_brief(sql[end:])} is a comment, which engines read in different ways")
    if not tokens or tokens[0].text.upper() not in _FIRST:
        raise UnsafeSql(f"{_brief(tokens[0].text if tokens else '')} does not begin a SELECT")
    return tokens


def _check_token(token: Token, written: str, dialect: Dialect) -> None:
    if token.token_type is TokenType.STRING:
        is_plain = _STRING.fullmatch(written) is not None
    elif token.token_type is TokenType.IDENTIFIER:
        is_plain = "\\" not in written
    elif token.token_type is TokenType.NUMBER:
        is_plain = _NUMBER.fullmatch(written) is not None
    else:
        is_plain = _is_sign(written, dialect) or _WORD.fullmatch(written) is not None
    if not is_plain:
        raise UnsafeSql(f"{_brief(written)} is not allowed")


def _is_sign(written: str, dialect: Dialect) -> bool:
    return written in _SIGNS or (written in _POSTGRES_SIGNS and dialect.name in {"duckdb", "postgres"})


def _check_words(sql: str, tokens: list[Token], query: exp.Expr, dialect: Dialect) -> None:
    """Every word is an identifier, which the names are checked for, or one of the engine's that is allowed."""
    identifiers = {node.meta.get("start") for node in query.find_all(exp.Identifier)}
    listing = {
        node.this.meta.get("start") for node in query.find_all(exp.TableAlias) if node.args.get("columns")
    }  # ``name (column, …)`` looks like a call
    for position, token in enumerate(tokens):
        before = tokens[position - 1].text if position else ""
        after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        is_quoted = token.token_type is TokenType.IDENTIFIER
        if token.token_type is TokenType.STRING or not (is_quoted or _WORD.fullmatch(token.text)):
            continue
        words = token.text.upper().split()
        if not is_quoted and before != "." and dialect.session_words.intersection(words):
            raise UnsafeSql(f"{_brief(token.text)} tells of the session")
        if after == "(" and token.start not in listing:
            is_function = token.text.lower() in dialect.functions and before != "."
            if is_quoted or not (is_function or dialect.words.issuperset(words)):
                raise UnsafeSql(f"the function {_brief(token.text)} is not allowed")
        elif not is_quoted and token.start not in identifiers and not dialect.words.issuperset(words):
            raise UnsafeSql(f"{_brief(token.text)} is not allowed")
    for node in query.find_all(exp.Table, exp.Column):
        for part in node.find_all(exp.Identifier):
            if sql[part.meta.get("start", 0)] == "'":
                # DuckDB reads a file of that name.
                raise UnsafeSql(f"the text {_brief(part.name)} stands where a name is expected")


def _check_nodes(query: exp.Expr) -> None:
    if not isinstance(query, _QUERIES):
        raise UnsafeSql(f"{_kind(query)} is no SELECT")
    for node in query.walk():
        if not isinstance(node, _NODES) or isinstance(node, _NO_FUNCTIONS):
            raise UnsafeSql(f"{_kind(node)} is not allowed")
        allowed = _ARGUMENTS.get(type(node))
        for key, value in node.args.items():
            if value and allowed is not None and key not in allowed:
                raise UnsafeSql(f"{key.strip('_').upper()} is not allowed in {_kind(node)}")
        if isinstance(node, exp.Select) and not node.expressions:
            raise UnsafeSql("a SELECT selects nothing")
        if isinstance(node, exp.DataType) and node.this not in _TYPES:
            raise UnsafeSql(f"the type {_brief(node.sql())} is not allowed")
        _check_growth(node)


def _check_growth(node: exp.Expr) -> None:
    """Texts that double again and again, or are filled up with blanks, fill the memory of any server."""
    if isinstance(node, exp.DataTypeParam) and len(node.name) > _DIGITS:
        raise UnsafeSql(f"a type of length {_brief(node.name)} is not allowed")
    if isinstance(node, exp.Replace):
        old, new = node.expression, node.args.get("replacement")
        if not (isinstance(old, exp.Literal) and isinstance(new, exp.Literal) and len(new.name) <= len(old.name)):
            raise UnsafeSql("REPLACE is allowed only of one text in quotes by another that is no longer")
    if isinstance(node, exp.With) and node.args.get("recursive"):
        grower = node.find(exp.DPipe, exp.Concat, exp.ConcatWs)
        if grower is not None:
            raise UnsafeSql("texts are joined inside WITH RECURSIVE, where they may grow without end")


def _kind(node: Any) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")


def _plain(error: SqlglotError) -> str:
    """The parser's message in one line, without the marks that it sets for terminals."""
    line = re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip().partition("\n")[0]
    return "".join(character for character in line if character.isprintable())
