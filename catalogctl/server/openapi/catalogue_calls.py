"""The calls about the catalogue, its meaning and its sources."""

from catalogctl.server.openapi.calls import ONLY_SOURCE, Call, limit, parameter
from catalogctl.server.openapi.schemas import FLAG, TEXT, WHOLE, listed, record, ref

CATALOGUE_CALLS: tuple[Call, ...] = (
    Call(
        method="get",
        path="/catalog",
        summary="The catalogue as a tree, tables and columns by name.",
        answer=record({"catalog": listed(ref("Datasource"))}),
        query=(
            ONLY_SOURCE,
            parameter("table", TEXT, "Only this table."),
            parameter("profile", {**FLAG, "default": True}, "Whether columns carry their profiles."),
            parameter("columns", {**FLAG, "default": True}, "Whether tables carry their columns."),
        ),
        problems=(404,),
    ),
    Call(
        method="delete",
        path="/catalog",
        summary="Empty the catalogue of a source, human descriptions included.",
        answer=ref("Done"),
        query=(parameter("source", TEXT, "Whose; may be left out when there is only one."),),
        problems=(404, 409),
    ),
    Call(
        method="patch",
        path="/catalog/tables/{table_id}/toggle",
        summary="Include a table in enrichment, or leave it out.",
        answer=record({"status": TEXT, "table_id": WHOLE, "is_enabled": FLAG, "message": TEXT, "table": ref("Table")}),
        problems=(404,),
    ),
    Call(
        method="patch",
        path="/catalog/tables/{table_id}/description",
        summary="Write what a person says of a table; it outlives extraction and enrichment.",
        answer=record(
            {"status": TEXT, "table_id": WHOLE, "table_name": TEXT, "description": TEXT, "table": ref("Table")}
        ),
        body=record({"description": TEXT}),
        problems=(404,),
    ),
    Call(
        method="patch",
        path="/catalog/columns/{column_id}/description",
        summary="Write what a person says of a column; it outlives extraction and enrichment.",
        answer=record(
            {"status": TEXT, "column_id": WHOLE, "column_name": TEXT, "description": TEXT, "column": ref("Column")}
        ),
        body=record({"description": TEXT}),
        problems=(404,),
    ),
    Call(
        method="get",
        path="/catalog/search",
        summary="Tables and columns by name, synonym and description, best first; accents and case are ignored.",
        answer=record({"hits": listed(ref("SearchHit"))}),
        query=(parameter("q", TEXT, "The words that all must match."), limit(20)),
    ),
    Call(
        method="get",
        path="/kpis",
        summary="The key figures.",
        answer=record({"kpis": listed(ref("Kpi"))}),
        query=(ONLY_SOURCE,),
        problems=(404,),
    ),
    Call(
        method="get",
        path="/suggested-questions",
        summary="Questions that the data can answer.",
        answer=record({"questions": listed(ref("Question"))}),
        query=(ONLY_SOURCE,),
        problems=(404,),
    ),
    Call(
        method="get",
        path="/sources",
        summary="Registered sources by name, without secrets.",
        answer=record({"sources": listed(ref("Source"))}),
    ),
    Call(
        method="post",
        path="/sources",
        summary="Register a source. Needs the token.",
        answer=ref("Source"),
        status=201,
        body=record({"location": TEXT}, {"name": TEXT}),
        problems=(404, 409),
    ),
    Call(
        method="delete",
        path="/sources",
        summary="Forget a source and its catalogue.",
        answer=ref("Done"),
        query=(parameter("name", TEXT, "Which; must be given."),),
        problems=(404, 409),
    ),
    Call(
        method="delete",
        path="/sources/{name}",
        summary="Forget a source and its catalogue.",
        answer=ref("Done"),
        problems=(404, 409),
    ),
    Call(
        method="post",
        path="/sources/{name}/test",
        summary="Try to open a source and list its tables.",
        answer=ref("SourceCheck"),
        problems=(404,),
    ),
)
