"""The client of lesson 13 in Python: a pool of processes with a limit for each job, and what one crash does to it.

Run it: python3 book/python/13_process_pool.py --server ws://127.0.0.1:7070
"""

import argparse
import asyncio
import os
import time
from concurrent.futures import ProcessPoolExecutor

from websockets import ConnectionClosed, connect


# ANCHOR: jobs
def slow(seconds):
    time.sleep(float(seconds))
    return f"slept {seconds} s"


def crash(_):
    os.abort()


JOBS = {"/upper": str.upper, "/slow": slow, "/crash": crash}


async def answer(pool, line):
    name, _, text = line.partition(" ")
    try:
        job = asyncio.get_running_loop().run_in_executor(pool, JOBS[name], text)
        # The wait ends after a second, and the job does not.
        print(f"== {line}: {await asyncio.wait_for(job, 1)}")
    except Exception as error:
        print(f"!! {line}: {error!r}")
# ANCHOR_END: jobs


async def prompt():
    try:
        return await asyncio.to_thread(input)
    except EOFError:
        return None


async def show(room):
    async for message in room:
        print(f"<< {message}")


async def talk(room, pool):
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(show(room))
        while (line := await prompt()) is not None:
            if line.startswith("/"):
                jobs.create_task(answer(pool, line))
            else:
                await room.send(line)
        await room.close()


async def main(url, pool):
    try:
        async with connect(url) as room:
            await talk(room, pool)
    except* ConnectionClosed:
        print("the room is gone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    url = parser.parse_args().server
    with ProcessPoolExecutor(1) as pool:
        # The worker starts now, before this process has another thread that a fork would leave out.
        pool.submit(int).result()
        asyncio.run(main(url, pool))
