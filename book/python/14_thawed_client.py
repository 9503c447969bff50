"""The whole client in asyncio: one reading thread, an outbox, a way back, and jobs that Ctrl-C cancels first.

Run it: `cargo course room`, and then `python 14_thawed_client.py --server ws://127.0.0.1:7070`.
It takes plain lines: `prompt_toolkit` with its `patch_stdout` would keep the prompt whole.
It needs the package `websockets`, and a system with `add_signal_handler`: Windows has none.
"""

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from math import isqrt
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidHandshake

SHORTEST, LONGEST, GRACE = 0.05, 2.0, 0.5


# ANCHOR: outbox
class Outbox:
    def __init__(self):
        self.lines, self.more, self.empty = deque(), asyncio.Event(), asyncio.Event()
        self.empty.set()

    def push(self, line):
        self.lines.append(line)
        self.more.set()
        self.empty.clear()

    async def send_all(self, room):
        while await self.more.wait():
            await room.send(self.lines[0])
            # The pong of this ping says that the room has the line before it.
            await (await room.ping())
            self.lines.popleft()
            if not self.lines:
                self.more.clear()
                self.empty.set()


async def keep(url, outbox):
    pause = SHORTEST
    while True:
        try:
            async with connect(url) as room:
                sending = asyncio.create_task(outbox.send_all(room))
                try:
                    async for message in room:
                        pause = SHORTEST
                        print("<<", message)
                    return
                finally:
                    sending.cancel()
        except (OSError, InvalidHandshake, ConnectionClosedError):
            print(f"the room is gone: next try in {pause} s")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST)
# ANCHOR_END: outbox


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


def primes(below):
    return sum(map(is_prime, range(int(below))))


# ANCHOR: place
async def run(pool, line):
    name, _, argument = line.partition(" ")
    if name == "/read":
        return await asyncio.to_thread(Path(argument).read_text)
    if name == "/primes":
        return await asyncio.get_running_loop().run_in_executor(pool, primes, argument)
    if name == "/crash":
        return await asyncio.get_running_loop().run_in_executor(pool, os.abort)
    raise ValueError("the commands are /read FILE, /primes N, /crash and /quit")


async def answer(pool, line):
    try:
        print(f"== {line}: {await run(pool, line)}")
    except asyncio.CancelledError:
        # Neither a thread nor a worker process hears of it: both go on.
        print(f"!! {line}: cancelled; its job is abandoned")
    except Exception as error:
        print(f"!! {line}: {error!r}")
# ANCHOR_END: place


def typed_lines():
    loop, lines = asyncio.get_running_loop(), asyncio.Queue()

    def read_all():
        while line := sys.stdin.readline():
            loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read_all, name="reading thread", daemon=True).start()
    return lines


async def converse(lines, outbox, pool, jobs):
    while (line := await lines.get()) not in (None, "/quit"):
        if line.startswith("/"):
            job = asyncio.create_task(answer(pool, line))
            jobs.add(job)
            job.add_done_callback(jobs.discard)
        else:
            outbox.push(line)


async def main(url, pool):
    outbox, jobs = Outbox(), set()
    talking = asyncio.create_task(converse(typed_lines(), outbox, pool, jobs))
    keeping = asyncio.create_task(keep(url, outbox))

    def interrupted():
        for task in list(jobs) or [talking]:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted)
    await asyncio.wait([talking, keeping], return_when=asyncio.FIRST_COMPLETED)
    if not keeping.done():
        try:
            await asyncio.wait_for(outbox.empty.wait(), GRACE)
        except TimeoutError:
            for line in outbox.lines:
                print(f"!! not sent: {line}")
    keeping.cancel()
    await asyncio.wait([keeping], timeout=GRACE)
    print("ended")
    sys.stdout.flush()
    return 130 if talking.cancelled() else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    url = parser.parse_args().server
    pool = ProcessPoolExecutor(os.cpu_count())
    # The workers start now, before this process has another thread that a fork would leave out.
    pool.submit(int).result()
    status = asyncio.run(main(url, pool))
    # A job that goes on would be waited for: kill the workers, and leave the threads behind.
    for worker in list((pool._processes or {}).values()):
        worker.kill()
    os._exit(status)
