#!/usr/bin/env python3
"""Drives $ELBO with the newest PyPI client `mcp`: newest_client.py LOG legacy|auto|REVISION."""
import os
import sys

import anyio
from mcp import Client, StdioServerParameters

import session
from session import expect


async def talk(client):
    tools = (await client.list_tools()).tools
    expect("data_load" in [tool.name for tool in tools], tools)
    for name, arguments in session.BEGIN:
        result = await client.call_tool(name, arguments)
        expect(not result.is_error, result)
        expect(isinstance(result.structured_content, dict), result)
    progress = []

    async def note(value, total, message):
        progress.append((value, message))

    await client.call_tool("trainer_step", session.STEP, progress_callback=note)
    session.expect_progress([value for value, _ in progress])
    expect(progress[0][1].startswith("run: update "), progress)
    result = await client.call_tool("evaluate_elbo", {"model": "vae", "data": "strokes"})
    session.expect_elbo(result.content[0].text)
    expect(result.structured_content["count"] == 24, result)
    result = await client.call_tool("plot_samples", {"model": "vae"})
    session.expect_picture([
        (item.type, getattr(item, "data", None), getattr(item, "mime_type", None))
        for item in result.content])
    result = await client.call_tool(*session.WRONG)
    session.expect_wrong(result.is_error, result.content[0].text)
    # The client tells the server when it abandons a call.
    with anyio.move_on_after(0.3):
        await client.call_tool("trainer_step", session.ENDLESS)
    result = await client.call_tool("trainer_info", {"trainer": "run"})
    expect(result.structured_content["state"] == "idle", result)


async def main(log, mode):
    server = StdioServerParameters(
        command=os.environ["ELBO"], args=["serve", "--record", log])
    with anyio.fail_after(60):
        async with Client(server, mode=mode) as client:
            await talk(client)


anyio.run(main, *sys.argv[1:3])
