"""Clients that others wrote read our streams: they are the judges of whether these are what they say."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bad_network import CuttingProxy
from live_streams import Hand, LiveServer, eventually

from catalogctl.domain.ports.store import Store

TESTS = Path(__file__).parents[2]
EVENTS = 400
TEXT = "é∑🙂 \u2028 \\n"


def by_node(name: str) -> list[str]:
    modules = os.environ.get("CATALOGCTL_TEST_NODE_MODULES")
    if shutil.which("node") is None or modules is None:
        pytest.skip(
            f"no {name}: needs node; npm install --prefix FOLDER eventsource eventsource-parser, and"
            " CATALOGCTL_TEST_NODE_MODULES=FOLDER"
        )
    return ["node", str(TESTS / "foreign_reader.mjs"), name]


def by_python() -> list[str]:
    if importlib.util.find_spec("ld_eventsource") is None:
        pytest.skip("no launchdarkly-eventsource: pip install launchdarkly-eventsource")
    return [sys.executable, str(TESTS / "foreign_reader.py")]


CLIENTS: dict[str, Callable[[], list[str]]] = {
    "npm eventsource": lambda: by_node("eventsource"),
    "npm eventsource-parser": lambda: by_node("eventsource-parser"),
    "launchdarkly-eventsource": by_python,
}


class Foreign:
    """One such client at work, and what it has told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.told: list[Any] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.told.append(json.loads(line))

    def wait(self) -> None:
        """Until it has ended by itself."""
        self.process.wait(20)
        self._thread.join(20)


@pytest.fixture(params=CLIENTS)
def reading(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    command = CLIENTS[request.param]()

    @contextmanager
    def reading(url: str) -> Iterator[Foreign]:
        with subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True) as process:
            foreign = Foreign(process)
            try:
                yield foreign
            finally:
                process.kill()

    return reading


def test_the_log_arrives_whole_and_in_order_however_often_it_is_cut_off(
    live: LiveServer, hand: Hand, store: Store, reading: Callable[[str], Any]
) -> None:
    hand.append(EVENTS // 2, data={"text": TEXT})
    with (
        closing(CuttingProxy(live.port, longest=0.3)) as proxy,
        reading(f"{proxy.url}/events?since=earliest") as foreign,
    ):
        for _ in range(EVENTS // 20):
            hand.append(10, data={"text": TEXT})
        eventually(lambda: len(foreign.told) >= EVENTS and proxy.cuts >= 3, within=60)
    stored = [(f"{store.position().epoch}-{event.seq}", event.type, event.encoded()) for event in hand.events()]
    assert [(one["id"], one["event"], one["data"]) for one in foreign.told] == stored


def test_the_stream_of_a_run_is_followed_to_its_end_and_not_asked_for_again(
    live: LiveServer, hand: Hand, reading: Callable[[str], Any]
) -> None:
    run_id = hand.start().run_id
    with reading(f"{live.url}/catalog/job-stream/{run_id}") as foreign:
        eventually(lambda: len(foreign.told) == 1, within=20)
        hand.begin(run_id)
        eventually(lambda: len(foreign.told) == 2)
        hand.complete(run_id)
        # It comes back for more, as event sources do, and is told that there is no more.
        foreign.wait()
    assert {one["event"] for one in foreign.told} == {"message"}
    *states, done = [json.loads(one["data"]) for one in foreign.told]
    assert [state[0]["status"] for state in states] == ["pending", "running", "completed"]
    assert done == {"done": True}


def test_a_cursor_that_is_not_kept_is_told_as_an_event_of_its_own(
    live: LiveServer, hand: Hand, reading: Callable[[str], Any]
) -> None:
    hand.append(3)
    with reading(f"{live.url}/events?since=99999") as foreign:
        eventually(lambda: len(foreign.told) == 1, within=20)
        hand.append()
        eventually(lambda: len(foreign.told) == 2)
    reset, event = foreign.told
    assert (reset["event"], json.loads(reset["data"])["latest"]) == ("reset", 3)
    assert (event["event"], json.loads(event["data"])["seq"]) == ("llm.used", 4)


def test_of_a_filtered_stream_nothing_surfaces_that_was_not_asked_for(
    live: LiveServer, hand: Hand, reading: Callable[[str], Any]
) -> None:
    with reading(f"{live.url}/events?topics=llm&since=earliest") as foreign:
        # Heartbeats and ids alone, for some time.
        hand.append(20, type_="kpis.changed")
        eventually(lambda: live.hub.gauges.deliveries >= 6, within=20)
        hand.append()
        eventually(lambda: bool(foreign.told))
    assert [(one["event"], json.loads(one["data"])["seq"]) for one in foreign.told] == [("llm.used", 21)]


def test_curl_reads_status_as_it_changes(live: LiveServer, hand: Hand) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    words = ["curl", "-sN", "--max-time", "20", f"{live.url}/catalog/status-stream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        data = (json.loads(line[6:]) for line in process.stdout if line.startswith("data: "))
        assert next(data)["is_running"] is False
        run_id = hand.start().run_id
        assert next(data)["active_run_ids"] == [run_id]
        process.kill()


def test_curl_goes_on_after_the_id_that_it_names(live: LiveServer, hand: Hand, store: Store) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    hand.append(5)
    epoch = store.position().epoch

    def first_lines(last: str, count: int) -> list[str]:
        words = ["curl", "-siN", "--max-time", "20", "-H", f"Last-Event-ID: {last}", f"{live.url}/events"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            wanted = (
                line.strip() for line in process.stdout if line.startswith(("id: ", "event: ", "Catalogctl", "catal"))
            )
            lines = [next(wanted) for _ in range(count)]
            process.kill()
            return lines

    assert first_lines(f"{epoch}-3", 5) == [
        f"id: {epoch}-3",
        *("event: llm.used", f"id: {epoch}-4"),
        *("event: llm.used", f"id: {epoch}-5"),
    ]
    assert [line.lower() for line in first_lines("ffffffff-3", 3)] == [
        "catalogctl-reset: 1",
        "event: reset",
        f"id: {epoch}-5",
    ]
