"""A guest that owes nothing to Thaw: says each line of stdin, prints each message, and how the room closed."""

import argparse
import asyncio
import sys
import threading

from websockets.asyncio.client import connect


async def main(url):
    loop, lines = asyncio.get_running_loop(), asyncio.Queue()

    def read_all():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))

    threading.Thread(target=read_all, daemon=True).start()
    # The room pings; this guest does not.
    async with connect(url, ping_interval=None) as room:
        saying = asyncio.create_task(say_all(room, lines))
        async for message in room:
            print(message[:60])
        saying.cancel()
    print(f"closed {room.close_code}: {room.close_reason}")


async def say_all(room, lines):
    while True:
        match await lines.get():
            case "binary":
                await room.send(b"\x00\x01")
            case "long":
                await room.send("x" * 100_000)
            case "fragments":
                await room.send(["in ", "three ", "parts"])
            case line:
                await room.send(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    try:
        asyncio.run(main(parser.parse_args().server))
    except Exception as error:
        print(f"broken: {error}")
