from dataclasses import replace

from store_engines import Speaker

from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import RunKind, Status
from catalogctl.domain.tasks import NewTask, StepTally, Task


def states(tasks: list[Task]) -> list[tuple[str, Status, int]]:
    return [(task.key, task.status, task.attempt) for task in tasks]


def test_queued_tasks_are_pending_in_their_order(store: Store, say: Speaker) -> None:
    run = say.run()
    tasks = say.queue(run, "b", "a", "c\n[red]")
    assert states(tasks) == [("b", Status.PENDING, 0), ("a", Status.PENDING, 0), ("c\n[red]", Status.PENDING, 0)]
    assert all(task.run_id == run.run_id and task.job_id == run.jobs[0].id for task in tasks)
    assert [task.id for task in tasks] == sorted(task.id for task in tasks)


def test_a_task_that_the_job_has_is_left_as_it_is(store: Store, say: Speaker) -> None:
    run = say.run(kind=RunKind.REFRESH)
    say.queue(run, "a", "b")
    taken = say.claimed()
    again = say.queue(run, "b", "a", "a", "c")
    assert states(again) == [("a", Status.RUNNING, 1), ("b", Status.PENDING, 0), ("c", Status.PENDING, 0)]
    assert again[0].id == taken.id
    # The same key in another step or another job is another task.
    assert len(say.queue(run, "a", step="save_to_catalog")) == 4
    store.transact(lambda tx: tx.add_tasks(run.jobs[1], [NewTask(step="profile_tables", key="a", payload={})]))
    assert len(store.tasks(run.jobs[1].id, limit=10)) == 1


def test_a_claim_takes_the_oldest_pending_task_with_its_payload(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    task = say.claimed(at=3, lease=10)
    assert (task.key, task.step, task.payload) == ("a", "profile_tables", {"table": "a"})
    assert (task.status, task.attempt, task.worker) == (Status.RUNNING, 1, "w1")
    assert (task.started_at, task.lease_until) == (say.at(3), say.at(13))
    assert say.claimed().key == "b"
    assert say.claim() is None


def test_the_oldest_run_is_served_first(say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(second, "later")
    say.queue(first, "sooner")
    assert [say.claimed().key, say.claimed().key] == ["sooner", "later"]


def test_a_worker_of_one_run_takes_nothing_of_another(say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(first, "a")
    say.queue(second, "b")
    worker = say.worker(run_id=second.run_id)
    assert say.claimed(worker).key == "b"
    assert say.claim(worker) is None


def test_a_worker_of_some_sources_takes_nothing_of_another(say: Speaker) -> None:
    runs = [say.run(source) for source in ("a", "b", "c'[]")]
    for run in runs:
        say.queue(run, f"of {run.source}")
    worker = say.worker(sources=("c'[]", "b", "never heard of"))
    assert [say.claimed(worker).key, say.claimed(worker).key] == ["of b", "of c'[]"]
    assert say.claim(worker) is None
    assert say.claim(say.worker(run_id=runs[0].run_id, sources=("b",))) is None
    assert say.claimed(say.worker(run_id=runs[0].run_id, sources=("a",))).key == "of a"


def test_a_long_run_does_not_keep_another_waiting(say: Speaker) -> None:
    long, short = say.run("a"), say.run("b")
    say.queue(long, *(f"a{number}" for number in range(500)))
    say.queue(short, "b0", "b1")
    assert [say.claimed().key for _ in range(6)] == ["a0", "b0", "a1", "b1", "a2", "a3"]


def test_the_run_on_which_the_fewest_are_at_work_comes_first(say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(first, "a0", "a1", "a2")
    say.queue(second, "b0", "b1", "b2")
    a0, b0, a1 = (say.claimed(at=0, lease=100) for _ in range(3))
    assert (a0.key, b0.key, a1.key) == ("a0", "b0", "a1")
    say.finish(a0)
    say.finish(a1)
    assert say.claimed(at=1, lease=100).key == "a2"
    assert say.claimed(at=1, lease=100).key == "b1"


def test_a_task_whose_lease_is_over_is_not_at_work(say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(first, "a0", "a1")
    say.queue(second, "b0", "b1")
    assert [say.claimed(at=0, lease=lease).key for lease in (1, 100)] == ["a0", "b0"]
    assert say.claimed(say.worker("w2"), at=2, lease=100).key == "a0"


def test_nothing_is_claimed_from_a_source_on_which_enough_are_at_work(say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(first, "a0", "a1", "a2", "a3")
    say.queue(second, "b0")
    taken = [say.claimed(say.worker(f"w{number}"), per_source=2, lease=10) for number in range(3)]
    assert [task.key for task in taken] == ["a0", "b0", "a1"]
    assert say.claim(per_source=2) is None
    assert say.claimed(per_source=3).key == "a2"
    assert say.claim(per_source=1) is None
    for task in taken:
        say.finish(task)
    assert say.claimed(per_source=2).key == "a3"


def test_a_lease_that_is_over_makes_room_on_its_source_for_one_that_takes_its_task(say: Speaker) -> None:
    say.queue(say.run(), "a", "b")
    say.claimed(say.worker("w2"), at=0, lease=10)
    assert say.claim(at=9, per_source=1) is None
    assert say.claimed(at=10, lease=10, per_source=1).key == "a"
    assert say.claim(at=11, per_source=1) is None


def test_both_jobs_of_a_run_count_for_its_source(store: Store, say: Speaker) -> None:
    run = say.run(kind=RunKind.REFRESH)
    say.queue(run, "a")
    store.transact(lambda tx: tx.add_tasks(run.jobs[1], [NewTask(step="s", key="b", payload={})]))
    assert say.claimed(per_source=1).key == "a"
    assert say.claim(per_source=1) is None
    assert say.claimed(per_source=2).key == "b"


def test_tasks_of_an_ended_run_are_not_claimed(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    say.end(run, Status.FAILED)
    assert say.claim() is None


def test_a_task_whose_lease_is_over_is_claimed_again(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    first = say.claimed(say.worker("dead"), at=0, lease=10)
    assert say.claimed(say.worker("alive"), at=9).key == "b"
    assert say.claim(say.worker("alive"), at=9.999) is None
    second = say.claimed(say.worker("alive"), at=10)
    assert (second.id, second.attempt, second.worker, second.started_at) == (first.id, 2, "alive", say.at(10))


def test_a_worker_that_is_late_does_not_take_its_tasks_from_itself(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    held = say.claimed(lease=10)
    assert say.claimed(at=20).key == "b"
    assert say.claim(at=20) is None
    assert say.finish(held) is True


def test_the_result_of_a_worker_that_lost_its_lease_is_not_taken(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    late = say.claimed(say.worker("slow"), at=0, lease=1)
    held = say.claimed(say.worker("fast"), at=5)
    assert say.finish(late, result={"by": "slow"}) is False
    assert store.tasks(run.jobs[0].id, limit=1)[0].status is Status.RUNNING
    assert say.finish(held, result={"by": "fast"}) is True
    assert say.finish(held, result={"by": "fast again"}) is False
    [task] = store.task_results(run.jobs[0].id, "profile_tables")
    assert (task.result, task.worker) == ({"by": "fast"}, "fast")


def test_the_result_from_before_a_retry_is_not_taken_though_attempts_count_anew(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    before = say.claimed(say.worker("same"), at=0)
    store.transact(lambda tx: tx.cancel_tasks(run.jobs[0].id, at=say.at(1)))
    store.transact(lambda tx: tx.requeue_tasks(run.jobs[0].id))
    after = say.claimed(say.worker("same"), at=2)
    assert after.attempt == before.attempt == 1
    assert say.finish(before) is False
    assert say.finish(after) is True


def test_a_finished_task_shows_its_outcome(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "good", "bad")
    say.finish(say.claimed(), result={"rows": [1, None, "x"], "big": 2**70})
    say.finish(say.claimed(), Status.FAILED, error="table is locked")
    good, bad = store.task_results(run.jobs[0].id, "profile_tables")
    assert good.status is Status.COMPLETED
    assert good.result == {"rows": [1, None, "x"], "big": 2**70}
    assert good.payload == {"table": "good"}
    assert (good.completed_at, good.lease_until, good.error) == (say.at(7), None, None)
    assert (bad.status, bad.error, bad.result) == (Status.FAILED, "table is locked", None)


def test_a_task_put_back_is_claimed_again_with_its_attempts_counted(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    assert say.finish(say.claimed(), Status.PENDING, error="timed out") is True
    [task] = store.tasks(run.jobs[0].id, limit=10)
    assert (task.status, task.attempt, task.worker, task.started_at, task.completed_at) == (
        Status.PENDING,
        1,
        None,
        None,
        None,
    )
    assert task.error == "timed out"
    again = say.claimed()
    assert (again.attempt, again.error) == (2, None)


def test_a_returned_task_is_as_if_it_had_not_been_claimed(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    first = say.claimed(say.worker("stopped"), at=0)
    assert store.transact(lambda tx: tx.return_task(first)) is True
    assert store.transact(lambda tx: tx.return_task(first)) is False
    [task] = store.tasks(run.jobs[0].id, limit=10)
    assert (task.status, task.attempt, task.worker, task.started_at, task.lease_until) == (
        Status.PENDING,
        0,
        None,
        None,
        None,
    )
    second = say.claimed(say.worker("stopped"), at=1)
    assert second.attempt == 1
    assert say.finish(first) is False
    assert store.transact(lambda tx: tx.return_task(first)) is False
    assert say.finish(second) is True


def test_cancelling_ends_what_is_not_final_and_its_results_come_too_late(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "done", "running", "waiting")
    say.finish(say.claimed())
    held = say.claimed()
    store.transact(lambda tx: tx.cancel_tasks(run.jobs[0].id, at=say.at(8)))
    tasks = store.tasks(run.jobs[0].id, limit=10)
    assert [task.status for task in tasks] == [Status.COMPLETED, Status.CANCELLED, Status.CANCELLED]
    assert [task.completed_at for task in tasks] == [say.at(7), say.at(8), say.at(8)]
    assert say.finish(held) is False
    assert say.claim(at=100) is None


def test_requeueing_redoes_only_what_failed_or_was_cancelled(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "done", "failed", "cancelled")
    say.finish(say.claimed(), result={"rows": 1})
    say.finish(say.claimed(), Status.FAILED, error="locked")
    store.transact(lambda tx: tx.cancel_tasks(run.jobs[0].id, at=say.at(8)))
    store.transact(lambda tx: tx.requeue_tasks(run.jobs[0].id))
    tasks = store.tasks(run.jobs[0].id, limit=10)
    assert states(tasks) == [
        ("done", Status.COMPLETED, 1),
        ("failed", Status.PENDING, 0),
        ("cancelled", Status.PENDING, 0),
    ]
    assert [(task.error, task.completed_at, task.started_at) for task in tasks[1:]] == [(None, None, None)] * 2
    assert [say.claimed().key, say.claimed().key] == ["failed", "cancelled"]


def test_removed_tasks_may_be_added_again_and_late_results_of_theirs_are_not_taken(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    say.queue(run, "a", step="save_to_catalog")
    say.finish(say.claimed())
    held = say.claimed()
    store.transact(lambda tx: tx.remove_tasks(run.jobs[0].id, steps={"profile_tables", "unheard_of"}))
    assert states(store.tasks(run.jobs[0].id, limit=10)) == [("a", Status.PENDING, 0)]
    assert say.finish(held) is False
    say.queue(run, "a")
    tasks = store.tasks(run.jobs[0].id, limit=10)
    assert [(task.step, task.status) for task in tasks] == [
        ("save_to_catalog", Status.PENDING),
        ("profile_tables", Status.PENDING),
    ]


def test_released_tasks_are_claimed_by_others_and_attempts_stay_counted(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b", "c")
    say.finish(say.claimed(say.worker("gone")))
    lost = say.claimed(say.worker("gone"))
    kept = say.claimed(say.worker("alive"))
    store.transact(lambda tx: tx.release_tasks("gone"))
    assert say.finish(lost) is False
    again = say.claimed(say.worker("alive"), at=1)
    assert (again.key, again.attempt) == ("b", 2)
    assert say.claim(at=1) is None
    assert say.finish(kept) is True


def test_tasks_are_listed_by_id_in_pages_and_by_status_without_payload_and_result(store: Store, say: Speaker) -> None:
    run, other = say.run("a"), say.run("b")
    say.queue(other, "x")
    tasks = say.queue(run, *"abcdefg")
    for _ in range(3):
        say.finish(say.claimed(), result={"rows": 1})
    held = say.claimed()
    job_id = run.jobs[0].id
    listed = store.tasks(job_id, limit=100)
    assert [task.key for task in listed] == list("abcdefg")
    assert all(task.payload == {} and task.result is None for task in listed)
    assert store.tasks(job_id, limit=2) == listed[:2]
    assert store.tasks(job_id, limit=3, after=tasks[1].id) == listed[2:5]
    assert [task.key for task in store.tasks(job_id, limit=2, status=Status.COMPLETED)] == ["a", "b"]
    assert [task.key for task in store.tasks(job_id, limit=9, status=Status.PENDING, after=tasks[4].id)] == ["f", "g"]
    assert [task.id for task in store.tasks(job_id, limit=9, status=Status.RUNNING)] == [held.id]
    assert store.tasks(10**9, limit=9) == []


def test_running_tasks_of_all_jobs_are_told_with_their_workers(store: Store, say: Speaker) -> None:
    first, second = say.run("a"), say.run("b")
    say.queue(first, "a0", "a1")
    say.queue(second, "b0", "b1")
    assert store.running_tasks() == []
    a0, b0, a1 = (say.claimed(say.worker(name), at=2) for name in ("w1", "w2", "w1"))
    say.finish(b0)
    assert store.running_tasks() == [replace(task, payload={}) for task in (a0, a1)]
    assert [task.worker for task in store.running_tasks()] == ["w1", "w1"]


def test_results_of_a_step_are_only_of_that_step(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    say.queue(run, "a", step="save_to_catalog")
    assert [task.key for task in store.task_results(run.jobs[0].id, "profile_tables")] == ["a", "b"]
    assert list(store.task_results(run.jobs[0].id, "unknown")) == []


def test_tallies_count_each_step_and_name_at_most_eight_active(store: Store, say: Speaker) -> None:
    run = say.run()
    assert store.tallies(run.jobs[0].id) == []
    say.queue(run, "m", step="extract_metadata")
    say.finish(say.claimed())
    say.queue(run, *(f"t{number:02}" for number in range(12)))
    claimed = [say.claimed() for _ in range(10)]
    say.finish(claimed[0], Status.FAILED, error="x")
    metadata, profiles = store.tallies(run.jobs[0].id)
    assert metadata == StepTally(step="extract_metadata", counts={Status.COMPLETED: 1})
    assert profiles.counts == {Status.FAILED: 1, Status.RUNNING: 9, Status.PENDING: 2}
    assert profiles.active == tuple(f"t{number:02}" for number in range(1, 9))
    assert (profiles.total, profiles.done) == (12, 1)


def test_queueing_inside_the_transaction_that_creates_the_run_is_seen_by_its_claim(store: Store, say: Speaker) -> None:
    run = say.run()

    def change(tx: object) -> Task | None:
        tx.add_tasks(run.jobs[0], [NewTask(step="s", key="k", payload={"n": 1})])
        return tx.claim_task(say.worker(), at=say.at(0), lease_until=say.at(9))

    task = store.transact(change)
    assert task is not None
    assert (task.key, task.payload, task.run_id) == ("k", {"n": 1}, run.run_id)
