#!/usr/bin/env python3
"""Drives $ELBO with the PyPI client `mcp` in its first version (1.0), which speaks 2024-11-05 alone."""
import os
import sys

import anyio
import mcp.types as types
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

import session
from session import expect


async def call(client, name, arguments, token=None):
    """`call_tool` of that version has no token."""
    meta = types.RequestParams.Meta(progressToken=token) if token is not None else None
    params = types.CallToolRequestParams(name=name, arguments=arguments, _meta=meta)
    return await client.send_request(
        types.ClientRequest(types.CallToolRequest(method="tools/call", params=params)),
        types.CallToolResult)


async def cancel(client):
    """That version has no call for it, but its requests are numbered."""
    number = client._request_id
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "trainer_step", session.ENDLESS)
        await anyio.sleep(0.3)
        await client._write_stream.send(types.JSONRPCMessage(types.JSONRPCNotification(
            jsonrpc="2.0", method="notifications/cancelled",
            params={"requestId": number, "reason": "a test"})))
        result = await client.call_tool("trainer_info", {"trainer": "run"})
        expect('"state":"idle"' in result.content[0].text, result)
        tasks.cancel_scope.cancel()


async def talk(client):
    progress = []

    async def listen():
        async for message in client.incoming_messages:
            if isinstance(message, Exception):
                raise message
            progress.append(message.root.params)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        result = await client.initialize()
        expect(result.protocolVersion == "2024-11-05", result)
        await client.send_ping()
        tools = (await client.list_tools()).tools
        expect("data_load" in [tool.name for tool in tools], tools)
        for name, arguments in session.BEGIN:
            result = await client.call_tool(name, arguments)
            expect(not result.isError, result)
        await call(client, "trainer_step", session.STEP, token=5)
        session.expect_progress([note.progress for note in progress])
        expect(all(note.progressToken == 5 for note in progress), progress)
        result = await client.call_tool("evaluate_elbo", {"model": "vae", "data": "strokes"})
        session.expect_elbo(result.content[0].text)
        result = await client.call_tool("plot_samples", {"model": "vae"})
        session.expect_picture([
            (item.type, getattr(item, "data", None), getattr(item, "mimeType", None))
            for item in result.content])
        result = await client.call_tool(*session.WRONG)
        session.expect_wrong(result.isError, result.content[0].text)
        await cancel(client)
        tasks.cancel_scope.cancel()


async def main(log):
    server = StdioServerParameters(
        command=os.environ["ELBO"], args=["serve", "--record", log])
    with anyio.fail_after(60):
        async with stdio_client(server) as (read, write), ClientSession(read, write) as client:
            await talk(client)


anyio.run(main, sys.argv[1])
