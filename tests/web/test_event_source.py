"""The browser's own EventSource reads our streams, as the pages of others do."""

from typing import Any

from browsing import Site, visiting
from command_line import CommandLine
from playwright.sync_api import Browser

READ_TO_THE_END = """
(path) => new Promise((resolve) => {
    const source = new EventSource(path);
    const told = [];
    source.onmessage = ({ lastEventId, data }) => told.push([lastEventId, JSON.parse(data)]);
    source.onerror = () => source.readyState === EventSource.CLOSED && resolve(told);
})
"""


def test_the_stream_of_a_run_is_read_to_its_end_and_closed_by_the_answer_that_nothing_follows(
    browser: Browser, cli: CommandLine
) -> None:
    cli.endless()
    site = Site(cli)
    run_id: str = cli("extract", "endless.db", "--detach").lines[0].split("\t")[1]
    with visiting(browser, site.url) as visitor:
        page = visitor.open("/runs")
        page.evaluate(f"() => {{ globalThis.told = ({READ_TO_THE_END})('/catalog/job-stream/{run_id}') }}")
        assert cli("runs", "cancel", "1").code == 0
        # It comes back after the end of the stream, with the id that it had last, and is told 204.
        told: list[Any] = page.evaluate("told")
    *states, (_, done) = told
    assert done == {"done": True}
    assert states[-1][1][0]["status"] == "cancelled"
    seqs = [int(last.rpartition("-")[2]) for last, _ in told]
    assert seqs == sorted(seqs)
    assert len({str(state) for _, state in states}) == len(states)
