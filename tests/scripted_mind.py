"""What a model says that does as it is asked: the acts of a scripted endpoint, made from each request."""

import json
from typing import Any

from scripted_model import Act, Request, http, says

TABLES, KPIS, QUESTIONS = "tables", "kpis", "questions"


def subject(request: Request) -> str | None:
    """What a request asks for: the meaning of TABLES, KPIS or QUESTIONS; None for a probe or a list of models."""
    system = next((one["content"] for one in _messages(request) if one["role"] == "system"), "")
    return next((name for name in (TABLES, KPIS, QUESTIONS) if f'{{"{name}": ' in system), None)


def facts(request: Request) -> dict[str, dict[str, Any]]:
    """What a request tells of tables, by name."""
    told = next((one["content"] for one in _messages(request) if one["content"].startswith("<data>")), "")
    found = [json.loads(line) for line in told.splitlines()[1:-1]]
    return {fact["table"]: fact for fact in found}


def described(request: Request) -> tuple[str, ...]:
    """The tables that a request wants described."""
    return tuple(facts(request)) if subject(request) == TABLES else ()


def meaning(fact: dict[str, Any]) -> dict[str, Any]:
    """A sentence and a synonym for a table and each of its columns."""
    name = fact["table"]
    return {
        "description": f"The model on {name}.",
        "synonyms": [f"{name} of the model"],
        "role": "fact",
        "columns": {
            column["name"]: {"description": f"The model on {column['name']} of {name}.", "synonyms": []}
            for column in fact["columns"]
        },
    }


def kpi(title: str, sql: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "sql": sql, "trend_sql": None, "unit": None, "invert": False, "footer": None, **more}


def question(text: str, *tables: str) -> dict[str, Any]:
    return {"question": text, "category": "overview", "tables": list(tables)}


def answer(request: Request) -> dict[str, Any]:
    """Every table described, its rows counted, and a question about it."""
    tables = facts(request)
    match subject(request):
        case "kpis":
            return {"kpis": [kpi(f"Rows of {name}", f'SELECT COUNT(*) FROM "{name}"') for name in tables]}
        case "questions":
            return {"questions": [question(f"How many rows has {name}?", name) for name in tables]}
        case _:
            return {"tables": {name: meaning(fact) for name, fact in tables.items()}}


def well(request: Request) -> Act:
    """The act of a model that does as it is asked."""
    if request.method == "GET":
        return http(200, {"data": [{"id": "tiny"}, {"id": "large"}]})
    return says("OK" if subject(request) is None else answer(request))


def _messages(request: Request) -> list[dict[str, str]]:
    return list(request.body.get("messages", ()))
