"""Which tables and columns a SELECT reads: every name in it must be one that is known, as its engine resolves names.

And how large it grows when an engine puts what a name stands for in its place: twenty queries in a row, each of which
names a column of the one before twice, are a million columns to a planner, which dies of them before anything is run.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from catalogctl.domain.errors import UnsafeSql
from catalogctl.enrich.sql_words import Dialect

MAX_UNFOLDED = 5_000
"""Columns and tables that a statement may come to when every name is replaced by what it stands for."""

Columns = Mapping[str, int]
"""The columns of a table or query by name, each with the number of columns and tables that it stands for."""
_UNNAMED = "\0"
"""Stands for columns that have no name by which they could be called, but may be given one by what is around."""

_SAID_BY_ALIAS = (exp.Group, exp.Order, exp.Having, exp.Qualify)
"""Clauses in which a bare name may be that of an output column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What names mean at one place. *sources* are the tables in view by alias, the inner scope before the *outer*.

    *queries* are the common table expressions that may be read here, by name.
    """

    queries: Mapping[str, "_Common"]
    sources: Mapping[str, Columns] = field(default_factory=dict)
    outer: "_Scope | None" = None

    def chain(self) -> Iterator["_Scope"]:
        """This scope and those around it, the nearest first."""
        scope: _Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """A common table expression: its *columns*, and the number of columns and tables that the whole stands for."""

    columns: Columns
    size: int = 1


class NameCheck:
    """Resolves the names of one statement; *tables_read* are the known tables found in it, as they are known."""

    def __init__(self, dialect: Dialect, tables: Mapping[str, Collection[str]]) -> None:
        self.tables_read: set[str] = set()
        self._dialect = dialect
        self._tables = {self._table_key(name): name for name in tables}
        self._columns = {name: dict.fromkeys(map(self._known, columns), 1) for name, columns in tables.items()}
        self._seen: set[int] = set()
        self._size = 0

    def check(self, query: exp.Expr) -> None:
        """Raise UnsafeSql unless every table and column in *query* is known."""
        self._query(query, _Scope(queries={}))
        for node in query.find_all(exp.Table, exp.Column):
            if id(node) not in self._seen:
                # Whatever stands where names are not expected is not what this check understands.
                raise UnsafeSql(f"{_shown(node.name)} stands where no table or column is expected")

    def _unfold(self, size: int) -> None:
        self._size += size
        if self._size > MAX_UNFOLDED:
            raise UnsafeSql(f"it unfolds to more than {MAX_UNFOLDED:,} columns and tables")

    def _query(self, query: exp.Expr, around: _Scope) -> Columns:
        """Check a query, answer the names of its output columns."""
        scope = self._with(query, around)
        if isinstance(query, exp.Subquery):
            return self._query_and_tail(query, query.this, scope)
        if isinstance(query, exp.SetOperation):
            other = self._query(query.expression, scope)
            # The other arm's columns go by the names of the first.
            return _all_as_large(self._query_and_tail(query, query.this, scope), other)
        if isinstance(query, exp.Select):
            return self._select(query, scope)
        raise UnsafeSql(f"{type(query).__name__.upper()} is no SELECT")

    def _query_and_tail(self, query: exp.Expr, inner: exp.Expr, scope: _Scope) -> Columns:
        """*inner*, and what follows it on the outside, such as ORDER BY, which sees its output."""
        output = self._query(inner, scope)
        tail = _Scope(queries=scope.queries, sources={"": output}, outer=scope.outer)
        for key in ("order", "limit", "offset"):
            if (clause := query.args.get(key)) is not None:
                self._expressions(clause, tail, aliases={})
        return output

    def _with(self, query: exp.Expr, around: _Scope) -> _Scope:
        """The scope of *query*: around it, and the common table expressions before it."""
        clause = query.args.get("with_")
        if clause is None:
            return around
        queries = dict(around.queries)
        for common in clause.expressions:
            name = self._alias(common.args["alias"].this)
            columns = self._listed_columns(common.args["alias"])
            inner = _Scope(queries=dict(queries), outer=around.outer, sources=around.sources)
            if clause.args.get("recursive"):
                own = _Common(columns=dict.fromkeys(columns or self._named(common.this), 1))
                inner = _Scope(queries={**queries, name: own}, outer=around.outer, sources=around.sources)
            before = self._size
            found = self._renamed(self._query(common.this, inner), columns)
            queries[name] = _Common(columns=found, size=1 + self._size - before)
            # It stands where it is read, as often as it is.
            self._size = before
        return _Scope(queries=queries, outer=around.outer, sources=around.sources)

    def _named(self, query: exp.Expr) -> frozenset[str]:
        """The columns of a recursion as far as its first SELECT spells them out."""
        while not isinstance(query, exp.Select) and isinstance(query.this, exp.Query):
            query = query.this
        named = (item.args["alias"] if isinstance(item, exp.Alias) else item.this for item in query.expressions)
        return frozenset(self._alias(name) for name in named if isinstance(name, exp.Identifier))

    def _select(self, query: exp.Select, around: _Scope) -> Columns:
        sources: dict[str, Columns] = {}
        # A derived table sees what is around the SELECT, not its neighbours.
        joins = query.args.get("joins") or []
        begin = query.args.get("from_")
        for item in ([begin.this] if begin is not None else []) + [join.this for join in joins]:
            self._source(item, around, sources)
        scope = _Scope(queries=around.queries, sources=sources, outer=around)
        for join in joins:
            self._join(join, scope)
        output: dict[str, int] = {}
        aliases: dict[str, int] = {}
        for item in query.expressions:
            before = self._size
            self._expressions(item, scope, aliases={})
            for name, size in self._output(item, scope, size=1 + self._size - before).items():
                output[name] = output.get(name, 0) + size
            if isinstance(item, exp.Alias):
                aliases[self._alias(item.args["alias"])] = 1 + self._size - before
        for key, value in query.args.items():
            if key in {"from_", "joins", "with_", "expressions"}:
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, exp.Expr):
                    self._expressions(part, scope, aliases=aliases if isinstance(part, _SAID_BY_ALIAS) else {})
        return output

    def _source(self, item: exp.Expr, around: _Scope, sources: dict[str, Columns]) -> None:
        """Take up a table, a derived table or some joined in parentheses."""
        alias = item.args.get("alias")
        columns: Columns
        if isinstance(item, exp.Table):
            name, columns = self._table(item, around)
        elif isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table):
            self._source(item.this, around, sources)
            name, columns = "", {}
        elif isinstance(item, exp.Subquery):
            name, columns = "", self._query(item, around)
        else:
            raise UnsafeSql(f"{type(item).__name__.upper()} cannot be read like a table")
        if alias is not None:
            name, columns = self._alias(alias.this), self._renamed(columns, self._listed_columns(alias))
        sources[name] = {**sources.get(name, {}), **columns}
        nested = item.args.get("joins") or []
        for join in nested:
            self._source(join.this, around, sources)
        scope = _Scope(queries=around.queries, sources=sources, outer=around)
        for join in nested:
            self._join(join, scope)

    def _table(self, table: exp.Table, around: _Scope) -> tuple[str, Columns]:
        self._seen.add(id(table))
        parts = [part for part in (table.args.get("catalog"), table.args.get("db"), table.this) if part is not None]
        if not all(isinstance(part, exp.Identifier) for part in parts):
            raise UnsafeSql(f"{_shown(table.name)} is no table but a function")
        written = ".".join(part.name for part in parts)
        alias = self._alias(table.this)
        if len(parts) == 1 and alias in around.queries:
            self._unfold(around.queries[alias].size)
            return alias, around.queries[alias].columns
        if len(parts) == 2 and parts[0].name.lower() == self._dialect.home:
            parts = parts[1:]
        known = self._tables.get(".".join(self._name(part, is_table=True) for part in parts))
        if known is None:
            raise UnsafeSql(f"{_shown(written)} is no table of the catalogue")
        self.tables_read.add(known)
        self._unfold(1)
        return alias, self._columns[known]

    def _join(self, join: exp.Join, scope: _Scope) -> None:
        if (condition := join.args.get("on")) is not None:
            self._expressions(condition, scope, aliases={})
        for shared in join.args.get("using") or []:
            column = self._alias(shared)
            found = [columns[column] for columns in scope.sources.values() if column in columns]
            if not found:
                raise UnsafeSql(f"{_shown(shared.name)} is no column of the tables joined")
            self._unfold(sum(found))

    def _expressions(self, root: exp.Expr, scope: _Scope, *, aliases: Columns) -> None:
        """Check the columns below *root*, and the queries nested in it."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, exp.Query):
                self._query(node, scope)
            elif isinstance(node, exp.Column):
                self._column(node, scope, aliases)
            else:
                waiting.extend(node.iter_expressions())

    def _column(self, column: exp.Column, scope: _Scope, aliases: Columns) -> None:
        self._seen.add(id(column))
        table = column.args.get("table")
        is_star = isinstance(column.this, exp.Star)
        name = "*" if is_star else self._alias(column.this)
        if column.args.get("db") is not None:
            raise UnsafeSql(f"{_shown(column.sql())} has more parts than table and column: give its table an alias")
        if table is not None:
            owner = self._alias(table)
            columns = next((place.sources[owner] for place in scope.chain() if owner in place.sources), None)
            if columns is None:
                raise UnsafeSql(f"{_shown(table.name)} is no table of this SELECT")
            if not is_star and name not in columns:
                raise UnsafeSql(f"{_shown(column.name)} is no column of {_shown(table.name)}")
            self._unfold(sum(columns.values()) if is_star else columns[name])
            return
        in_view = (columns for place in scope.chain() for columns in place.sources.values())
        meant = [columns[name] for columns in (aliases, *in_view) if name in columns]
        if not meant:
            raise UnsafeSql(f"{_shown(column.name)} is no column of the tables read")
        self._unfold(max(meant))

    def _output(self, item: exp.Expr, scope: _Scope, *, size: int) -> Columns:
        """What one *item* of a SELECT adds to its columns; *size* is what it stands for as a whole."""
        if isinstance(item, exp.Star):
            everything: dict[str, int] = {}
            for columns in scope.sources.values():
                everything |= {name: everything.get(name, 0) + each for name, each in columns.items()}
            self._unfold(sum(everything.values()))
            return everything
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            return scope.sources.get(self._alias(item.args["table"]), {})
        if isinstance(item, exp.Alias | exp.Column):
            return {self._alias(item.args["alias"] if isinstance(item, exp.Alias) else item.this): size}
        return {_UNNAMED: size}

    def _listed_columns(self, alias: exp.Expr) -> frozenset[str]:
        return frozenset(self._alias(column) for column in alias.args.get("columns") or [])

    def _renamed(self, columns: Columns, listed: frozenset[str]) -> Columns:
        # A shorter list renames the first columns and leaves the others; which those are does not matter here.
        return _all_as_large({**columns, **dict.fromkeys(listed, 1)}, columns) if listed else columns

    def _alias(self, identifier: exp.Expr) -> str:
        return self._name(identifier, is_table=False)

    def _name(self, identifier: exp.Expr, *, is_table: bool) -> str:
        """An identifier as it is looked up."""
        name = identifier.name
        is_exact = self._dialect.folds_quoted is False and identifier.args.get("quoted")
        return name if is_exact or (is_table and not self._dialect.folds_tables) else _folded(name)

    def _known(self, name: str) -> str:
        """A known column's name as it is looked up; where quotes keep the case, it is the name itself."""
        return _folded(name) if self._dialect.folds_quoted else name

    def _table_key(self, name: str) -> str:
        is_folded = self._dialect.folds_quoted and self._dialect.folds_tables
        return _folded(name) if is_folded else name


def _all_as_large(columns: Columns, others: Columns) -> Columns:
    """*columns*, each as large as the largest of both."""
    return dict.fromkeys(columns, max((*columns.values(), *others.values()), default=1))


def _folded(name: str) -> str:
    """*name* without regard to the case of ASCII letters, as engines compare names."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), name)


def _shown(name: str) -> str:
    text = name if len(name) <= 80 else name[:79] + "…"
    return repr(text)
