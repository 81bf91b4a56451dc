#!/usr/bin/env python3
"""A second decoder of frames, entries, proofs and streams, written from protocol/1-wire.md alone, run over vectors/wire.

Python 3 standard library only. Exit code 1 and a line for each difference.
"""
import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "wire"
SAFE = 2**53 - 1


class Refused(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if len(self.data) - self.at < size:
            raise Refused("wire/truncated")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self, low=0, high=SAFE):
        first = self.number(1)
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(size - 1), "big")
        if value > SAFE:
            raise Refused("wire/range")
        if size > 1 and value < 1 << (8 * (size // 2) - 2):
            raise Refused("wire/not-canonical")
        if not low <= value <= high:
            raise Refused("wire/range")
        return value

    def u64(self):
        value = self.number(8)
        if value > SAFE:
            raise Refused("wire/range")
        return value

    def opaque(self, limit):
        size = self.varint()
        if size > limit:
            raise Refused("wire/too-long")
        return self.take(size)

    def flag(self):
        value = self.number(1)
        if value > 1:
            raise Refused("wire/range")
        return value == 1

    def end(self):
        if self.at != len(self.data):
            raise Refused("wire/trailing")


# Fields: functions of a reader that give the value as the vectors write it.
def within(low, high):
    return lambda r: r.varint(low, high)


def fixed(size):
    return lambda r: r.take(size).hex()


def opaque(limit):
    return lambda r: r.opaque(limit).hex()


def text(limit):
    def read(r):
        raw = r.opaque(limit)
        try:
            return raw.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Refused("wire/bad-utf8") from None

    return read


def varint(r):
    return r.varint()


def listed(item, limit):
    def read(r):
        count = r.varint()
        if count > limit:
            raise Refused("wire/too-long")
        return [item(r) for _ in range(count)]

    return read


def optional(item):
    return lambda r: item(r) if r.flag() else None


def struct(**fields):
    return lambda r: {name: read(r) for name, read in fields.items()}


def url(r):
    value = text(256)(r)
    if not re.fullmatch(r"[a-z][a-z0-9+.-]{0,31}:[\x21-\x7e]+", value):
        raise Refused("wire/range")
    return value


def region(r):
    value = r.take(2)
    if not re.fullmatch(rb"[A-Z]{2}", value):
        raise Refused("wire/range")
    return value.decode()


def versions(r):
    low, high = r.varint(), r.varint()
    if high < low:
        raise Refused("wire/range")
    return [low, high]


CODES = {
    1: "wire/malformed", 2: "wire/too-large", 3: "wire/unknown-version", 4: "wire/unknown-frame",
    5: "wire/unexpected-frame", 6: "wire/idle",
    32: "station/not-authenticated", 33: "station/bad-signature", 34: "station/bad-token",
    35: "station/unknown-identity", 36: "station/bad-ops", 37: "station/stale-ops", 38: "station/not-home",
    39: "station/no-key-packages", 40: "station/too-many-key-packages", 41: "station/unknown-log",
    42: "station/not-allowed", 43: "station/bad-entry", 44: "station/stale-epoch", 45: "station/lost-race",
    46: "station/out-of-range", 47: "station/unknown-blob", 48: "station/quota", 49: "station/rate-limited",
    50: "station/storage-full", 51: "station/storage-failed", 52: "station/peer-unreachable",
    53: "station/peer-refused", 54: "station/shutting-down", 55: "station/internal", 56: "station/pruned",
    57: "station/region-refused", 58: "station/token-refused",
}


def code(r):
    number = r.number(1)
    if number not in CODES:
        raise Refused("wire/range")
    return CODES[number]


ENTRY = 524288 + 79
IDENTITY, DEVICE, STATION, LOG, BLOB = fixed(20), fixed(32), fixed(32), fixed(32), fixed(32)
NONCE, SIGNATURE, HEAD = fixed(32), fixed(64), opaque(1024)
OPS = listed(opaque(2048), 256)
ENTRIES = listed(opaque(ENTRY), 2048)
STATION_REF = struct(key=STATION, urls=listed(url, 4))
READ = struct(key=fixed(32), signature=SIGNATURE)
WRITE = struct(epoch=varint, signature=SIGNATURE)
AT = optional(STATION_REF)

FRAMES = {
    0x01: ("greet", dict(version=varint)),
    0x02: ("prove", dict(nonce=NONCE)),
    0x03: ("ping", {}),
    0x04: ("routes.get", {}),
    0x05: ("region.policy", {}),
    0x06: ("cells", {}),
    0x07: ("token.issue", dict(request=opaque(1024))),
    0x08: ("token.spend", dict(token=opaque(1024))),
    0x10: ("account.register", dict(ops=OPS, token=opaque(1024))),
    0x11: ("account.auth", dict(identity=IDENTITY, device=DEVICE, signature=SIGNATURE)),
    0x12: ("identity.put", dict(ops=OPS)),
    0x13: ("identity.get", dict(identity=IDENTITY, at=AT)),
    0x14: ("keys.put", dict(suite=within(0, 0xFFFF), packages=listed(opaque(16384), 100))),
    0x15: ("keys.count", dict(suite=within(0, 0xFFFF))),
    0x16: ("keys.take", dict(identity=IDENTITY, suite=within(0, 0xFFFF), at=AT)),
    0x20: ("log.create", dict(genesis=opaque(127))),
    0x21: ("log.open", dict(log=LOG, read=optional(READ), write=optional(WRITE))),
    0x22: ("log.append", dict(log=LOG, entry=opaque(ENTRY))),
    0x23: ("inbox.append", dict(inbox=LOG, at=AT, entry=opaque(ENTRY))),
    0x24: ("log.read", {"log": LOG, "from": varint, "maxBytes": varint}),
    0x25: ("log.follow", {"log": LOG, "from": varint}),
    0x26: ("log.unfollow", dict(log=LOG)),
    0x27: ("log.inclusion", dict(log=LOG, index=varint, size=varint)),
    0x28: ("log.consistency", {"log": LOG, "from": varint, "to": varint}),
    0x29: ("log.checkpoint", dict(log=LOG)),
    0x2D: ("ephemeral.take", dict(on=within(0, 1))),
    0x30: ("room.mirror", dict(log=LOG, hub=STATION_REF, read=READ)),
    0x31: ("room.grant", dict(log=LOG, write=WRITE)),
    0x38: ("peer.auth", dict(self=STATION_REF, region=region, signature=SIGNATURE)),
    0x39: ("peer.mirror", {"log": LOG, "from": varint, "read": READ}),
    0x3A: ("peer.grant", dict(log=LOG, write=WRITE)),
    0x40: ("blob.put", dict(bytes=opaque(65600), lock=optional(fixed(32)))),
    0x41: ("blob.get", dict(hash=BLOB, at=AT)),
    0x45: ("blob.have", dict(hashes=listed(BLOB, 512))),
    0x46: ("blob.room", {}),
    0x48: ("ledger.freshness", dict(at=AT)),
    0x49: ("ledger.head-proof", dict(log=LOG)),
    0x4A: ("ledger.identity-proof", dict(identity=IDENTITY, at=AT)),
    0x17: ("identity.word", dict(identity=IDENTITY, at=AT)),
    0x19: ("account.leave", dict(order=opaque(524367))),
    0x18: ("identity.anchor", dict(ops=OPS, at=AT)),
    0x2A: ("log.manifest", dict(log=LOG, reader=optional(fixed(32)), first=varint, count=within(1, 256))),
    0x2B: ("log.reader", {"log": LOG, "reader": fixed(32), "from": varint, "signature": SIGNATURE}),
    0x2C: ("log.ack", dict(log=LOG, ack=opaque(256))),
    0x4B: ("ledger.policy", dict(at=AT, which=within(0, 1))),
    0x4C: ("ledger.leaf", dict(at=AT, index=varint)),
    0x4D: ("ledger.incidents", dict(at=AT)),
    0x4E: ("ledger.consistency", {"at": AT, "from": varint, "to": varint}),
    0x50: ("witness.latest", dict(origin=text(256))),
    0x51: ("challenge.put", dict(accused=STATION_REF, challenge=opaque(4096), read=optional(READ))),
    0x52: ("challenge.ask", dict(challenge=opaque(4096), read=optional(READ))),
    0x58: ("exit.pass", dict()),
    0x80: ("done", {}),
    0x81: ("error", dict(code=code, detail=optional(varint))),
    0x82: ("proof", dict(signature=SIGNATURE)),
    0x83: ("pong", {}),
    0x86: ("token", dict(issued=opaque(1024), index=optional(varint))),
    0x85: ("region.policy", dict(note=opaque(81920), index=optional(varint))),
    0x84: ("routes", dict(issuedMs=varint, expiresMs=varint, routes=listed(url, 16), signature=SIGNATURE)),
    0x90: ("identity.ops", dict(ops=OPS)),
    0x91: ("keys.count", dict(count=varint)),
    0x92: ("keys.taken", dict(ops=OPS, devices=listed(struct(device=DEVICE, package=opaque(16384)), 32))),
    0xA0: ("log.state", dict(log=LOG, epoch=varint, head=HEAD)),
    0xA1: ("receipt", dict(receipt=HEAD)),
    0xA2: ("log.entries", dict(first=varint, entries=ENTRIES, head=HEAD)),
    0xA3: ("log.hashes", dict(hashes=listed(fixed(32), 64))),
    0xA4: ("log.checkpoint", dict(note=text(16384))),
    0xB0: ("blob.stored", dict(hash=BLOB)),
    0xB1: ("blob", dict(bytes=opaque(65600))),
    0xB7: ("blob.missing", dict(bitmap=opaque(64))),
    0xB6: ("blob.room", dict(fileBytes=varint, leftBytes=varint)),
    0xB8: ("ledger.freshness", dict(leaf=opaque(1200), proof=opaque(16384))),
    0xB9: ("ledger.proof", dict(epoch=varint, proof=opaque(16384))),
    0x93: ("identity.word", dict(ops=OPS, word=opaque(256))),
    0x94: ("account.left", dict(receipt=opaque(256))),
    0xA5: ("log.manifest", dict(manifest=opaque(16384))),
    0xA6: ("log.reader", dict(word=opaque(256))),
    0xBA: ("ledger.policy", dict(text=opaque(65536))),
    0xBB: ("ledger.leaf", dict(leaf=opaque(1200), proof=opaque(16384))),
    0xBC: ("ledger.incidents", dict(incidents=listed(struct(leaf=opaque(1200), proof=opaque(16384)), 32))),
    0xBD: ("witness.checkpoint", dict(note=text(16384))),
    0xB4: ("challenge.answered", dict(answer=opaque(ENTRY + 2112))),
    0xB2: ("exit.pass", dict(**{"pass": fixed(32)})),
    0xB5: ("challenge.unanswered", dict(index=optional(varint))),
    0xC3: ("log.gap", dict(log=LOG, first=varint, count=within(1, 2**53 - 1))),
    0xC0: ("hello", dict(versions=versions, station=STATION, region=region, name=text(128), nonce=NONCE, timeMs=varint)),
    0xC1: ("goodbye", dict(code=code)),
    0xC2: ("log.push", dict(log=LOG, first=varint, entries=ENTRIES, head=HEAD)),
    0xC7: ("ephemeral", dict(log=LOG, sealed=fixed(160))),
}


def frame(data):
    r = Reader(data)
    number = r.number(1)
    kind = "request" if number < 0x80 else "response" if number < 0xC0 else "notice"
    out = {"kind": kind}
    known = FRAMES.get(number)
    if known is None:
        raise Refused("wire/unknown-frame")
    if kind != "notice":
        out["id"] = r.varint(1, 2**31 - 1)
    name, fields = known
    out["body"] = {"type": name, **{field: read(r) for field, read in fields.items()}}
    r.end()
    return out


def entry(data):
    r = Reader(data)
    if r.number(1) != 1:
        raise Refused("wire/range")
    kind = r.number(1)
    if kind == 0:
        log = r.number(1)
        if log > 2:
            raise Refused("wire/range")
        out = {"kind": "genesis", "log": ["room", "inbox", "branch"][log], "nonce": r.take(20).hex()}
        out.update(writeKey=r.take(32).hex(), readKey=r.take(32).hex())
        if log == 2:
            out["of"] = {"room": r.take(32).hex(), "epoch": r.u64()}
    elif kind == 1:
        out = {"kind": "message", "epoch": r.u64()}
        sealed = r.opaque(32768)
        if len(sealed) not in (512, 2048, 8192, 32768):
            raise Refused("wire/range")
        out["frame"] = sealed.hex()
    elif kind == 2:
        out = {"kind": "commit", "epoch": r.u64(), "nextWriteKey": r.take(32).hex(), "nextReadKey": r.take(32).hex()}
        out.update(revokesReaders=r.flag(), frame=r.opaque(524288).hex())
    elif kind == 3:
        out = {"kind": "knock", "frame": r.opaque(131072).hex()}
    else:
        raise Refused("wire/range")
    r.end()
    return out


FIELD_SIZES = {
    "chapar prove v1": [32, 32],
    "chapar account v1": [32, 32, 20, 32],
    "chapar peer v1": [32, 32, 32],
    "chapar read v1": [32, 32, 32],
    "chapar write v1": [32, 32, 32, None],
    "chapar mirror v1": [32, 32],
    "chapar grant v1": [32, 32, None],
    "chapar reader-key v1": [32, 32, 32, None],
    "chapar routes v1": [32, None, None, listed(url, 16)],
}


def proof(data):
    r = Reader(data)
    label = text(64)(r)
    fields = [r.u64() if size is None else size(r) if callable(size) else r.take(size).hex() for size in FIELD_SIZES[label]]
    r.end()
    return {"label": label, "fields": fields}


def stream(data):
    frames, at = [], 0
    while len(data) - at >= 4:
        size = int.from_bytes(data[at : at + 4], "big")
        if size > 1024 * 1024:
            raise Refused("wire/too-large")
        if len(data) - at - 4 < size:
            break
        frames.append(data[at + 4 : at + 4 + size].hex())
        at += 4 + size
    return {"frames": frames, "rest": len(data) - at}


def main():
    faults = 0
    total = 0
    for name, decode in (("frames", frame), ("entries", entry), ("proofs", proof), ("stream", stream)):
        seen = set()
        for case in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["cases"]:
            total += 1
            try:
                got = {"out": decode(bytes.fromhex(case["in"]))}
            except Refused as refused:
                got = {"error": str(refused)}
            want = {key: case[key] for key in ("out", "error") if key in case}
            if got != want or case["id"] in seen:
                faults += 1
                print(f"{name}: {case['id']}: {got if case['id'] not in seen else 'stands twice'}, not {want}")
            seen.add(case["id"])
    types = {case["in"][:2] for case in json.loads((FOLDER / "frames.json").read_text("utf-8"))["cases"] if "out" in case}
    for number in FRAMES:
        if f"{number:02x}" not in types:
            faults += 1
            print(f"frames: no case of type {number:#04x}")
    print(f"check_wire: {total} cases, {faults} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
