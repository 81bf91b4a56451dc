#!/usr/bin/env python3
"""A second implementation of the station log, written from protocol/7-station-log.md and C2SP, over vectors/ledger.

Leaves, names, map roots and proofs, the fold of whole logs, and freshness proofs under a policy file. Python 3 standard library
only. Exit code 1 and a line for each difference.
"""
import base64
import hashlib
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ed25519  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "ledger"
SAFE = 2**53 - 1
EMPTY = bytes(32)


class Refused(Exception):
    pass


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def base32(data):
    return base64.b32encode(data).decode().lower().rstrip("=")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if len(self.data) - self.at < size:
            raise Refused("wire/truncated")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def u64(self):
        value = self.number(8)
        if value > SAFE:
            raise Refused("wire/range")
        return value

    def varint(self):
        first = self.number(1)
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(size - 1), "big")
        if value > SAFE:
            raise Refused("wire/range")
        if size > 1 and value < 1 << (8 * (size // 2) - 2):
            raise Refused("wire/not-canonical")
        return value

    def opaque(self, limit):
        size = self.varint()
        if size > limit:
            raise Refused("wire/too-long")
        return self.take(size)

    def text(self):
        return self.opaque(512).decode("utf-8", "strict")

    def end(self):
        if self.at != len(self.data):
            raise Refused("wire/trailing")


# --- leaves (S-2) ---

INCIDENTS = ["restored", "clock", "other"]


def incident(r):
    number = r.number(1)
    if number >= len(INCIDENTS):
        raise Refused("wire/range")
    return INCIDENTS[number]


def flag(r):
    value = r.number(1)
    if value > 1:
        raise Refused("wire/range")
    return value == 1


H = lambda r: r.take(32).hex()  # noqa: E731
KINDS = [
    ("identity-op", dict(identity=H, seq=lambda r: r.number(4), commitment=H)),
    ("epoch", dict(number=Reader.u64, timeMs=Reader.u64, headCount=Reader.u64, headsRoot=H, identityCount=Reader.u64,
                   identitiesRoot=H, residencyRoot=H, egressRoot=H, isWhole=flag)),
    ("tombstone", dict(log=H, index=Reader.u64, leafHash=H, timeMs=Reader.u64, reason=Reader.text, reference=Reader.text)),
    ("unanswered", dict(station=H, challenge=H, timeMs=Reader.u64)),
    ("evidence", dict(hash=H)),
    ("policy", dict(hash=H)),
    ("release", dict(hash=H)),
    ("token-key", dict(id=H)),
    ("incident", dict(what=incident, fromMs=Reader.u64, toMs=Reader.u64, note=Reader.text)),
]


def leaf(data):
    if len(data) > 1200:
        raise Refused("wire/too-long")
    r = Reader(data)
    version, number = r.number(1), r.number(1)
    if version != 1 or number >= len(KINDS):
        return {"kind": "unknown", "number": 256 * version + number}
    kind, fields = KINDS[number]
    out = {"kind": kind, **{name: read(r) for name, read in fields.items()}}
    r.end()
    return out


# --- names (S-1, S-3) ---


def names(case):
    station, genesis, log = (bytes.fromhex(case[name]) for name in ("station", "genesis", "log"))
    salt = sha256(b"chapar ledger salt v1", genesis)
    op_hash = sha256(b"chapar op v1", genesis)
    return {
        "origin": base32(station) + "/ledger",
        "salt": salt.hex(),
        "identity": sha256(b"chapar ledger identity v1", salt).hex(),
        "commitment": sha256(b"chapar ledger op v1", salt, bytes(4), op_hash).hex(),
        "log": sha256(b"chapar ledger log v1", log).hex(),
    }


# --- maps (S-13, S-14) ---


def bit(key, place):
    return key[place // 8] >> (7 - place % 8) & 1


def subtree(entries, depth=0):
    if not entries:
        return EMPTY
    if len(entries) == 1:
        return sha256(b"\x02", *entries[0])
    sides = [[one for one in entries if bit(one[0], depth) == side] for side in (0, 1)]
    return sha256(b"\x03", *(subtree(side, depth + 1) for side in sides))


def map_root(entries):
    return subtree([tuple(bytes.fromhex(part) for part in one) for one in entries]).hex()


def map_proof(case):
    key, root = bytes.fromhex(case["key"]), bytes.fromhex(case["root"])
    r = Reader(bytes.fromhex(case["proof"]))
    kind = r.number(1)
    if kind > 2:
        raise Refused("kind")
    other = r.take(32) if kind == 2 else key
    value = None if kind == 0 else r.opaque(1024)
    depth = r.varint()
    if depth > 256:
        raise Refused("depth")
    bits = r.take((depth + 7) // 8)
    named = [bits[i // 8] >> (7 - i % 8) & 1 for i in range(8 * len(bits))]
    if any(named[depth:]) or (depth and not named[depth - 1]):
        raise Refused("form")
    siblings = [r.take(32) if one else EMPTY for one in named[:depth]]
    r.end()
    if any(one and hash_ == EMPTY for one, hash_ in zip(named, siblings)) or (kind == 2 and other == key):
        raise Refused("form")
    if any(bit(other, i) != bit(key, i) for i in range(depth)):
        raise Refused("path")
    node = EMPTY if value is None else sha256(b"\x02", other, value)
    for i in reversed(range(depth)):
        node = sha256(b"\x03", siblings[i], node) if bit(key, i) else sha256(b"\x03", node, siblings[i])
    if node != root:
        raise Refused("root")
    return value.hex() if kind == 1 else None


# --- whole logs (S-4, S-10, S-16) ---


def log(leaves):
    held, last = {}, None
    for data in leaves:
        try:
            one = leaf(bytes.fromhex(data))
        except (Refused, UnicodeDecodeError):
            raise Refused("bad-leaf") from None
        if one["kind"] == "identity-op":
            count = held.get(one["identity"], (0,))[0]
            if one["seq"] != count:
                raise Refused("bad-sequence")
            held[one["identity"]] = (count + 1, one["commitment"])
        if one["kind"] == "epoch":
            if one["number"] != (last["number"] + 1 if last else 0) or one["timeMs"] < (last["timeMs"] if last else 0):
                raise Refused("bad-epoch")
            if one["identityCount"] != len(held) or one["identitiesRoot"] != fold(held):
                raise Refused("bad-fold")
            if one["headCount"] < (last["headCount"] if last else 0):
                raise Refused("lost-head")
            last = one
    return {"count": len(held), "root": fold(held)}


def fold(held):
    return map_root([(key, count.to_bytes(4, "big").hex() + commitment) for key, (count, commitment) in held.items()])


# --- freshness (S-15) under a policy (tlog-policy) ---


def vkey(text):
    name, key_id, encoded = text.split("+", 2)
    data = base64.b64decode(encoded)
    if sha256(name.encode(), b"\n", data)[:4].hex() != key_id:
        raise Refused("key id")
    return {"name": name, "id": bytes.fromhex(key_id), "type": data[0], "key": data[1:]}


def policy(text):
    logs, witnesses, groups, quorum = [], {}, {}, None
    for line in text.splitlines():
        words = line.split()
        if words[0] == "log":
            logs.append(vkey(words[1]))
        elif words[0] == "witness":
            witnesses[words[1]] = vkey(words[2])
        elif words[0] == "group":
            members = words[3:]
            groups[words[1]] = (1 if words[2] == "any" else len(members) if words[2] == "all" else int(words[2]), members)
        elif words[0] == "quorum":
            quorum = words[1]
    return logs, witnesses, groups, quorum


def path_length(index, size):
    if size == 1:
        return 0
    half = 1 << (size - 1).bit_length() - 1
    return 1 + (path_length(index, half) if index < half else path_length(index - half, size - half))


def root_of(index, size, node, path):
    if size == 1:
        return node
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha256(b"\x01", root_of(index, half, node, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], root_of(index - half, size - half, node, path[:-1]))


def freshness(case):
    data = bytes.fromhex(case["leaf"])
    epoch = leaf(data)
    if epoch["kind"] != "epoch":
        raise Refused("not an epoch")
    logs, witnesses, groups, quorum = policy(case["policy"])
    r = Reader(bytes.fromhex(case["proof"]))
    index = r.varint()
    size = index + r.varint() + 1
    path = [r.take(32) for _ in range(path_length(index, size))]
    lines = [(r.take(4), r.opaque(2428)) for _ in range(r.varint())]
    r.end()
    if index != size - 1:
        raise Refused("not the last leaf")
    origin = base32(bytes.fromhex(case["station"])) + "/ledger"
    root = root_of(index, size, sha256(b"\x00", data), path)
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    seen = set()
    for key_id, signature in lines:
        for name, key in [("log", one) for one in logs if one["name"] == origin] + list(witnesses.items()):
            if key["id"] != key_id:
                continue
            message, check = text, signature
            if key["type"] == 4:
                time = int.from_bytes(signature[:8], "big")
                message, check = b"cosignature/v1\ntime %d\n" % time + text, signature[8:]
            if not ed25519.verify(key["key"], message, check):
                raise Refused("signature")
            seen.add(name)
    if "log" not in seen:
        raise Refused("not the log's")
    for name, (threshold, members) in groups.items():
        if sum(member in seen for member in members) >= threshold:
            seen.add(name)
    if quorum != "none" and quorum not in seen:
        raise Refused("quorum")
    return {"size": size, "epoch": epoch["number"]}


def main():
    checks = {
        "leaves.json": lambda case: leaf(bytes.fromhex(case)),
        "names.json": names,
        "maps.json": lambda case: map_proof(case) if isinstance(case, dict) else map_root(case),
        "logs.json": log,
        "freshness.json": freshness,
    }
    faults = count = 0
    for name, check in checks.items():
        for case in json.loads((FOLDER / name).read_text())["cases"]:
            count += 1
            try:
                got = {"out": check(case["in"])}
            except Refused as refused:
                got = {"error": "refused" if case.get("error") == "refused" else str(refused)}
            wanted = {key: case[key] for key in ("out", "error") if key in case}
            if got != wanted:
                faults += 1
                print(f"{name} {case['id']} ({case['note']}): wanted {wanted}, got {got}")
    print(f"check_ledger: {count} cases, {faults} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
