"""The client of lesson 06 in asyncio: what nobody waits for is cancelled, and one thread reads.

Run it: `cargo course room`, and then `python 06_cancellation.py --server ws://127.0.0.1:7070`.
It needs Python 3.11 and the package `websockets`.
"""

import argparse
import asyncio
import sys
import threading
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

LIMIT, GRACE = 1.5, 0.5


# ANCHOR: offload
async def offload(job):
    """Runs job(token) on a thread; whoever cancels this coroutine cancels the job."""
    token = threading.Event()
    try:
        return await asyncio.to_thread(job, token)
    finally:
        token.set()
# ANCHOR_END: offload


async def limited(limit, job):
    """As offload; cancels the job after limit, and returns what it finished until it stopped."""
    token = threading.Event()
    running = asyncio.create_task(asyncio.to_thread(job, token))
    try:
        await asyncio.wait([running], timeout=limit)
    finally:
        token.set()
    return await asyncio.wait_for(running, GRACE)


def in_parts(parts, token, part):
    """Does one part after the other, and returns what was finished when the token stopped it."""
    kept = []
    while len(kept) < parts and not token.is_set():
        kept.append(part(len(kept)))
    return kept


# ANCHOR: keyboard
class Keyboard:
    """What is typed, for whoever asks now; None is the end of input."""

    def __init__(self):
        self.loop, self.lines = asyncio.get_running_loop(), asyncio.Queue()
        threading.Thread(target=self.read, name="reading thread", daemon=True).start()

    def read(self):
        for line in sys.stdin:
            self.loop.call_soon_threadsafe(self.lines.put_nowait, line.rstrip("\n"))
        self.loop.call_soon_threadsafe(self.lines.put_nowait, None)

    async def line(self):
        return await self.lines.get()
# ANCHOR_END: keyboard


async def command(keyboard, line):
    match line.split():
        case ["/slow", parts] if parts.isdecimal():
            kept = await limited(LIMIT, lambda token: in_parts(int(parts), token, lambda _: time.sleep(0.2)))
            done = "finished" if len(kept) == int(parts) else "stopped after"
            return f"{done} {len(kept)} of {parts} parts"
        case ["/ask"]:
            print(f"?? your name? You have {LIMIT} s")
            return f"hello, {await asyncio.wait_for(keyboard.line(), LIMIT)}"
    raise ValueError("the commands are /slow PARTS and /ask")


async def talk(room):
    keyboard = Keyboard()
    while (line := await keyboard.line()) is not None:
        if not line.startswith("/"):
            await room.send(line)
            continue
        try:
            print(f"== {line}: {await command(keyboard, line)}")
        except TimeoutError:
            print(f"!! {line}: timed out")
        except ValueError as error:
            print(f"!! {line}: {error}")
    await room.close()


async def chat(url):
    try:
        async with connect(url) as room, asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(talk(room))
            async for message in room:
                print("<<", message)
            talking.cancel()
    except* (ConnectionClosed, OSError) as gone:
        sys.exit(f"the room is gone: {gone.exceptions[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", metavar="URL", required=True)
    asyncio.run(chat(parser.parse_args().server))
