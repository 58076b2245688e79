"""The kinds of questions, each with what must be there for the data to answer it."""

from collections.abc import Callable, Iterator

from catalogctl.domain.meaning import QuestionDraft, TableRole
from catalogctl.enrich.rules.measuring.board import among
from catalogctl.enrich.rules.measuring.measures import Measure, measures_of
from catalogctl.enrich.rules.measuring.prominence import CALENDARS
from catalogctl.enrich.rules.measuring.timelines import timeline_of
from catalogctl.enrich.rules.prose.figures import shown
from catalogctl.enrich.rules.prose.phrases import HAPPENING, LEFT_OPEN, MAKING, deed_of, phrase_of
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.reading.moments import Form
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import is_plural, plural, singular, with_article

Kind = Callable[[TableReading, Reading], Iterator[QuestionDraft]]
"""The questions of one kind on one table, the better ones first."""

_GROUPS = (Type.STATUS, Type.CATEGORY, Type.COUNTRY, Type.REGION, Type.FLAG, Type.LANGUAGE, Type.GENDER, Type.CURRENCY)
_PLACES = (Type.COUNTRY, Type.CITY, Type.REGION)
_REACHABLE = (Type.EMAIL, Type.PHONE, Type.ADDRESS, Type.POSTAL_CODE, Type.URL, Type.VAT_NUMBER, Type.IBAN)
_NAMING = (Type.SURROGATE_KEY, Type.NATURAL_KEY, Type.FOREIGN_KEY, Type.IDENTIFIER, Type.CODE, Type.GENDER)
_LASTING = (TableRole.DIMENSION, TableRole.REFERENCE, TableRole.BRIDGE)
_INCOMPARABLE = (Family.BINARY, Family.JSON, Family.OTHER)
_LEADERS = 10
_MOST_GROUPS = 50
_UNTOLD_GAPS = (Type.FOREIGN_KEY, Type.CREATED_TIME, Type.UPDATED_TIME, Type.DELETED_TIME)
_NOT = {True: " not", False: ""}
"""Asked is what is the rarer: which few have not been shipped, or which few have been cancelled."""
_GAPS = 0.2
_NOTABLE = 0.005


def _draft(question: str, category: str, *tables: TableReading) -> QuestionDraft:
    names = tuple(dict.fromkeys(table.table.name for table in tables))
    return QuestionDraft(question=question, category=category, icon=category, tables=names)


def trends(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """How many there were, period by period; of what lasts, how many are of each year."""
    timeline = timeline_of(table, reading)
    if timeline is None or timeline.link is not None or timeline.moments.first is None or timeline.moments.last is None:
        return
    if timeline.is_regular:
        return
    noun, width = timeline.grain.noun, timeline.grain.width
    first, last = (end.isoformat()[:width] for end in (timeline.moments.first, timeline.moments.last))
    if table.role not in _LASTING and first != last:
        question = f"How did the number of {table.called} develop {noun} by {noun} from {first} to {last}?"
        yield _draft(question, "trend", table)
    elif first[:4] != last[:4]:
        done = "created" if timeline.column.type is Type.CREATED_TIME else timeline.column.name.last
        by = f"were {done} each year" if done in MAKING else f"are there for each year of {timeline.column.name.phrase}"
        yield _draft(f"How many {table.called} {by}?", "trend", table)


def totals(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """What leads by the sum of its rows, or by how many it has."""
    total = next((measure for measure in measures_of(table, reading) if measure.is_additive), None)
    for _, other in _things_of(table, reading):
        most = f"the most {table.called}" if total is None else f"the highest {_summed(total, table)}{total.where}"
        if other.rows > _LEADERS:
            yield _draft(f"Which {_LEADERS} {other.many} have {most}?", "ranking", table, other)
        elif other.rows > 1:
            yield _draft(f"Which {other.one} has {most}?", "ranking", table, other)
        return


def records(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """What leads by a figure of its own."""
    if table.is_about_people:
        return
    name = next(iter(table.of_type(Type.NAME)), None)
    figure = next((measure for measure in measures_of(table, reading) if len(measure.factors) == 1), None)
    # A bare *name* does not tell of what it is: names have no weight.
    is_telling = name is not None and (table.one is not None or name.name.words != ("name",))
    if name is not None and is_telling and figure is not None and name.facts.distinct > _LEADERS:
        things = table.many if table.one is not None else plural(phrase_of(name, table).text)
        most = "most" if _is_many(figure) else "highest"
        yield _draft(f"Which {_LEADERS} {things} have the {most} {figure.phrase}{figure.where}?", "ranking", table)


def comparisons(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """How a figure differs from group to group, or from one thing to the next."""
    for measure in measures_of(table, reading)[:1]:
        figure = f"{measure.of(table)}{among(table)}{measure.where}"
        subject = f"How {'do' if _is_many(measure) else 'does'} the average {figure} differ"
        for group in _groups(table):
            if (
                group.type is not Type.FLAG
                and group not in measure.factors
                and group is not (measure.only and measure.only[0])
            ):
                yield _draft(f"{subject} by {phrase_of(group, table).text}?", "comparison", table)
        for _, other in _things_of(table, reading):
            if 1 < other.rows <= _MOST_GROUPS:
                yield _draft(f"{subject} from {other.one} to {other.one}?", "comparison", table, other)


def breakdowns(table: TableReading, _reading: Reading) -> Iterator[QuestionDraft]:
    """How many there are of each kind."""
    for group in _groups(table):
        by = phrase_of(group, table).text
        if group.type in _PLACES:
            yield _draft(f"Which {plural(singular(by))} have the most {table.called}?", "breakdown", table)
        elif group.type is not Type.FLAG:
            yield _draft(f"How many {table.called} are there for each {by}?", "breakdown", table)


def lonely(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """What nothing points at."""
    for link, other in _things_of(table, reading):
        used = table.column(link.columns[0]).facts.distinct
        ways = sum(1 for way in table.outgoing if way.referred_table == link.referred_table)
        if table.one is not None and ways == 1 and link.is_complete and 0 < used < other.rows:
            yield _draft(f"Which {other.many} have no {table.many}?", "relation", table, other)


def parts(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """How many parts a whole has, and what a bridge ties together most often."""
    ends = [other for link in table.outgoing if (other := reading.tables.get(link.referred_table)) is not None]
    if table.role is TableRole.BRIDGE:
        if len(ends) == 2 and ends[0] is not ends[1]:
            yield _draft(f"Which {ends[0].many} have the most {ends[1].many}?", "relation", table, *ends)
        return
    for whole in ends:
        if whole.role is TableRole.FACT and whole.one is not None and table.one is not None and whole is not table:
            question = f"How many {table.many} does {with_article(whole.one)} have on average?"
            yield _draft(question, "relation", table, whole)


def dangling(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """Values that should be found elsewhere and are not."""
    for link in table.outgoing:
        if link.is_single and not link.is_complete:
            tried = f"{shown(link.table)}.{shown(link.columns[0])}"
            target = f"{shown(link.referred_table)}.{shown(link.referred_columns[0])}"
            question = f"Which values of {tried} are not found in {target}?"
            yield _draft(question, "quality", table, reading.tables[link.referred_table])


def unreachable(table: TableReading, _reading: Reading) -> Iterator[QuestionDraft]:
    """Who or what cannot be written to, called or paid."""
    for column in table.of_type(*_REACHABLE):
        if column.name.is_known and 0 < column.facts.missing_share < 1:
            yield _draft(f"How many {table.called} have no {_thing(column, table)}?", "quality", table)


def doubles(table: TableReading, _reading: Reading) -> Iterator[QuestionDraft]:
    """What should be one person's and is several's."""
    for column in table.of_type(Type.EMAIL, Type.IBAN):
        is_shared = 1 < column.facts.distinct < column.facts.filled
        if table.is_about_people and table.one is not None and column.name.is_known and is_shared:
            yield _draft(
                f"Which {plural(_thing(column, table))} belong to more than one {table.one}?", "quality", table
            )


def gaps(table: TableReading, _reading: Reading) -> Iterator[QuestionDraft]:
    """What is not filled in everywhere."""
    for column in table.columns:
        is_notable = _NOTABLE < column.facts.missing_share < 1
        if not (column.name.is_known and is_notable) or column.type in _UNTOLD_GAPS:
            continue
        deed = deed_of(column) if column.moments is not None else None
        if deed is not None:
            done = deed if deed in HAPPENING else f"been {deed}"
            yield _draft(
                f"How many {table.called} have{_NOT[column.facts.missing_share < 0.5]} {done}?", "quality", table
            )
        elif column.moments is None or phrase_of(column, table).is_sound:
            yield _draft(f"How many {table.called} have no {_thing(column, table)}?", "quality", table)


def durations(table: TableReading, reading: Reading) -> Iterator[QuestionDraft]:
    """How long it takes from one thing to the next."""
    timeline = timeline_of(table, reading)
    if timeline is None or timeline.link is not None or timeline.moments.form is Form.YEAR or table.one is None:
        return
    for column in table.of_type(Type.DATE, Type.TIMESTAMP):
        done = deed_of(column)
        if done is not None and done not in HAPPENING and _is_later(column, timeline.column):
            yield _draft(f"How long does it take until {with_article(table.one)} is {done}?", "duration", table)


KINDS: tuple[tuple[Kind, ...], ...] = (
    (trends,),
    (totals, records),
    (comparisons,),
    (breakdowns,),
    (lonely, parts),
    (dangling, unreachable, doubles, gaps),
    (durations,),
)
"""In the order in which they take turns; within one, the first is asked of all tables before the next."""


def plain(table: TableReading, _reading: Reading) -> Iterator[QuestionDraft]:
    """What can be asked of any table, for sources that have little else."""
    where = f"among the {table.many}" if table.one is not None else f"in {table.many}"
    for column in table.columns:
        facts = column.facts
        words = column.name.phrase if column.name.is_readable else shown(column.column.name)
        if facts.family in _INCOMPARABLE or facts.distinct < 2:
            continue
        if column.moments is not None:
            yield _draft(f"What are the earliest and the latest {words} {where}?", "range", table)
        elif facts.family.is_number and column.type not in _NAMING:
            yield _draft(f"What are the lowest and the highest {words} {where}?", "range", table)
        comes_again = facts.distinct < facts.filled and facts.family is not Family.DECIMAL
        if comes_again and column.moments is None and column.type is not Type.FOREIGN_KEY:
            yield _draft(f"Which values of {words} are the most frequent {where}?", "breakdown", table)
    yield _draft(f"How many {table.called} are there?", "count", table)


def _things_of(table: TableReading, reading: Reading) -> Iterator[tuple[Link, TableReading]]:
    """The tables of things that *table* points at by one column, itself left out."""
    if table.role is TableRole.BRIDGE:
        return
    for link in table.outgoing:
        other = reading.tables.get(link.referred_table)
        if other is None or other is table or other.role is TableRole.FACT:
            continue
        if link.is_single and other.one is not None and other.name.last not in CALENDARS:
            yield link, other


def _groups(table: TableReading) -> Iterator[ColumnReading]:
    """The columns by which the rows fall into a few groups."""
    for kind in _GROUPS:
        for column in table.of_type(kind):
            is_filled = column.facts.missing_share < _GAPS and column.name.last not in LEFT_OPEN
            says_more = phrase_of(column, table).text != table.one
            if column.name.is_known and says_more and is_filled and 1 < column.facts.distinct <= _MOST_GROUPS:
                yield column


def _summed(total: Measure, table: TableReading) -> str:
    summed = total.summed(table)
    return summed if summed.endswith(f" of {table.many}") else f"{summed}{among(table)}"


def _is_many(measure: Measure) -> bool:
    return is_plural(measure.phrase.split(" ")[-1])


def _thing(column: ColumnReading, table: TableReading) -> str:
    phrase = phrase_of(column, table).text
    return {"e-mail": "e-mail address", "phone": "phone number", "fax": "fax number"}.get(phrase, phrase)


def _is_later(column: ColumnReading, start: ColumnReading) -> bool:
    """True when the one can follow the other: it neither begins nor ends before it."""
    mine, theirs = column.moments, start.moments
    if column is start or mine is None or theirs is None:
        return False
    if mine.first is None or mine.last is None or theirs.first is None or theirs.last is None:
        return False
    return mine.first >= theirs.first and mine.last >= theirs.last
