"""Admission before the pool in asyncio: a pool for each kind of job, with slots, places to wait, and "busy".

Run it: `cargo course room`, and then `python 07_pool_limits.py --server ws://127.0.0.1:7070`.
With `--default-pool` every job goes to the default executor, and `/look localhost` waits behind `/slow 3`.
It needs the package `websockets`.
"""

import argparse
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


# ANCHOR: pool
class Pool:
    def __init__(self, slots, queue):
        self.threads = ThreadPoolExecutor(slots)
        self.places = BoundedSemaphore(slots + queue)

    async def run(self, job):
        if not self.places.acquire(blocking=False):
            raise RuntimeError("busy")
        future = self.threads.submit(job)
        # Called when the job has ended or was cancelled in the queue, not when its caller goes away.
        future.add_done_callback(lambda _: self.places.release())
        return await asyncio.wrap_future(future)
# ANCHOR_END: pool


class DefaultPool:
    async def run(self, job):
        return await asyncio.to_thread(job)


# ANCHOR: nested
async def nested(slow, inner, outer_job, inner_job):
    loop = asyncio.get_running_loop()

    def both():
        outer_job()
        return asyncio.run_coroutine_threadsafe(inner.run(inner_job), loop).result()

    return await slow.run(both)
# ANCHOR_END: nested


async def answer(line, slow, inner):
    try:
        match line.split():
            case ["/slow", seconds]:
                result = await slow.run(partial(time.sleep, float(seconds)))
            case ["/nested", seconds]:
                job = partial(time.sleep, float(seconds))
                result = await nested(slow, inner, job, job)
            case ["/look", host]:
                # Runs in the default executor, whatever else does.
                result = len(await asyncio.get_running_loop().getaddrinfo(host, 80))
            case _:
                raise ValueError("the commands are /slow S, /nested S and /look HOST")
        print(f"== {line}: {result}")
    except Exception as error:
        print(f"!! {line}: {error}")


async def show(room):
    async for message in room:
        print("<<", message)


def next_line():
    try:
        return input()
    except EOFError:
        return None


async def talk(room, slow, inner):
    loop, keys = asyncio.get_running_loop(), ThreadPoolExecutor(1, "reading thread")
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(show(room))
        while (line := await loop.run_in_executor(keys, next_line)) is not None:
            if line.startswith("/"):
                jobs.create_task(answer(line, slow, inner))
            else:
                await room.send(line)
        await room.close()


async def main(url, default_pool):
    slow, inner = (DefaultPool(), DefaultPool()) if default_pool else (Pool(2, 2), Pool(1, 1))
    try:
        async with connect(url) as room:
            await talk(room, slow, inner)
    except* ConnectionClosed:
        print("the room is gone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    parser.add_argument("--default-pool", action="store_true", help="no pools of its own")
    flags = parser.parse_args()
    asyncio.run(main(flags.server, flags.default_pool))
