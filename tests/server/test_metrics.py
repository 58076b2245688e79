"""What Prometheus reads: its format to the letter, every number of the streams and the store, none of the history."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from served_house import House, Serve, Served, now, wait_until

import catalogctl
from catalogctl.domain.events import NewEvent
from catalogctl.domain.runs import RunKind
from catalogctl.server.metrics import Metric, exposition
from catalogctl.service.monitor import StoreMonitor

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*),?\}})? (\S+)(?: -?\d+)?")


@dataclass
class Family:
    kind: str
    help: str
    samples: dict[str, float] = field(default_factory=dict)


def parsed(text: str) -> dict[str, Family]:
    """Read a scrape by the rules of the format; whatever breaks one fails."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    helps: dict[str, str] = {}
    latest = ""
    for line in text.splitlines():
        if match := re.fullmatch(rf"# HELP ({NAME}) (.*)", line):
            assert match[1] not in helps, f"two texts for {match[1]}"
            helps[match[1]] = match[2]
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram|summary|untyped)", line):
            assert match[1] not in families, f"{match[1]} comes twice"
            latest = match[1]
            families[latest] = Family(kind=match[2], help=helps[latest])
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no line of the format: {line!r}"
            assert match[1] == latest, "the samples of a family stand together, after its type"
            assert (match[2] or "") not in families[latest].samples, f"twice: {line!r}"
            families[latest].samples[match[2] or ""] = float(match[3])
    return families


def scraped(served: Served, **headers: str) -> dict[str, Family]:
    reply = served.get("/metrics", headers=headers)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(reply.body.decode())


def numbers(served: Served) -> dict[str, float]:
    return {
        f"{name}{{{labels}}}" if labels else name: number
        for name, family in scraped(served).items()
        for labels, number in family.samples.items()
    }


def opened(served: Served, path: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
    received = b""
    while b"retry: " not in received:
        received += connection.recv(4096)
    return connection


def test_names_follow_the_conventions_and_every_number_says_what_it_is(serve: Serve) -> None:
    families = scraped(serve())
    assert families
    for name, family in families.items():
        assert re.fullmatch(r"catalogctl_[a-z_]+", name)
        assert name.endswith("_total") == (family.kind == "counter")
        assert family.help
        assert family.help.endswith(".")
        assert family.samples
    assert families["catalogctl_build_info"].samples == {f'version="{catalogctl.__version__}"': 1}


def test_streams_are_counted_by_kind_while_they_are_open(serve: Serve, house: House) -> None:
    run_id = house.start().run_id
    served = serve()
    before = numbers(served)
    paths = {
        "job": f"/catalog/job-stream/{run_id}",
        "status": "/catalog/status-stream",
        "kpi": "/analytics/kpi-stream",
        "log": "/events",
    }
    streams = [opened(served, path) for path in paths.values() for _ in range(2)]
    after = numbers(served)
    for kind in paths:
        assert (before[f'catalogctl_streams{{kind="{kind}"}}'], after[f'catalogctl_streams{{kind="{kind}"}}']) == (0, 2)
    assert after["catalogctl_stream_deliveries_total"] >= before["catalogctl_stream_deliveries_total"] + 8
    for stream in streams:
        stream.close()
    wait_until(lambda: not any(numbers(served)[f'catalogctl_streams{{kind="{kind}"}}'] for kind in paths))


def test_what_happens_to_streams_is_counted(serve: Serve, house: House) -> None:
    served = serve(max_streams_per_client=1)
    assert served.get("/events", headers={"Last-Event-ID": "999999"}).headers["catalogctl-reset"] == "1"
    wait_until(lambda: not numbers(served)['catalogctl_streams{kind="log"}'])
    with opened(served, "/events"):
        assert served.get("/events").status == 429
        assert served.get("/catalog/status-stream").status == 429
    found = numbers(served)
    assert found['catalogctl_streams_refused_total{reason="client"}'] == 2
    assert found['catalogctl_streams_refused_total{reason="server"}'] == 0
    assert found["catalogctl_stream_resets_total"] == 1
    for name in ("stalls", "conflations", "rotations"):
        assert found[f"catalogctl_stream_{name}_total"] == 0


def test_runs_tasks_and_workers_are_counted(serve: Serve, house: House) -> None:
    served = serve()
    assert numbers(served)['catalogctl_runs_active{status="pending"}'] == 0
    house.start("shop")
    house.start("stock", kind=RunKind.REFRESH)
    pending = numbers(served)
    assert pending['catalogctl_runs_active{status="pending"}'] == 2
    assert pending['catalogctl_tasks{status="pending"}'] == 2
    assert pending["catalogctl_workers"] == 0
    with house.working():
        wait_until(lambda: numbers(served)['catalogctl_runs_finished_total{status="completed"}'] == 2)
        assert numbers(served)["catalogctl_workers"] == 1
    done = numbers(served)
    assert done['catalogctl_runs_active{status="pending"}'] == 0
    assert done['catalogctl_runs_active{status="running"}'] == 0
    assert done['catalogctl_runs_finished_total{status="failed"}'] == 0
    run = house.start("shop")
    house.service.cancel_run(run.run_id)
    wait_until(lambda: numbers(served)['catalogctl_runs_finished_total{status="cancelled"}'] == 1)


def test_the_log_and_its_distance_to_the_streams_are_told(serve: Serve, house: House) -> None:
    served = serve()
    house.store.transact(
        lambda transaction: [transaction.append(NewEvent(type="llm.used", at=now(), data="{}")) for _ in range(50)]
    )
    position = house.store.position()
    wait_until(lambda: numbers(served)["catalogctl_stream_lag_events"] == 0)
    found = numbers(served)
    assert found["catalogctl_log_latest_seq"] == position.latest
    assert found["catalogctl_log_events"] == position.latest - position.pruned
    assert found["catalogctl_store_bytes"] == 4096
    house.store.transact(lambda transaction: transaction.prune_events(keep=10, older_than=now()))
    assert numbers(served)["catalogctl_log_events"] == house.store.position().latest - house.store.position().pruned


def test_the_streams_are_told_of_when_the_store_is_gone(serve: Serve, house: House) -> None:
    served = serve()
    assert numbers(served)["catalogctl_store_up"] == 1
    house.store.close()
    found = numbers(served)
    assert found["catalogctl_store_up"] == 0
    assert 'catalogctl_streams{kind="log"}' in found
    assert "catalogctl_workers" not in found


def test_the_token_is_needed_where_others_need_it(serve: Serve) -> None:
    served = serve(token="t")
    assert served.get("/metrics").status == 401
    assert scraped(served, Authorization="Bearer t")


def test_nothing_that_grows_with_the_history_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is asked of the store here, whatever it holds: active runs, their tallies, workers and the position."""
    house.many_runs(300)
    house.start()
    asked: list[str] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(house.store, name)

    watched: Any = Watched()
    vitals = StoreMonitor(store=watched, clock=now).vitals()
    assert set(asked) == {"active_runs", "tallies", "workers", "dead_workers", "position"}
    assert asked.count("tallies") == 1
    assert sum(vitals.runs.values()) == 1


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({'a"b\\c\nd': 1.0}, ['m{l="a\\"b\\\\c\\nd"} 1']),
        ({"x": 12345678901234.0, "y": 0.5}, ['m{l="x"} 12345678901234', 'm{l="y"} 0.5']),
    ],
)
def test_the_format_carries_any_label_and_every_digit(values: Mapping[str, float], lines: list[str]) -> None:
    text = exposition([Metric(name="m", kind="gauge", help="Some.", label="l", values=values)]).decode()
    assert text.splitlines() == ["# HELP m Some.", "# TYPE m gauge", *lines]
    assert set(parsed(text)) == {"m"}
