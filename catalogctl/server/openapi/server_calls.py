"""The calls about the language model, and about the server itself."""

from catalogctl.domain.bounds import MAX_DAYS
from catalogctl.server.openapi.calls import Call, parameter
from catalogctl.server.openapi.schemas import ANYTHING, RUN_ID, TEXT, WHOLE, listed, record, ref

_DAYS = parameter(
    "days", {**WHOLE, "minimum": 1, "maximum": MAX_DAYS, "default": 30}, "How many days back, from now on."
)

SERVER_CALLS: tuple[Call, ...] = (
    Call(
        method="get",
        path="/llm/status",
        summary="Whether the language model answers, by a real call; without one the rules do the work.",
        answer=ref("LlmStatus"),
    ),
    Call(
        method="get",
        path="/llm/models",
        summary="The models that the endpoint offers.",
        answer=record({"models": listed(TEXT)}),
        problems=(502,),
    ),
    Call(
        method="get",
        path="/llm/costs",
        summary="What models cost, in all, by hour and by model; an unknown price is null.",
        answer=ref("LlmCosts"),
        query=(_DAYS,),
    ),
    Call(
        method="get",
        path="/llm/calls",
        summary="The calls of models, oldest first.",
        answer=record({"calls": listed(ref("LlmCall"))}),
        query=(_DAYS, parameter("run_id", RUN_ID, "Only those of this run.")),
    ),
    Call(
        method="post",
        path="/session",
        summary="Exchange the token for a session cookie.",
        answer=ref("Done"),
        body=record({"token": TEXT}),
        problems=(429,),
        is_open=True,
    ),
    Call(method="delete", path="/session", summary="End the session.", answer=ref("Done")),
    Call(method="get", path="/health", summary="The server lives.", answer=ref("Identity"), is_open=True),
    Call(
        method="get",
        path="/ready",
        summary="The server can work: it is not draining, and its store answers.",
        answer=ref("Identity"),
        is_open=True,
    ),
    Call(method="get", path="/metrics", summary="Streams, runs, tasks, workers and store in numbers.", is_text=True),
    Call(method="get", path="/openapi.json", summary="This document.", answer=ANYTHING),
)
