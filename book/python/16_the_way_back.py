"""The client of lesson 16 in asyncio: a plugin that blocks tells the room of its finds, and waits for each answer.

Run it: `cargo course room`, and then `python 16_the_way_back.py --server ws://127.0.0.1:7070`.
It needs Python 3.11 and the package `websockets`. With `--careless`, `/tell` hangs the loop for ever.
"""

import argparse
import asyncio
import concurrent.futures
import contextlib
import pathlib
import sys
import threading
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

LIMIT = 2


# ANCHOR: careless
def careless_call(loop, limit, coroutine):
    """On the loop's own thread this waits for a loop that waits here, for ever."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
# ANCHOR_END: careless


# ANCHOR: call
class Refused(Exception):
    """This thread runs an event loop, and must not wait."""


def call_async(loop, limit, coroutine):
    """Runs coroutine on loop, and blocks this thread until it ends, for limit at most."""
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        coroutine.close()
        raise Refused("refused: this thread runs the event loop; await the coroutine")
    called = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return called.result(limit)
    except TimeoutError:
        called.cancel()
        raise
# ANCHOR_END: call


# ANCHOR: offload
async def offload(job):
    """Runs job(call) on a thread; whoever cancels this coroutine cancels the calls of the job."""
    loop, running = asyncio.get_running_loop(), set()

    def call(limit, coroutine):
        async def counted():
            running.add(asyncio.current_task())
            return await coroutine
        return call_async(loop, limit, counted())

    try:
        return await asyncio.to_thread(job, call)
    finally:
        for task in running:
            task.cancel()
# ANCHOR_END: offload


def scan(folder, word, found):
    """Reads the files of folder, and calls found for each that holds word: nothing here is async."""
    finds = 0
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.is_file():
            time.sleep(0.1)
            if word in path.read_text(errors="replace"):
                found(path.name)
                finds += 1
    return finds


class Room:
    """Says a line, and waits until the room repeats it."""

    def __init__(self, socket):
        self.socket, self.waiting = socket, []

    async def ask(self, line):
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append((f"you: {line}", answer))
        await self.socket.send(line)
        return await answer

    def heard(self, message):
        for place, (due, answer) in enumerate(self.waiting):
            if due == message:
                del self.waiting[place]
                if not answer.done():
                    answer.set_result(message)
                return


async def answer(room, call_here, line):
    try:
        match line.split(" ", 2):
            case ["/scan", word, folder]:
                def plugin(call):
                    return scan(folder, word, lambda file: call(LIMIT, room.ask(f"{word} is in {file}")))
                result = f"{await offload(plugin)} finds"
            case ["/tell", *words]:
                result = call_here(asyncio.get_running_loop(), LIMIT, room.ask(" ".join(words)))
            case _:
                raise Refused("the commands are /scan WORD FOLDER and /tell TEXT")
        print(f"== {line}: {result}")
    except (TimeoutError, concurrent.futures.CancelledError):
        print(f"!! {line}: no answer in time")
    except (Refused, OSError) as why:
        print(f"!! {line}: {why}")


def read_lines(loop, lines):
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
    loop.call_soon_threadsafe(lines.put_nowait, None)


async def talk(room, call_here):
    lines = asyncio.Queue()
    threading.Thread(target=read_lines, args=(asyncio.get_running_loop(), lines), daemon=True).start()
    async with asyncio.TaskGroup() as commands:
        while (line := await lines.get()) is not None:
            if line.startswith("/"):
                commands.create_task(answer(room, call_here, line))
            else:
                await room.socket.send(line)
    await room.socket.close()


async def chat(url, call_here):
    try:
        async with connect(url) as socket, asyncio.TaskGroup() as tasks:
            room = Room(socket)
            talking = tasks.create_task(talk(room, call_here))
            async for message in socket:
                print("<<", message)
                room.heard(message)
            talking.cancel()
    except* (ConnectionClosed, OSError) as gone:
        sys.exit(f"the room is gone: {gone.exceptions[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", metavar="URL", required=True)
    parser.add_argument("--careless", action="store_true", help="wait wherever one is called")
    args = parser.parse_args()
    asyncio.run(chat(args.server, careless_call if args.careless else call_async))
