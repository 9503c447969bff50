"""An event loop by hand: Python resumes a coroutine, and is told by it whom to wait for.

Run it: `python 10_event_loop.py`. It needs nothing but Python.
You will see two sleepers wake in order of time, a wake from a thread, and one task that freezes the others.
"""

import collections
import heapq
import itertools
import queue
import threading
import time
import types


# ANCHOR: task
class Task:
    """A coroutine that the loop owns; `step` is Rust's `poll`, and the bound method `wake` its waker."""

    def __init__(self, loop, coroutine):
        self.loop, self.coroutine = loop, coroutine
        self.is_done, self.result = False, None

    def step(self):
        try:
            wait_for = self.coroutine.send(None)
        except StopIteration as end:
            self.is_done, self.result = True, end.value
        else:
            wait_for(self.wake)

    def wake(self):
        self.loop.ready.put(self)
# ANCHOR_END: task


# ANCHOR: loop
class Loop:
    """Steps who was woken, and parks in `ready.get` when nobody was."""

    def __init__(self):
        self.ready, self.timers, self.numbers = queue.SimpleQueue(), [], itertools.count()

    def spawn(self, coroutine):
        task = Task(self, coroutine)
        task.wake()
        return task

    def run(self, main):
        main = self.spawn(main)
        while not main.is_done:
            for task in self.turn():
                task.step()
            while self.timers and self.timers[0][0] <= time.monotonic():
                heapq.heappop(self.timers)[2]()
        return main.result

    def turn(self):
        """Who is woken until now; the first `get` parks until somebody is, or a timer is due."""
        due = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
        try:
            woken = [self.ready.get(timeout=due)]
        except queue.Empty:
            return []
        return woken + [self.ready.get() for _ in range(self.ready.qsize())]

    def sleep(self, seconds):
        due = time.monotonic() + seconds
        return suspend(lambda wake: heapq.heappush(self.timers, (due, next(self.numbers), wake)))
# ANCHOR_END: loop


@types.coroutine
def suspend(wait_for):
    """Gives way once: the task calls `wait_for` with its wake."""
    yield wait_for


def from_thread(wake):
    """Wakes from another thread, as a reading thread does."""
    threading.Thread(target=wake, name="another thread").start()


async def main(loop):
    log = collections.deque()

    async def sleeper(seconds):
        began = time.monotonic()
        await loop.sleep(seconds)
        log.append(f"slept {seconds} s, {'late' if time.monotonic() - began > 2 * seconds else 'on time'}")

    loop.spawn(sleeper(0.4))
    loop.spawn(sleeper(0.2))
    await suspend(from_thread)
    log.append("woken by a thread")
    await loop.sleep(0.6)
    loop.spawn(sleeper(0.1))
    await loop.sleep(0)
    time.sleep(0.5)  # Blocks: the sleeper's time comes, and nobody looks.
    await loop.sleep(0.1)
    return log


if __name__ == "__main__":
    loop = Loop()
    print(*loop.run(main(loop)), sep="\n")
