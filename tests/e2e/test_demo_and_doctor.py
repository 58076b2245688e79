import json
import signal
import sqlite3
from pathlib import Path

import pytest
from command_line import CommandLine

from catalogctl.settings.resolve import resolve
from catalogctl.wiring.examination import examine


def test_the_demo_builds_extracts_and_says_what_to_try_next(cli: CommandLine) -> None:
    done = cli("demo")
    assert done.code == 0, done.err
    assert "completed" in done.lines[-1]
    assert "catalogctl catalog show shop" in done.err
    # What it says works.
    words = [line.split("   ")[0].split()[1:] for line in done.err.splitlines() if line.startswith("  catalogctl")]
    for command in words[:2]:
        assert cli(*command).code == 0, command
    assert json.loads(cli(*words[2], "--json").lines[-1])["type"] == "watch.end"
    tables = {line.split("\t")[1]: line.split("\t") for line in cli("catalog", "show", "shop").lines}
    assert len(tables) >= 5
    assert int(tables["orders"][4]) > 1_000


def test_the_demo_can_be_had_again_and_elsewhere(cli: CommandLine) -> None:
    assert cli("demo", "--path", "here/sample.db").code == 0
    assert (cli.folder / "here" / "sample.db").stat().st_size > 100_000
    assert cli("demo", "--path", "here/sample.db", "--json").records[-1]["status"] == "completed"
    assert len(cli("sources", "list").lines) == 1
    (cli.folder / "file").write_text("")
    assert cli("demo", "--path", "file/sample.db").code == 2


def test_the_demo_leaves_a_server_running_if_that_is_wanted(cli: CommandLine) -> None:
    demo = cli.start("demo", "--serve", "--port", "0")
    url = demo.talk(lambda line: "serves" in line).split("serves ")[1].split()[0]
    assert cli("runs", "list", "--server", url).lines[0].split("\t")[4] == "completed"
    again = cli("demo", "--serve")
    assert again.code == 0
    assert f"The server runs already: {url}" in again.err
    demo.process.send_signal(signal.SIGTERM)
    assert demo.end().code == 143


def test_the_doctor_says_what_is_well_and_where_settings_come_from(cli: CommandLine) -> None:
    (cli.folder / "catalogctl.toml").write_text("concurrency = 3\n")
    (cli.folder / "config" / "catalogctl").mkdir()
    (cli.folder / "config" / "catalogctl" / "config.toml").write_text("keep_days = 7\n")
    cli("sources", "add", "mine", cli.database("CREATE TABLE t(a)"))
    done = cli("doctor", "--quiet")
    assert done.code == 0, done.out
    lines = {line.split("\t")[1]: line for line in done.lines}
    assert lines["catalogctl"].startswith("ok\t")
    assert "environment CATALOGCTL_STORE" in lines["setting store"]
    assert lines["setting quiet"].endswith("true (flag)")
    assert f"3 (project file {cli.folder / 'catalogctl.toml'})" in lines["setting concurrency"]
    assert "7.0 (user file " in lines["setting keep_days"]
    assert lines["setting token"].endswith("not set (default)")
    assert lines["source mine"].startswith("ok\t")
    assert lines["store"].startswith("ok\t")
    assert lines["server"].startswith("-\t")


@pytest.mark.parametrize(
    ("environ", "verdict", "said"),
    [
        ({}, "-", "the rules do the work"),
        ({"URL": "http://u:s3cret@gpu.example/v1", "MODEL": "tiny"}, "-", "tiny at http://u:***@gpu.example/v1"),
        ({"MODEL": "tiny"}, "bad", "llm_model is set and llm_url is not"),
        ({"API_KEY": "s3cret"}, "bad", "llm_api_key is set and llm_url is not"),
        ({"URL": "http://gpu.example"}, "bad", "See what there is: catalogctl llm models"),
    ],
)
def test_the_doctor_says_who_would_write_the_meaning(
    cli: CommandLine, environ: dict[str, str], verdict: str, said: str
) -> None:
    done = cli("doctor", **{f"CATALOGCTL_LLM_{name}": value for name, value in environ.items()})
    line = next(line for line in done.lines if line.split("\t")[1] == "model")
    assert line.startswith(f"{verdict}\t")
    assert said in line
    assert done.code == (1 if verdict == "bad" else 0)
    assert "s3cret" not in done.out


def test_the_doctor_finds_what_is_wrong(cli: CommandLine) -> None:
    cli("sources", "add", "mine", cli.database("CREATE TABLE t(a)"))
    (cli.folder / "shop.db").unlink()
    done = cli("doctor", "--json")
    assert done.code == 1
    assert [check["name"] for check in done.records if check["ok"] is False] == ["source mine"]
    (cli.folder / "text.db").write_text("this is no database, and long enough to be taken for one " * 40)
    broken = cli("doctor", "--store", "text.db")
    assert broken.code == 1
    assert any(line.startswith("bad\tstore\t") for line in broken.lines)


def test_the_doctor_asks_for_a_sqlite_with_strict_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = resolve({}, environ={}, cwd=tmp_path, user_file=tmp_path / "none.toml")
    for version, is_ok in (((3, 36, 0), False), ((3, 37, 0), True)):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        assert next(check.is_ok for check in examine(settings) if check.name == "sqlite") is is_ok


def test_the_doctor_tells_a_server_of_another_log_from_that_of_the_store(cli: CommandLine) -> None:
    server = cli.start("serve", "--port", "0", "--no-worker")
    url = server.talk(lambda line: "serves" in line).split("serves ")[1].split()[0]
    assert f"ok\tserver\t{url} answers" in cli("doctor").out
    beside = cli("doctor", "--store", "other.db")
    assert f"-\tserver\tnone runs for this store, and {url} serves another" in beside.out
    assert beside.code == 0
    for file in cli.folder.glob("store.db*"):
        file.unlink()
    assert cli("runs", "list").code == 0
    assert f"bad\tserver\t{url}: " in cli("doctor").out


def test_a_store_that_cannot_be_used_is_told(cli: CommandLine) -> None:
    (cli.folder / "text.db").write_text("this is no database, and long enough to be taken for one " * 40)
    done = cli("runs", "list", "--store", "text.db", "--json")
    assert done.code == 69
    assert done.error["code"] == "store_unavailable"
    (cli.folder / "a-folder").mkdir()
    assert cli("runs", "list", "--store", "a-folder").code == 69
    assert cli("runs", "list", "--store", "mysql://db.invalid/x").code == 2


def test_a_project_file_may_not_hold_a_token(cli: CommandLine) -> None:
    (cli.folder / "catalogctl.toml").write_text('token = "secret-in-a-checkout"\n')
    done = cli("runs", "list", "--json")
    assert done.code == 2
    assert "secret-in-a-checkout" not in done.err
