"""Workers of some sources, and who works on what."""

from command_line import CommandLine, wait_until


def test_a_worker_of_one_source_leaves_the_runs_on_others_alone(cli: CommandLine) -> None:
    for name in ("shop", "stock"):
        cli.database("CREATE TABLE t(x INTEGER)", name=f"{name}.db")
        assert cli("sources", "add", name, f"{name}.db").code == 0
    keeper = cli.start("worker", "--source", "stock")
    wait_until(lambda: cli("workers", "list").out != "")
    assert cli("extract", "stock", "--detach").code == 0
    assert cli("runs", "watch", "1").code == 0
    [listed] = [at for at in cli("workers", "list", "--json").records if at["sources"]]
    assert (listed["sources"], listed["pid"], listed["is_alive"]) == (["stock"], keeper.process.pid, True)
    # The other source has a worker of its own, started by the command.
    assert cli("extract", "shop").code == 0
    done = cli("jobs", "show", "2", "--tasks", "--json").records
    assert all(str(keeper.process.pid) not in str(task.get("worker")) for task in done)
    keeper.process.terminate()
    assert keeper.end().code == 143


def test_a_list_of_workers_shows_what_each_works_on(cli: CommandLine) -> None:
    cli.endless()
    extracting = cli.start("extract", "endless.db")
    wait_until(lambda: "forever" in cli("workers", "list").out)
    [worker] = cli("workers", "list", "--json").records
    assert worker["run_id"] is not None
    assert "forever" in [task["key"] for task in worker["tasks"]]
    assert all(task["worker"] == worker["id"] for task in worker["tasks"])
    extracting.interrupt()
    assert extracting.end().code == 130
    assert cli("workers", "list", "--json").records == []
