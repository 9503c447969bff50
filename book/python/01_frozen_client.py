"""The frozen client in asyncio: input() in a coroutine stops the loop, and a heartbeat says for how long.

Run it: `cargo course room`, and then `python 01_frozen_client.py --server ws://127.0.0.1:7070`.
It needs the package `websockets`.
"""

import argparse
import asyncio
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

PERIOD = 0.01


# ANCHOR: heartbeat
class Heartbeat:
    """Beats inside the loop, and keeps the longest gap between two beats."""

    def __init__(self):
        self.last, self.longest = time.monotonic(), 0.0
        self.task = asyncio.create_task(self.beat())

    async def beat(self):
        while True:
            await asyncio.sleep(PERIOD)
            now = time.monotonic()
            self.longest = max(self.longest, now - self.last)
            self.last = now

    def longest_freeze(self):
        lasting = time.monotonic() - self.last
        return max(0.0, max(self.longest, lasting) - PERIOD)
# ANCHOR_END: heartbeat


# ANCHOR: next-line
async def next_line():
    # A coroutine, and yet the loop stops here until Enter.
    return input("> ")
# ANCHOR_END: next-line


async def talk(room):
    while True:
        try:
            print("<<", await asyncio.wait_for(room.recv(), timeout=0.1))
        except TimeoutError:
            line = await next_line()
            await room.send(line)
            print("sent:", line)


async def chat(url):
    async with connect(url) as room:
        heartbeat = Heartbeat()
        try:
            await talk(room)
        except EOFError:
            print()
        except ConnectionClosed as error:
            print("the room is gone:", error)
        print(f"longest freeze: {heartbeat.longest_freeze():.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, metavar="URL")
    asyncio.run(chat(parser.parse_args().server))
