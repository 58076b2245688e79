from store_engines import Speaker

from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import Status
from catalogctl.domain.tasks import Lease


def test_enlisted_workers_are_listed_and_alive_until_their_lease_is_over(store: Store, say: Speaker) -> None:
    worker, of_run = say.worker("a"), say.worker("b", run_id="r")
    store.enlist(of_run, lease_until=say.at(20))
    store.enlist(worker, lease_until=say.at(10))
    assert store.workers() == [worker, of_run]
    assert store.dead_workers(say.at(9.999)) == []
    assert store.dead_workers(say.at(10)) == [worker]
    assert store.dead_workers(say.at(20)) == [worker, of_run]
    assert store.lost_workers(say.at(9.999)) == []


def test_each_worker_is_told_with_the_end_of_its_lease(store: Store, say: Speaker) -> None:
    general, chosen = say.worker("a"), say.worker("b", sources=("shop", '["x"]'))
    store.enlist(chosen, lease_until=say.at(20))
    store.enlist(general, lease_until=say.at(10))
    store.renew("a", lease_until=say.at(60.001))
    assert store.leases() == [Lease(worker=general, until=say.at(60.001)), Lease(worker=chosen, until=say.at(20))]
    assert store.workers() == [general, chosen]


def test_heartbeat_moves_the_lease_of_the_worker_and_of_its_running_tasks(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    mine, other = say.worker("mine"), say.worker("other")
    store.enlist(mine, lease_until=say.at(10))
    say.claimed(mine, lease=10)
    say.claimed(other, lease=10)
    store.renew("mine", lease_until=say.at(60))
    assert store.dead_workers(say.at(59)) == []
    assert [task.lease_until for task in store.tasks(run.jobs[0].id, limit=9)] == [say.at(60), say.at(10)]
    assert say.claimed(at=30).key == "b"
    assert say.claim(at=30) is None


def test_heartbeat_of_an_unknown_worker_changes_nothing(store: Store, say: Speaker, rings: list[None]) -> None:
    run = say.run()
    say.queue(run, "a")
    held = say.claimed(say.worker("dismissed"), lease=10)
    rung = len(rings)
    store.renew("dismissed", lease_until=say.at(60))
    assert store.workers() == []
    assert store.tasks(run.jobs[0].id, limit=9)[0].lease_until == held.lease_until
    assert len(rings) == rung


def test_dismissed_worker_is_forgotten_and_its_tasks_are_free(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    worker = say.worker("a")
    store.enlist(worker, lease_until=say.at(10))
    held = say.claimed(worker)
    store.dismiss("a")
    assert store.workers() == []
    assert store.dead_workers(say.at(1000)) == []
    assert say.finish(held) is False
    assert say.claimed(say.worker("b")).attempt == 2


def test_dismissing_twice_is_no_mistake(store: Store, say: Speaker) -> None:
    store.enlist(say.worker("a"), lease_until=say.at(10))
    store.dismiss("a")
    store.dismiss("a")
    assert store.workers() == []


def test_worker_dismissed_by_mistake_enlists_again(store: Store, say: Speaker) -> None:
    worker = say.worker("a")
    store.enlist(worker, lease_until=say.at(10))
    store.dismiss("a")
    store.enlist(worker, lease_until=say.at(30))
    assert store.workers() == [worker]
    assert store.dead_workers(say.at(29)) == []


def test_ids_of_workers_may_be_any_text(store: Store, say: Speaker) -> None:
    worker = say.worker("../a b/\n*é")
    store.enlist(worker, lease_until=say.at(10))
    assert store.workers() == [worker]
    store.dismiss(worker.id)
    assert store.workers() == []


def test_finished_tasks_of_a_dismissed_worker_stay_finished(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, "a")
    worker = say.worker("a")
    store.enlist(worker, lease_until=say.at(10))
    say.finish(say.claimed(worker))
    store.dismiss("a")
    [task] = store.tasks(run.jobs[0].id, limit=9)
    assert (task.status, task.worker) == (Status.COMPLETED, "a")
