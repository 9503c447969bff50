"""A service that stutters, and what asyncio tells about it: faulthandler meanwhile, debug mode afterwards.

Run it: python3 book/python/your_program.py
"""

import asyncio
import faulthandler
import socket
import threading
import time


def backend():
    """Lets each who asks wait for a second; returns where it listens."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            guest, _ = listener.accept()
            time.sleep(1)
            guest.sendall(b"1.08")
            guest.close()

    threading.Thread(target=serve, name="backend", daemon=True).start()
    return listener.getsockname()


def fetch_rate(at):
    """The fault: this waits on the thread of the loop."""
    with socket.create_connection(at) as connection:
        return connection.recv(100)


# ANCHOR: watchdog
async def watchdog(limit):
    while True:
        faulthandler.dump_traceback_later(limit)  # Each beat puts off the dump.
        await asyncio.sleep(limit / 5)


# ANCHOR_END: watchdog


async def main():
    watching = asyncio.create_task(watchdog(0.3))
    at = backend()

    async def guest(reader, writer):
        async for line in reader:
            writer.write(fetch_rate(at) + b"\n" if line == b"rate\n" else line)
        writer.close()

    # ANCHOR: debug
    asyncio.get_running_loop().slow_callback_duration = 0.1
    # ANCHOR_END: debug
    server = await asyncio.start_server(guest, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"rate\n")
    print("guest: rate:", (await reader.readline()).decode().strip())
    writer.write_eof()
    await reader.read()  # The guest has gone.
    watching.cancel()
    faulthandler.cancel_dump_traceback_later()
    writer.close()
    server.close()


asyncio.run(main(), debug=True)
