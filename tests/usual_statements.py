"""What streams, pages and workers ask of a store and change in it, once each."""

from store_engines import Speaker

from catalogctl.domain.events import TOPICS, NewEvent
from catalogctl.domain.ports.store import Reads, Transaction
from catalogctl.domain.runs import JobType, Run, Status


def read_everything(tx: Reads) -> None:
    tx.position()
    for run_id in (None, "r"):
        for topics in (None, {"jobs"}, set(TOPICS[1:])):
            tx.page_since(10, limit=10, topics=topics, run_id=run_id)
    tx.run("r")
    tx.run_ids("abcd", limit=10)
    tx.run_numbered(1)
    tx.active_runs()
    tx.running_status()
    for source in (None, "shop"):
        for status in (None, Status.FAILED):
            tx.runs(limit=10, source=source, status=status)
            for job_type in (None, JobType.EXTRACTION):
                tx.jobs(limit=10, source=source, status=status, job_type=job_type)
    tx.job(1)
    for status in (None, Status.PENDING):
        tx.tasks(1, limit=10, status=status)
    list(tx.task_results(1, "profile_tables"))
    tx.tallies(1)
    tx.running_tasks()


def write(tx: Transaction, say: Speaker, run: Run) -> None:
    for worker in (say.worker(run_id="r"), say.worker(sources=("shop",))):
        task = tx.claim_task(worker, at=say.at(0), lease_until=say.at(9), per_source=3)
    tx.finish_task(task, status=Status.COMPLETED, at=say.at(1))
    tx.return_task(task)
    tx.release_tasks("w1")
    tx.cancel_tasks(1, at=say.at(1))
    tx.requeue_tasks(1)
    tx.remove_tasks(1, steps=["save_to_catalog"])
    tx.put_run(run)
    tx.append(NewEvent(type="job.started", at=say.at(0), data="{}", run_id="r"))
