"""The thawed client in asyncio: one thread reads stdin, and a queue carries the lines into the loop.

Run it: `cargo course room`, and then `python 03_thread_and_channel.py --server ws://127.0.0.1:7070`.
It needs the package `websockets`.
"""

import argparse
import asyncio
import sys
import threading

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


# ANCHOR: bridge
def typed_lines():
    """Starts the one thread that reads stdin; None in the queue is the end of input."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue()

    def read_all():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    # A daemon is abandoned at exit; any other thread would hold the process until Enter.
    threading.Thread(target=read_all, name="reading thread", daemon=True).start()
    return lines
# ANCHOR_END: bridge


# ANCHOR: talk
async def talk(room):
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send_all(room, typed_lines()))
        async for message in room:
            print("<<", message)
        sending.cancel()


async def send_all(room, lines):
    while (line := await lines.get()) is not None:
        await room.send(line)
    await room.close()
# ANCHOR_END: talk


async def chat(url):
    try:
        async with connect(url) as room:
            await talk(room)
    except* ConnectionClosed as gone:
        print("the room is gone:", gone.exceptions[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, metavar="URL")
    asyncio.run(chat(parser.parse_args().server))
