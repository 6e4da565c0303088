"""A store that costs little: `python upstream.py PORT` answers any GET with as many bytes as the number in its path, and
takes any PUT. One process, so that what it spends is not workerd's."""

import asyncio
import re
import sys

BLOCK = bytes(65536)


class Store(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.head, self.left = transport, b"", 0
        self.ready = asyncio.Event()
        self.ready.set()

    def pause_writing(self):
        self.ready.clear()

    def resume_writing(self):
        self.ready.set()

    def data_received(self, data):
        if self.left:
            self.left -= len(data)
            if self.left <= 0:
                self.answer(0)
            return
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        head, rest, self.head = self.head[:end], len(self.head) - end - 4, b""
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if head.startswith(b"PUT "):
            self.left = int(length[1]) - rest if length else 0
            if self.left <= 0:
                self.answer(0)
        else:
            size = re.search(rb"/(\d+)", head.split(b" ", 2)[1])
            self.answer(int(size[1]) if size else 0)

    def answer(self, size):
        head = b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\netag: "0123456789abcdef0123456789abcdef"\r\nlast-modified: Sat, 01 Jan 2000 00:00:00 GMT\r\ncontent-type: application/octet-stream\r\naccept-ranges: bytes\r\nx-amz-request-id: 0123456789ABCDEF\r\n\r\n'
        self.transport.write(head % size + BLOCK[: min(size, len(BLOCK))])
        if size > len(BLOCK):
            asyncio.ensure_future(self.rest(size - len(BLOCK)))

    async def rest(self, size):
        while size > 0 and not self.transport.is_closing():
            await self.ready.wait()
            self.transport.write(BLOCK[: min(size, len(BLOCK))])
            size -= len(BLOCK)


async def main(port):
    server = await asyncio.get_running_loop().create_server(Store, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
