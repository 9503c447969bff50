"""A server that owes nothing to Thaw: pings, echoes, and does what a line asks for. Prints its address first."""

import asyncio

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def host(guest):
    pinging = asyncio.create_task(ping(guest))
    try:
        await guest.send("welcome from Python")
        async for line in guest:
            await answer(guest, line)
    except ConnectionClosed:
        pass
    pinging.cancel()
    print(f"left: {guest.close_code}")


async def ping(guest):
    while True:
        # Waits for the pong: a guest that is frozen gets no word here.
        await (await guest.ping())
        print("pong")
        await asyncio.sleep(0.1)


async def answer(guest, line):
    match line:
        case "please close":
            await guest.close(1001, "the kettle is empty")
        case "please vanish":
            guest.transport.abort()
        case "in parts please":
            await guest.send(["in ", "three ", "parts"])
        case "binary please":
            await guest.send(b"\x00\x01")
            await guest.send("that was binary")
        case "much please":
            for number in range(1000):
                await guest.send(f"message {number} of 1000")
        case _ if line.startswith("note "):
            # No echo: to a guest that has closed by then, `websockets` would wait 10 s for each.
            print(f"noted: {line}")
        case _:
            await guest.send(f"echo: {line}")


async def main():
    async with serve(host, "127.0.0.1", 0, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"ws://127.0.0.1:{port}")
        await server.serve_forever()


asyncio.run(main())
