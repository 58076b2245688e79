"""The one reader of the log, when there is more to deliver than the loop can take."""

import asyncio
import time

from store_engines import Speaker

from catalogctl.notify.local import LocalNotifier
from catalogctl.server.hub.tail import Look, Tail
from catalogctl.store.memory import MemoryStore


def test_what_comes_while_the_loop_is_busy_is_delivered_together_and_once() -> None:
    notifier = LocalNotifier()
    store = MemoryStore(on_commit=notifier.ring)
    say = Speaker(store)
    looks: list[list[int]] = []

    def deliver(look: Look) -> None:
        looks.append([event.seq for event in look.events])
        time.sleep(0.05)

    def write() -> None:
        for _ in range(40):
            say.event()
            time.sleep(0.003)

    async def follow() -> None:
        tail = Tail(log=store, notifier=notifier, interval=60, deliver=deliver)
        await tail.start()
        await asyncio.to_thread(write)
        await tail.caught_up()
        tail.stop()

    asyncio.run(follow())
    assert [seq for look in looks for seq in look] == list(range(1, 41))
    assert len(looks) < 20
