"""Symbols and colours, once for all pictures. Named colours only: a terminal's theme, light or dark, has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogctl.domain.runs import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The characters that pictures are made of."""

    status: Mapping[Status, str]
    spinner: str
    bar: str
    half: str
    rest: str
    warning: str
    ok: str
    bad: str
    note: str
    key: str
    link: str
    person: str


UNICODE = Glyphs(
    status={
        Status.PENDING: "○",
        Status.RUNNING: "●",
        Status.COMPLETED: "✔",
        Status.FAILED: "✘",
        Status.CANCELLED: "◌",
    },
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    bar="━",
    half="╸",
    rest="─",
    warning="▲",
    ok="✔",
    bad="✘",
    note="·",
    key="◆",
    link="→",
    person="✎",
)
ASCII = Glyphs(
    status={
        Status.PENDING: "-",
        Status.RUNNING: "*",
        Status.COMPLETED: "+",
        Status.FAILED: "x",
        Status.CANCELLED: "~",
    },
    spinner="|/-\\",
    bar="=",
    half="-",
    rest=".",
    warning="!",
    ok="+",
    bad="x",
    note="-",
    key="*",
    link="->",
    person="@",
)

STYLE: Mapping[Status, str] = {
    Status.PENDING: "dim",
    Status.RUNNING: "cyan",
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "magenta",
}
TITLE = "bold"
QUIET = "dim"
WARNING = "yellow"
ERROR = "red"
GOOD = "green"
KEY = "cyan"
PERSON = "green"
