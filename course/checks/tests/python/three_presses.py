"""A prompt in the default executor, as the documentation of asyncio has it: how many presses of Ctrl-C end it?"""

import asyncio


async def main():
    print("ready")
    await asyncio.get_running_loop().run_in_executor(None, input)


asyncio.run(main())
