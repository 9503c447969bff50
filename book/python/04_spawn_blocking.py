"""The client of lesson 04 in Python: the prompt and the commands run in asyncio's default pool.

Run it: python3 book/python/04_spawn_blocking.py --server ws://127.0.0.1:7070
"""

import argparse
import asyncio
import time
from pathlib import Path

from websockets import ConnectionClosed, connect


def run_command(line):
    """Blocks the calling thread until the result is there."""
    match line.split(maxsplit=1):
        case ["/read", file]:
            return Path(file).read_text().rstrip()
        case ["/sleep", seconds]:
            time.sleep(float(seconds))
            return "awake again"
    raise ValueError("the commands are /read FILE and /sleep SECONDS")


# ANCHOR: talk
async def talk(room):
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(show(room))
        while (line := await prompt()) is not None:
            if line.startswith("/") and line != "/quit":
                jobs.create_task(answer(line))
            else:
                await room.send(line)
        await room.close()


async def prompt():
    try:
        return await asyncio.to_thread(input, ">>> ")
    except EOFError:
        return None


async def answer(line):
    try:
        print(f"== {line}: {await asyncio.to_thread(run_command, line)}")
    except Exception as error:
        print(f"!! {line}: {error}")
# ANCHOR_END: talk


async def show(room):
    async for message in room:
        print(f"<< {message}")


async def main(url):
    try:
        async with connect(url) as room:
            await talk(room)
    except* ConnectionClosed:
        print("the room is gone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    asyncio.run(main(parser.parse_args().server))
