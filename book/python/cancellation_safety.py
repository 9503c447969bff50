"""What a cancelled read takes with it in asyncio: nothing, unless a coroutine held it.

Run it: python3 book/python/cancellation_safety.py
"""

import asyncio


# ANCHOR: one
async def one_await(reader):
    return await reader.readexactly(7)  # Until all seven are there, they stay in the reader.


# ANCHOR_END: one


# ANCHOR: two
async def two_awaits(reader):
    first = await reader.readexactly(3)  # From here on, these three belong to the coroutine.
    return first + await reader.readexactly(4)


# ANCHOR_END: two


async def cancelled_once(read):
    """Cancels `read` when half a word is there, and reads again when the rest is."""
    read_on = asyncio.Event()

    async def send(_, writer):
        writer.write(b"!set")
        await read_on.wait()
        writer.write(b"tledpending")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(send, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readexactly(1)  # What was sent with the mark is there, too.
        try:
            await asyncio.wait_for(read(reader), 0.05)
        except TimeoutError:
            read_on.set()
        word = await read(reader)
        writer.close()
        return word.decode()


async def main():
    print("sent:       settled pending")
    print("one await: ", await cancelled_once(one_await))
    print("two awaits:", await cancelled_once(two_awaits))


asyncio.run(main())
