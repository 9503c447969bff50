"""The client of lesson 12 in Python: a pool of one worker process, to which a function goes by its name.

Run it: python3 book/python/12_worker_process.py --server ws://127.0.0.1:7070
"""

import argparse
import asyncio
import os
import pickle
from concurrent.futures import ProcessPoolExecutor

from websockets import ConnectionClosed, connect


# ANCHOR: jobs
def upper(text):
    return text.upper()


def crash(_):
    os.abort()


JOBS = {"/upper": upper, "/print": print, "/crash": crash, "/lambda": lambda text: text.upper()}


async def answer(pool, line):
    name, _, text = line.partition(" ")
    try:
        result = await asyncio.get_running_loop().run_in_executor(pool, JOBS[name], text)
        print(f"== {line}: {result}")
    except Exception as error:
        print(f"!! {line}: {error!r}")


# What crosses is the name of a function, and none of its code.
CROSSES = b"\x80\x04\x95\x16\0\0\0\0\0\0\0\x8c\x08builtins\x94\x8c\x05print\x94\x93\x94."
assert pickle.dumps(print, protocol=4) == CROSSES
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
