"""The additional checksums of S3, base64 as on the wire. Plain Python: for small bodies."""

import base64
import hashlib
import zlib


def _table(polynomial):
    table = []
    for index in range(256):
        for _ in range(8):
            index = (index >> 1) ^ (polynomial if index & 1 else 0)
        table.append(index)
    return table


_CRC32C = _table(0x82F63B78)
_CRC64NVME = _table(0x9A6C9329AC4BC9B5)


def _crc(data, table, ones):
    value = ones
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ ones


ALGORITHMS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: _crc(data, _CRC32C, 0xFFFFFFFF).to_bytes(4, "big"),
    "crc64nvme": lambda data: _crc(data, _CRC64NVME, 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big"),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


def checksum(algorithm, data):
    return base64.b64encode(ALGORITHMS[algorithm](data)).decode()


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()
