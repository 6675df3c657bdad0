"""Event loops behind a few common names: sockets, files, locks and sleeping of asyncio and of trio."""

from __future__ import annotations

import os

from .resources import AsyncSlots, pieces, read_whole, write_and_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Union

    Loop = Union["Asyncio", "Trio"]


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise OSError("the response names no length")


def status_of(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


class Asyncio:
    """The standard library has no async HTTP client and no async files: streams, and a thread."""

    def __init__(self) -> None:
        import asyncio

        self.asyncio, self.sleep = asyncio, asyncio.sleep

    def connect(self, host: str, port: int) -> Awaitable[Any]:
        return self.asyncio.open_connection(host, port)

    async def ask(self, connection: Any, request: bytes) -> tuple[int, int]:
        """Returns the status and the length of the body."""
        reader, writer = connection
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(content_length(head))
        return status_of(head), len(body)

    async def close(self, connection: Any) -> None:
        connection[1].close()

    def write_and_read(self, *arguments: Any) -> Awaitable[None]:
        return self.asyncio.to_thread(write_and_read, *arguments)

    def read_whole(self, *arguments: Any) -> Awaitable[None]:
        return self.asyncio.to_thread(read_whole, *arguments)

    def start_program(self, argv: list[str], pipes: dict[str, Any]) -> Awaitable[Any]:
        return self.asyncio.create_subprocess_exec(*argv, **pipes)

    def read_stderr(self, process: Any) -> Awaitable[bytes]:
        piece: Awaitable[bytes] = process.stderr.read(4096)
        return piece

    def lock(self, kind: str, permits: int) -> Any:
        if kind == "mutex":
            return self.asyncio.Lock()
        if kind == "semaphore":
            return self.asyncio.Semaphore(permits)
        return AsyncSlots(self.asyncio.Condition(), permits)


class Trio:
    """trio has streams and files of its own."""

    def __init__(self) -> None:
        import trio

        self.trio, self.sleep = trio, trio.sleep

    def connect(self, host: str, port: int) -> Awaitable[Any]:
        stream: Awaitable[Any] = self.trio.open_tcp_stream(host, port)
        return stream

    async def ask(self, connection: Any, request: bytes) -> tuple[int, int]:
        """Returns the status and the length of the body."""
        await connection.send_all(request)
        got = b""
        while b"\r\n\r\n" not in got:
            piece = await connection.receive_some()
            if not piece:
                raise OSError("the server closed the connection")
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        received, wanted = len(body), content_length(head)
        while received < wanted:
            piece = await connection.receive_some()
            if not piece:
                raise OSError("the body broke off")
            received += len(piece)
        return status_of(head), received

    async def close(self, connection: Any) -> None:
        await connection.aclose()

    async def write_and_read(self, path: str, size: int, sync: bool, block: bytes) -> None:
        async with await self.trio.open_file(path, "w+b") as file:
            for piece in pieces(size, block):
                await file.write(piece)
            await file.flush()
            if sync:
                await self.trio.to_thread.run_sync(os.fsync, file.fileno())
            await file.seek(0)
            await self.compare(file, path, size, block)

    async def read_whole(self, path: str, size: int, block: bytes) -> None:
        async with await self.trio.open_file(path, "rb") as file:
            await self.compare(file, path, size, block)

    async def compare(self, file: Any, path: str, size: int, block: bytes) -> None:
        for piece in pieces(size, block):
            if await file.read(len(piece)) != piece:
                raise OSError(f"{path} was not read back as it was written")

    def start_program(self, argv: list[str], pipes: dict[str, Any]) -> Awaitable[Any]:
        started: Awaitable[Any] = self.trio.lowlevel.open_process(argv, **pipes)
        return started

    def read_stderr(self, process: Any) -> Awaitable[bytes]:
        piece: Awaitable[bytes] = process.stderr.receive_some(4096)
        return piece

    def lock(self, kind: str, permits: int) -> Any:
        if kind == "mutex":
            return self.trio.Lock()
        if kind == "semaphore":
            return self.trio.Semaphore(permits)
        return AsyncSlots(self.trio.Condition(), permits)
