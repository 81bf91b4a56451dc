#!/usr/bin/env python3
"""A second implementation of MIMI content, letters and sealed files, written from protocol/5-content.md, over vectors/content.

Python 3 standard library only. Exit code 1 and a line for each difference.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import aes_gcm  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "content"
faults = []


class Refused(Exception):
    pass


def need(holds, code):
    if not holds:
        raise Refused(code)


BAD, SHAPE, FORM, DEEP = "content/bad-cbor", "content/bad-shape", "content/not-deterministic", "content/too-deep"


class Cbor:
    """Reads and writes at once: `out` is what a writer would have written for what was read."""

    def __init__(self, data):
        self.data, self.at, self.out = data, 0, b""

    def take(self, size):
        need(len(self.data) - self.at >= size, BAD)
        self.at += size
        return self.data[self.at - size : self.at]

    def head(self):
        first = self.take(1)[0]
        major, minor = first >> 5, first & 31
        if minor < 24:
            self.out += bytes([first])
            return major, minor
        if major == 7:
            return self.simple(minor)
        need(minor < 28 or minor == 31 and 2 <= major <= 5, BAD)
        need(minor < 28, FORM)
        size = 1 << (minor - 24)
        value = int.from_bytes(self.take(size), "big")
        need(value >= (24 if size == 1 else 1 << 4 * size), FORM)
        self.out += bytes([first]) + value.to_bytes(size, "big")
        return major, value

    def simple(self, minor):
        need(minor < 28, BAD)
        raw = self.take(1 << (minor - 24))
        if minor == 24:
            need(raw[0] >= 32, BAD)
        else:
            value = struct.unpack({25: ">e", 26: ">f", 27: ">d"}[minor], raw)[0]
            need(self.shortest(value) == raw, FORM)
        self.out += bytes([0xE0 | minor]) + raw
        return 7, -1

    @staticmethod
    def shortest(value):
        if value != value:
            return b"\x7e\x00"
        for form in (">e", ">f"):
            try:
                raw = struct.pack(form, value)
            except OverflowError:
                continue
            if struct.unpack(form, raw)[0] == value:
                return raw
        return struct.pack(">d", value)

    def expect(self, wanted):
        major, value = self.head()
        need(major == wanted, SHAPE)
        return value

    def string(self, size):
        raw = self.take(size)
        self.out += raw
        return raw

    def utf8(self, size):
        try:
            return self.string(size).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(BAD) from None

    def bytes(self, size=None):
        raw = self.string(self.expect(2))
        need(size is None or len(raw) == size, SHAPE)
        return raw

    def text(self):
        return self.utf8(self.expect(3))

    def uint(self, most):
        value = self.expect(0)
        need(value <= most, SHAPE)
        return value

    def null(self):
        if self.data[self.at : self.at + 1] != b"\xf6":
            return False
        self.head()
        return True

    def any(self, levels):
        major, value = self.head()
        if major == 2:
            self.string(value)
        elif major == 3:
            self.utf8(value)
        elif major in (4, 5, 6):
            need(levels >= 1, DEEP)
            if major == 6 and value in (2, 3):
                number = self.bytes()
                need(len(number) > 8 and number[0], FORM)
            elif major == 5:
                self.pairs(value, lambda: self.any(levels - 1), (0, 1, 2, 3))
            else:
                for _ in range(value if major == 4 else 1):
                    self.any(levels - 1)

    def pairs(self, count, value, majors):
        last = None
        for _ in range(count):
            start = self.at
            major, argument = self.head()
            need(major in majors and (major > 1 or argument < 2**53 - major), SHAPE)
            if major > 1:
                (self.string if major == 2 else self.utf8)(argument)
            key = self.data[start : self.at]
            need(last is None or key > last, FORM)
            last = key
            value()


def message_id(r):
    need(r.bytes(32)[0] == 1, "content/unknown-hash")


def extensions(r):
    def value():
        key = r.data[start[0] : r.at]
        start[0] = None
        if key in (b"\x01", b"\x02"):
            r.text()
        else:
            need(key != b"\x60" and (key[0] >> 5 != 3 or len(key) - (1 if key[0] < 0x78 else 2) <= 255), SHAPE)
            r.any(3)
        start[0] = r.at

    count = r.expect(5)
    start = [r.at]
    r.pairs(count, value, (0, 1, 3))


def part(r, levels):
    need(levels >= 1, DEEP)
    count = r.expect(4)
    r.uint(255)
    r.text()
    kind = r.uint(3)
    need(count == (3, 5, 15, 5)[kind], SHAPE)
    if kind == 1:
        r.text(), r.bytes()
    if kind == 2:
        r.text(), r.text(), r.uint(2**32 - 1), r.uint(2**64 - 1), r.uint(2**16 - 1)
        r.bytes(), r.bytes(), r.bytes(), r.uint(255), r.bytes(), r.text(), r.text()
    if kind == 3:
        need(r.uint(2**64 - 1) < 3, "content/unknown-semantics")
        count = r.expect(4)
        need(count >= 2, SHAPE)
        for _ in range(count):
            part(r, levels - 1)


def run_mimi(case):
    data = bytes.fromhex(case["in"])
    r = Cbor(data)
    try:
        need(r.expect(4) == 7, SHAPE)
        salt = r.bytes(16)
        r.null() or message_id(r)
        need(len(r.bytes()) <= 4096, "content/too-large")
        if not r.null():
            need(r.expect(4) == 2, SHAPE)
            need(r.head() in ((7, 20), (7, 21)), SHAPE)
            r.uint(2**32 - 1)
        r.null() or message_id(r)
        extensions(r)
        part(r, 4)
        need(r.at == len(data), BAD)
    except Refused as refusal:
        return {"error": str(refusal)}
    if r.out != data:
        return {"error": "written back differently"}
    sender, room = case["senderUri"].encode(), case["roomUri"].encode()
    hashed = struct.pack(">H", len(sender)) + sender + struct.pack(">H", len(room)) + room + data + salt
    name = b"\x01" + hashlib.sha256(hashed).digest()[:31]
    return {"senderUri": case["senderUri"], "roomUri": case["roomUri"], "messageId": name.hex()}


def varint(data):
    size = 1 << (data[0] >> 6)
    return int.from_bytes(bytes([data[0] & 63]) + data[1:size], "big"), size


def run_letter(case):
    data = bytes.fromhex(case["in"])
    if data[0] != 1:
        return {"error": "content/unknown-version"}
    seq, frontier = int.from_bytes(data[21:29], "big"), int.from_bytes(data[61:69], "big")
    size, width = varint(data[101:])
    if len(data) != 101 + width + size or max(seq, frontier) >= 2**53:
        return {"error": "content/bad-letter"}
    out = {
        "conversation": data[1:21].hex(),
        "seq": seq,
        "prev": data[29:61].hex(),
        "frontierSize": frontier,
        "frontierRoot": data[69:101].hex(),
        "content": data[101 + width :].hex(),
    }
    return {"hash": hashlib.sha256(data).hexdigest(), "out": out}


def sealer(case):
    key, nonce = bytes.fromhex(case["key"]), bytes.fromhex(case["nonce"])
    extracted = hmac.new(nonce, key, "sha256").digest()

    def seal(use, index, last, piece):
        chunk_key = hmac.new(extracted, use + b"\x01", "sha256").digest()
        place = bytes(7) + index.to_bytes(4, "big") + bytes([last])
        padded = len(piece).to_bytes(3, "big") + piece + bytes(65533 - len(piece))
        return hashlib.sha256(aes_gcm.seal(chunk_key, place, b"chapar chunk v1", padded)).digest()

    return seal


def listed(size, hashes):
    return b"\x01" + size.to_bytes(8, "big") + b"".join(hashes)


def run_file(case):
    seal = sealer(case)
    plain = bytes((at * 31 + (at >> 8)) & 255 for at in range(case["sizeBytes"]))
    pieces = [plain[at : at + 65533] for at in range(0, len(plain), 65533)] or [b""]
    hashes = [seal(b"chapar attachment v1", at, at == len(pieces) - 1, piece) for at, piece in enumerate(pieces)]
    if len(pieces) > 1:
        hashes.append(seal(b"chapar manifest v1", 0, True, listed(len(plain), hashes)))
    same = {name: case[name] for name in ("sizeBytes", "key", "nonce")}
    return {**same, "chunks": [h.hex() for h in hashes], "hash": hashes[-1].hex()}


def run_tree(case):
    seal, size = sealer(case), case["sizeBytes"]
    chunks = [hashlib.sha256(at.to_bytes(4, "big")).digest() for at in range(-(-size // 65533))]
    groups = [chunks[at : at + 2047] for at in range(0, len(chunks), 2047)]
    lists = [seal(b"chapar manifest v1", at, True, listed(size, g)) for at, g in enumerate(groups)]
    lists.append(seal(b"chapar tree v1", 0, True, listed(size, lists)))
    same = {name: case[name] for name in ("sizeBytes", "key", "nonce")}
    return {**same, "lists": [h.hex() for h in lists], "hash": lists[-1].hex()}


def cases(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]


total = 0
for name, run in (("mimi.json", run_mimi), ("letters.json", run_letter), ("attachments.json", run_file), ("manifests.json", run_tree)):
    for case in cases(name):
        total += 1
        wanted = {key: value for key, value in case.items() if key not in ("id", "in")}
        got = run(case)
        if got != wanted:
            faults.append(f"{name} {case['id']}: {got} instead of {wanted}")
for fault in faults:
    print(fault)
if not faults:
    print(f"content vectors: {total} cases agree")
sys.exit(1 if faults else 0)
