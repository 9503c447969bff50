"""The frozen client in asyncio, with a watchdog: a thread that reports a freeze while it lasts.

Run it: `cargo course room`, and then `python 02_more_threads.py --server ws://127.0.0.1:7070`.
It needs the package `websockets`.
"""

import argparse
import asyncio
import queue
import threading
import time

from websockets.asyncio.client import connect

LIMIT = 0.5


# ANCHOR: talk
async def talk(room, answers):
    prompt = 1
    while True:
        print(f"prompt {prompt}: type a line")
        await room.send(input())  # blocks the one thread of the loop, at prompt 1 already
        await answers.get()
        prompt += 1
# ANCHOR_END: talk


async def listen(room, answers):
    asked = False
    async for text in room:
        print("<<", text)
        if asked:
            answers.put_nowait(text)
        asked = text.startswith("you: ")


async def beat(beats):
    while True:
        beats.put(True)
        await asyncio.sleep(LIMIT / 5)


# ANCHOR: watch
def watch(beats):
    last, beat = time.monotonic(), True
    while beat:
        try:
            beat = beats.get(timeout=LIMIT)
        except queue.Empty:
            print(f"watchdog: the event loop has not run for {time.monotonic() - last:.1f} s")
            beat = beats.get()
            print(f"watchdog: it runs again, after {time.monotonic() - last:.1f} s")
        last = time.monotonic()
# ANCHOR_END: watch


async def chat(url):
    beats = queue.SimpleQueue()
    watchdog = threading.Thread(target=watch, args=[beats], name="watchdog")
    watchdog.start()
    beating = asyncio.create_task(beat(beats))
    try:
        async with connect(url) as room:
            answers = asyncio.Queue()
            listening = asyncio.create_task(listen(room, answers))
            try:
                await talk(room, answers)
            except EOFError:
                await room.close()
            await listening
    finally:
        beating.cancel()
        beats.put(False)
        watchdog.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, metavar="URL")
    asyncio.run(chat(parser.parse_args().server))
