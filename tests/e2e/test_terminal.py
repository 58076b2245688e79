"""What people see: on a terminal of a known size, with names in the database that would like to do something to it."""

import re
import signal
import unicodedata

import pytest
from command_line import CommandLine
from terminals import without_codes

HOSTILE = "cu[red]st\x1b[31;5mo\x1b]0;owned\x07\u202emers\n\x9b2J\r\tend"
SHOWN = r"cu[red]st\e[31;5mo\e]0;owned\x07\u202emers\n\x9b2J\r\tend"
CURSOR = re.compile(r"\x1b\[\d*[ABCDEFGHJKsu]|\x1b\[\?")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_tame(written: str) -> bool:
    """True when nothing but colours, lines and the program's own cursor movements is left."""
    text = re.sub(r"[\r\n\t]", "", without_codes(written))
    return not any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text)


def test_a_run_is_drawn_live_and_the_last_picture_stays(cli: CommandLine) -> None:
    terminal = cli.on_terminal("extract", cli.endless(), "--deadline", "2")
    terminal.wait_for("Profile tables")
    terminal.wait_for("forever")
    terminal.wait_for(r"\x1b\[\?25l")
    assert terminal.end() == 0
    picture = without_codes(terminal.written).replace("\r", "").split("\n")
    assert any(line.startswith("✔ Run 1  endless") and "completed" in line for line in picture)
    assert any("1 warning" in line for line in picture)
    assert "catalogctl catalog show" in picture[-2]
    # The cursor is there again.
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")


def test_names_from_a_database_do_nothing_to_a_terminal(cli: CommandLine) -> None:
    name = cli.database(f"CREATE TABLE {_quoted(HOSTILE)} ({_quoted(HOSTILE)} TEXT)", name="h.db")
    terminal = cli.on_terminal("extract", name, columns=200)
    assert terminal.end() == 0
    assert _is_tame(terminal.written)
    for arguments in (
        ("catalog", "show"),
        ("catalog", "show", "h", HOSTILE),
        ("catalog", "show", "h", "no" + HOSTILE),
        ("catalog", "export", "--format", "md"),
        ("catalog", "export", "--format", "csv"),
        ("catalog", "export"),
        ("catalog", "show", "--json"),
        ("jobs", "show", "1", "--tasks"),
        ("runs", "show", HOSTILE),
        ("runs", "list", HOSTILE, "--json"),
        ("catalog", "toggle", HOSTILE, "--json"),
        ("sources", "list"),
        ("events", "tail", "--since", "earliest", "--limit", "6"),
        ("events", "tail", "--since", "earliest", "--limit", "6", "--json"),
    ):
        terminal = cli.on_terminal(*arguments, columns=200)
        terminal.end()
        assert _is_tame(terminal.written), arguments
        assert "\x1b[31;5m" not in terminal.written
    shown = cli.on_terminal("catalog", "show", columns=200)
    assert shown.end() == 0
    assert SHOWN in shown.written
    # A pipe gets one line a row, whatever is in the name; JSON gets the name.
    assert len(cli("catalog", "show").lines) == 1
    assert cli("catalog", "show", "--json").records[0]["tables"][0]["name"] == HOSTILE


@pytest.mark.parametrize(("rows", "columns"), [(5, 30), (8, 40), (24, 80), (40, 120)])
def test_the_picture_keeps_within_the_terminal(cli: CommandLine, rows: int, columns: int) -> None:
    tables = [f"CREATE TABLE table_number_{number} (x)" for number in range(12)]
    name = cli.database(*tables, *(f"CREATE VIEW broken_{n} AS SELECT x FROM nowhere" for n in range(6)))
    terminal = cli.on_terminal("extract", name, rows=rows, columns=columns)
    assert terminal.end() == 0
    frames = terminal.written.split("\x1b[?25h")[0]
    # To draw again, the cursor goes up by as many lines as the picture had; it never has to leave the screen.
    for climb in re.findall(r"(?:\x1b\[1A\x1b\[2K)+", frames):
        assert climb.count("\x1b[1A") < rows
    for line in without_codes(frames).replace("\r", "\n").split("\n"):
        assert len(line) <= columns, line


def test_ctrl_c_leaves_the_terminal_as_it_was(cli: CommandLine) -> None:
    terminal = cli.on_terminal("extract", cli.endless())
    terminal.wait_for("forever")
    terminal.press("\x03")
    assert terminal.end() == 130
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")
    assert re.search(r"◌ Run 1  endless +cancelled", without_codes(terminal.written))


def test_ctrl_c_on_a_watch_detaches(cli: CommandLine) -> None:
    cli("extract", cli.endless(), "--detach")
    terminal = cli.on_terminal("runs", "watch")
    terminal.wait_for("forever")
    terminal.press("\x03")
    assert terminal.end() == 130
    assert "Run 1 goes on. Watch it again: catalogctl runs watch 1" in terminal.written
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")
    assert cli("runs", "show", "--json").records[0]["status"] == "running"


def test_sigterm_leaves_the_terminal_as_it_was(cli: CommandLine) -> None:
    cli("extract", cli.endless(), "--detach")
    terminal = cli.on_terminal("runs", "watch")
    terminal.wait_for("forever")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == 143
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}, {"TERM": ""}])
def test_where_nothing_can_move_lines_are_written(cli: CommandLine, environ: dict[str, str]) -> None:
    terminal = cli.on_terminal("extract", cli.database("CREATE TABLE t(a)"), **environ)
    assert terminal.end() == 0
    assert not CURSOR.search(terminal.written)
    assert "run 1  completed in" in terminal.written


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (["--no-color", "doctor"], {}),
        (["doctor", "--no-color"], {}),
        (["doctor"], {"NO_COLOR": "1"}),
        (["doctor"], {"CATALOGCTL_NO_COLOR": "yes"}),
        (["runs", "show", "99", "--no-color"], {}),
        (["--no-color", "runs", "--help"], {}),
        (["runs", "--help"], {"CATALOGCTL_NO_COLOR": "1"}),
        (["runs"], {"NO_COLOR": "1"}),
    ],
)
def test_without_colours_there_are_none(cli: CommandLine, words: list[str], environ: dict[str, str]) -> None:
    terminal = cli.on_terminal(*words, **environ)
    terminal.end()
    codes = [int(code or 0) for codes in re.findall(r"\x1b\[([0-9;]*)m", terminal.written) for code in codes.split(";")]
    assert not [code for code in codes if 30 <= code <= 49 or 90 <= code <= 107]


@pytest.mark.parametrize("words", [["doctor"], ["runs", "show", "99"], ["runs", "--help"]])
def test_colours_are_there_otherwise(cli: CommandLine, words: list[str]) -> None:
    terminal = cli.on_terminal(*words)
    terminal.end()
    assert re.search(r"\x1b\[3[0-7]m", terminal.written)


def test_a_pipe_never_gets_codes_even_if_somebody_forces_colours(cli: CommandLine) -> None:
    done = cli("extract", cli.database("CREATE TABLE t(a)"), FORCE_COLOR="1", TTY_COMPATIBLE="1")
    assert done.code == 0
    for words in (["runs", "list"], ["doctor"], ["runs", "--help"]):
        told = cli(*words, FORCE_COLOR="1", TTY_COMPATIBLE="1", CLICOLOR_FORCE="1")
        assert "\x1b" not in told.out + told.err + done.out + done.err


def test_what_the_encoding_lacks_is_written_out(cli: CommandLine) -> None:
    name = cli.database('CREATE TABLE "日本" (x)')
    environ = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert cli("extract", name, **environ).code == 0
    assert cli("catalog", "show", **environ).lines[0].split("\t")[1] == r"\u65e5\u672c"
    assert cli("catalog", "show", "--json", **environ).records[0]["tables"][0]["name"] == "日本"
    terminal = cli.on_terminal("runs", "list", **environ)
    assert terminal.end() == 0
    assert "+ completed" in terminal.written
