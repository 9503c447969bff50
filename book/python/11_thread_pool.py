"""The client of lesson 11 in Python: `run_in_executor` with the default pool, and with a pool of one's own.

Run it: python3 book/python/11_thread_pool.py --server ws://127.0.0.1:7070
"""

import argparse
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from websockets import ConnectionClosed, connect


def read(file):
    with open(file) as text:
        return text.read().rstrip()


def sleep(seconds):
    time.sleep(float(seconds))
    return "awake again"


# ANCHOR: run
async def command(sleepers, line):
    loop = asyncio.get_running_loop()
    match line.split():
        case ["/sleep", seconds]:
            return await loop.run_in_executor(sleepers, sleep, seconds)
        case ["/read", file]:
            return await loop.run_in_executor(None, read, file)
    raise ValueError("the commands are /read FILE and /sleep SECONDS")
# ANCHOR_END: run


async def answer(sleepers, line):
    try:
        print(f"== {line}: {await command(sleepers, line)}")
    except Exception as error:
        print(f"!! {line}: {error!r}")


def prompt():
    try:
        return input()
    except EOFError:
        return None


async def show(room):
    async for message in room:
        print(f"<< {message}")


async def talk(room, sleepers):
    jobs = set()
    shown = asyncio.create_task(show(room))
    while (line := await asyncio.to_thread(prompt)) is not None:
        if line.startswith("/"):
            jobs.add(asyncio.create_task(answer(sleepers, line)))
        else:
            await room.send(line)
    shown.cancel()
    for job in jobs:
        job.cancel()


# ANCHOR: shutdown
async def main(url):
    sleepers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pool")
    try:
        async with connect(url) as room:
            await talk(room, sleepers)
    except ConnectionClosed:
        print("the room is gone")
    # What waits is dropped; for what runs the interpreter waits at its exit, whatever `wait` says.
    sleepers.shutdown(wait=False, cancel_futures=True)
# ANCHOR_END: shutdown


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    asyncio.run(main(parser.parse_args().server))
