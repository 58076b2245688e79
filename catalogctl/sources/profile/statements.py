"""The SQL of a profile: group a column's values once, measure the groups, pick the ones worth showing.

The groups are a relation ``groups(place, v, n, size)``: each distinct value that is not null, in order, with the rows
that have it and its length. ``place`` counts from 1 without gaps. Everything a profile says follows from it, so no
row ever leaves the engine. Where temporary tables can be had the groups are made once; elsewhere each statement
begins with them as a common table expression.
"""

from catalogctl.sources.profile.dialects import StandardDialect
from catalogctl.sources.profile.kinds import Kind

GROUPS = "catalogctl_groups"
_COUNTED = "catalogctl_n"
"""Rows of a group, by a name that no column has: some servers take what they group by for what they count."""
TOP, SPREAD, EDGE, MIDDLE = 1, 2, 3, 4
"""Why a group was picked: it is frequent, one of an even spread, the least or greatest, or in the middle."""


def grouped(dialect: StandardDialect, relation: str, column: str, kind: Kind, *, weight: str = "COUNT(*)") -> str:
    """The query that makes the groups of the unquoted *column* of *relation*; *weight* is how many rows a group is."""
    name = dialect.quote(column)
    key = dialect.key(name, kind)
    # Two things are called v: by the one that is kept of it, some servers would order, and not by the value.
    place, order = "ROW_NUMBER() OVER (ORDER BY counted.v) AS place, ", ""
    if dialect.counts_places:
        place, order = "", f" ORDER BY {key}"
    return (
        f"SELECT {place}{dialect.cut(kind)} AS v, {_COUNTED} AS n, {dialect.size(kind)} AS size FROM "
        f"(SELECT {key} AS v, {weight} AS {_COUNTED} "
        f"FROM {relation} WHERE {name} IS NOT NULL GROUP BY {key}{order}) counted"
    )


def ends(dialect: StandardDialect, kind: Kind) -> str:
    """The query for the families of the first and of the last group; quick where places are a key."""
    arm = f"(SELECT {dialect.family(kind)} FROM {GROUPS} WHERE place = "
    return f"SELECT {arm}1), {arm}(SELECT MAX(place) FROM {GROUPS}))"


def measured(dialect: StandardDialect, kind: Kind, family: str | None) -> str:
    """The query that measures the groups, a row for each family of values.

    Its columns: family, groups, rows, first place, last place, total, shortest, longest, total length. When all
    groups are known to be of one *family*, they need not be sorted.
    """
    word, places, by_family = dialect.family(kind), "MIN(place), MAX(place)", f" GROUP BY {dialect.family(kind)}"
    if family is not None:
        word, places, by_family = dialect.literal(family), "1, COUNT(*)", ""
    return (
        f"SELECT {word}, COUNT(*), SUM(n), {places}, {dialect.total(kind)}, "
        f"MIN(size), MAX(size), SUM(size * n) FROM {GROUPS}{by_family}"
    )


def picked(
    dialect: StandardDialect, kind: Kind, *, top: int, every: int, edges: tuple[int, ...], middle: str | None
) -> str:
    """The query that picks groups: the *top* most frequent, every *every*-th, those at *edges*, and the *middle*.

    Its columns: why, place, value, rows, length.
    """
    shown = dialect.shown(kind)
    arms = [
        (
            f"SELECT {TOP} AS why, place, {shown} AS v, n, size FROM "
            f"({dialect.first('place, v, n, size', GROUPS, top, order='n DESC, place')}) frequent"
        ),
        f"SELECT {SPREAD}, place, {shown}, n, size FROM {GROUPS} WHERE {dialect.remainder('(place - 1)', every)} = 0",
    ]
    if edges:
        arms.append(f"SELECT {EDGE}, place, {shown}, n, size FROM {GROUPS} WHERE place IN {_listed(edges)}")
    if middle:
        arms.append(f"SELECT {MIDDLE}, place, {shown}, n, size FROM ({middle}) central")
    return " UNION ALL ".join(arms)


def middle(dialect: StandardDialect, *, first: int, last: int, rows: int) -> str:
    """The query for the one or two groups that hold the middle of the *rows* in the groups from *first* to *last*."""
    low, high = (rows + 1) // 2, (rows + 2) // 2
    if last - first + 1 == rows:
        return f"SELECT place, v, n, size FROM {GROUPS} WHERE place IN {_listed((first + low - 1, first + high - 1))}"
    return (
        "SELECT place, v, n, size FROM (SELECT place, v, n, size, "
        f"SUM(n) OVER (ORDER BY place{dialect.frame}) AS upto "
        f"FROM {GROUPS} WHERE place BETWEEN {first} AND {last}) running "
        f"WHERE upto >= {low} AND upto - n < {high}"
    )


def _listed(places: tuple[int, ...]) -> str:
    return f"({', '.join(str(place) for place in places)})"
