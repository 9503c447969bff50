"""The clean exit in asyncio: a daemon thread that nobody waits for, and Ctrl-C that ends one stage at a time.

Run it: `cargo course room`, and then `python 05_clean_exit.py --server ws://127.0.0.1:7070`.
With `--to-thread` the prompt runs in the default executor, and the program waits for Enter at its end.
It needs the package `websockets`, and a system with `add_signal_handler`: Windows has none.
"""

import argparse
import asyncio
import signal
import sys
import threading

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

LEFT = ("you left", 0)
CLOSED = ("the room closed", 3)
INTERRUPTED = ("you pressed Ctrl-C", 130)


# ANCHOR: hangs
async def line_of_executor():
    # At its end asyncio.run joins this thread, and it is in readline until Enter.
    return await asyncio.to_thread(sys.stdin.readline)
# ANCHOR_END: hangs


# ANCHOR: daemon
def lines_of_daemon():
    loop, lines = asyncio.get_running_loop(), asyncio.Queue()

    def read_all():
        while line := sys.stdin.readline():
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    # Nothing joins a daemon: it is abandoned.
    threading.Thread(target=read_all, name="reading thread", daemon=True).start()
    return lines.get
# ANCHOR_END: daemon


async def talk(room, next_line):
    """Sends and shows at the same time, until one of them is over."""

    async def send_all():
        while (line := await next_line()) and line != "/quit\n":
            await room.send(line.rstrip("\n"))
        return LEFT

    async def show_all():
        async for message in room:
            print("<<", message)
        return CLOSED

    both = [asyncio.create_task(send_all()), asyncio.create_task(show_all())]
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in both:
            task.cancel()


async def farewell(room):
    """Waits for the room's last words, but not for long."""

    async def show_rest():
        async for message in room:
            print("<<", message)

    async with asyncio.timeout(0.5):
        await asyncio.gather(room.close(), show_rest())


# ANCHOR: stages
async def stage(coroutine):
    """Runs one stage of the visit; Ctrl-C cancels this one, and no other."""
    task = asyncio.create_task(coroutine)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    return await task


async def chat(url, to_thread):
    room = await connect(url)
    next_line = line_of_executor if to_thread else lines_of_daemon()
    try:
        why, status = await stage(talk(room, next_line))
    except asyncio.CancelledError:
        why, status = INTERRUPTED
    except ConnectionClosedError as error:
        why, status = f"the room is gone: {error}", 1
    try:
        await stage(farewell(room))
    except (asyncio.CancelledError, TimeoutError, ConnectionClosedError):
        pass
    print("ended:", why)
    return status
# ANCHOR_END: stages


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--to-thread", action="store_true", help="hang at the end, until Enter")
    options = parser.parse_args()
    sys.exit(asyncio.run(chat(options.server, options.to_thread)))
