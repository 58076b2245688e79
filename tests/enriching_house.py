"""A house that has a shop enriched by a model: a real database, a real pipeline, and an endpoint on a real socket."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from scripted_model import KEY, Stage
from working_house import House

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.runs import Job, JobType, Run
from catalogctl.enrich.llm.models import EndpointModels
from catalogctl.enrich.llm.question import Patience

SHOP = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, city TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, ordered_at TEXT, amount REAL)",
    "CREATE TABLE visits (visited_at TEXT, pages INTEGER)",
    "INSERT INTO customers VALUES (1, 'ada@example.org', 'Lyon'), (2, 'bob@example.org', 'Oslo')",
    "INSERT INTO orders VALUES (1, 1, '2025-01-05', 10), (2, 1, '2025-02-05', 20), (3, 2, '2025-02-06', 30)",
    "INSERT INTO visits VALUES ('2025-01-01', 3), ('2025-01-02', 4)",
)
TABLES = ("customers", "orders", "visits")
A_CALL = 120
"""The tokens of one call at the stage, and its cost in USD."""
HASTE = Patience(tries=3, first_delay=0.01, most_delay=0.02, most_wait=5)


class ModelHouse(House):
    """A house with an extracted source `shop`, and a model called `tiny`."""

    def job(self, run: Run) -> Job:
        """The enrichment of a run, as it now stands."""
        return next(job for job in self.catalogue.run(run.run_id).jobs if job.job_type is JobType.ENRICHMENT)

    def warnings(self, run: Run) -> list[tuple[str | None, str]]:
        return [(note.table, note.message) for note in self.job(run).warnings]

    def result(self, run: Run) -> Mapping[str, Any]:
        result = self.job(run).result
        assert result is not None, self.job(run).error_message
        return result

    def table(self, name: str) -> Table:
        (found,) = self.catalogue.catalogue(source="shop", table=name)
        return found.tables[0]

    def column(self, name: str) -> Column:
        """The column called ``table.column``."""
        table, _, wanted = name.partition(".")
        return next(column for column in self.table(table).columns if column.name == wanted)

    def described(self) -> list[str]:
        """The tables that the model has described."""
        (found,) = self.catalogue.catalogue(source="shop")
        return [table.name for table in found.tables if table.description == f"The model on {table.name}."]

    def figures(self) -> dict[str, str]:
        return {kpi.result.title: kpi.result.value for kpi in self.catalogue.kpis()}

    def questions(self) -> list[str]:
        return [question.draft.question for question in self.catalogue.questions()]


@contextmanager
def modelled_house(
    folder: Path, stage: Stage, *, timeout: float = 30.0, max_tables: int = 1, **more: Any
) -> Iterator[ModelHouse]:
    """The shop, extracted, with the model at the stage; ``prices=None`` is a model of which nobody knows the price."""
    models = EndpointModels(
        url=stage.url,
        model="tiny",
        api_key=KEY,
        timeout=timeout,
        patience=HASTE,
        max_tables=max_tables,
        **{"prices": {"tiny": {"input": 1e6, "output": 1e6}}, "shares_samples": False, "context_tokens": None, **more},
    )
    house = ModelHouse(folder, models=models)
    with closing(house.notifier), closing(house.store):
        house.catalogue.add_source(house.database(*SHOP), name="shop")
        house.extract("shop")
        yield house
