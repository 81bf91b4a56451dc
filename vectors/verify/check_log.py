#!/usr/bin/env python3
"""Checks vectors/log/*.json with a second implementation, written from protocol/2-log.md, RFC 6962 and the C2SP documents.

Standard library only; Ed25519 (RFC 8032) is written out below. Slow and plain on purpose: it shares nothing with the
TypeScript. Prints "N cases agree" and exits 0, or names each case that does not and exits 1.
Run: python3 vectors/verify/check_log.py
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

class Refused(Exception):
    """Input that must not be accepted."""


# --- Ed25519 verification, RFC 8032 §5.1.7 ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    left, right = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = right - left, d - c, d + c, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P != 0 or (x == 0 and sign == 1):
        raise Refused("not a point")
    return x if x & 1 == sign else P - x


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        raise Refused("not a point")
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def verify_ed25519(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        raise Refused("sizes of key or signature")
    point, commitment = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        raise Refused("signature scalar")
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    left = point_multiply(s, BASE)
    right = point_add(commitment, point_multiply(challenge, point))
    if (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P:
        raise Refused("signature")


# --- RFC 6962 trees, by their recursive definitions ---


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def tree_root(hashes):
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node_hash(tree_root(hashes[:k]), tree_root(hashes[k:]))


def require(condition, what):
    if not condition:
        raise Refused(what)


def root_of_path(index, size, leaf, path):
    """PATH(m, D[n]) read backwards: the last hash is the sibling at the top."""
    require(0 <= index < size and len(leaf) == 32, "index or leaf")
    if size == 1:
        require(not path, "hashes left over")
        return leaf
    require(path, "hashes missing")
    k, rest, top = split(size), path[:-1], path[-1]
    require(len(top) == 32, "hash size")
    if index < k:
        return node_hash(root_of_path(index, k, leaf, rest), top)
    return node_hash(top, root_of_path(index - k, size - k, leaf, rest))


def roots_of_consistency(size1, size2, path, root1, whole):
    """SUBPROOF(m, D[n], b) read backwards: the roots at size1 and size2."""
    if size1 == size2:
        if whole:
            require(not path, "hashes left over")
            return root1, root1
        require(len(path) == 1 and len(path[0]) == 32, "hashes left over")
        return path[0], path[0]
    require(path, "hashes missing")
    k, rest, top = split(size2), path[:-1], path[-1]
    require(len(top) == 32, "hash size")
    if size1 <= k:
        old, new = roots_of_consistency(size1, k, rest, root1, whole)
        return old, node_hash(new, top)
    old, new = roots_of_consistency(size1 - k, size2 - k, rest, root1, False)
    return node_hash(top, old), node_hash(top, new)


def check_consistency(size1, size2, path, root1, root2):
    require(0 < size1 <= size2, "sizes")
    old, new = roots_of_consistency(size1, size2, path, root1, True)
    require(old == root1 and new == root2, "roots")


# --- statements: protocol/2-log.md L-20 to L-24 ---


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        require(self.at + count <= len(self.data), "truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self):
        first = self.take(1)[0]
        width = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(width - 1), "big")
        require(value < 2**53, "range")
        require(width == 1 or value >= 1 << (8 * (width // 2) - 2), "not shortest")
        return value

    def opaque(self):
        return self.take(self.varint())

    def end(self):
        require(self.at == len(self.data), "trailing")


def u64(value):
    return struct.pack(">Q", value)


def path_length(index, size):
    if size == 1:
        return 0
    k = split(size)
    return 1 + (path_length(index, k) if index < k else path_length(index - k, size - k))


def read_statement(data, context):
    reader = Reader(data)
    first = reader.take(1)[0]
    kind = {1: "accept", 2: "head"}.get(first & 0x8F)
    require(kind is not None and not (kind == "head" and first & 0x40), "kind")
    fields = {"kind": kind}
    for name, flag in (("stationKey", 0x10), ("logId", 0x20), ("leafHash", 0x40)):
        if kind == "head" and name == "leafHash":
            continue
        known = context.get(name)
        if first & flag:
            fields[name] = reader.take(32)
            require(known is None or known == fields[name], "context differs")
        else:
            require(known is not None, "context missing")
            fields[name] = known
    fields["timeMs"] = reader.varint()
    place = reader.varint()
    if kind == "accept":
        fields["index"], fields["size"] = place, place + 1 + reader.varint()
    else:
        fields["size"] = place
    require(fields["size"] < 2**53, "range")
    fields["root"] = reader.take(32)
    fields["leafIndex"], fields["leafCount"] = reader.varint(), reader.varint()
    require(fields["leafIndex"] < fields["leafCount"] <= 65536, "leaf index")
    fields["path"] = [reader.take(32) for _ in range(path_length(fields["leafIndex"], fields["leafCount"]))]
    fields["signature"] = reader.take(64)
    reader.end()
    return fields


def check_statement(fields, station_key):
    require(fields["stationKey"] == station_key, "station")
    require(fields["size"] > 0 or fields["root"] == sha256(b""), "empty root")
    head = u64(fields["size"]) + fields["root"]
    if fields["kind"] == "accept":
        leaf = b"\x01" + fields["logId"] + u64(fields["index"]) + fields["leafHash"] + head
    else:
        leaf = b"\x02" + fields["logId"] + head
    root = root_of_path(fields["leafIndex"], fields["leafCount"], leaf_hash(leaf), fields["path"])
    body = b"chapar batch v1" + station_key + u64(fields["timeMs"]) + struct.pack(">I", fields["leafCount"]) + root
    verify_ed25519(station_key, body, fields["signature"])


def statement(case):
    context = {name: bytes.fromhex(value) for name, value in case["context"].items()}
    fields = read_statement(bytes.fromhex(case["bytes"]), context)
    check_statement(fields, bytes.fromhex(case["stationKey"]))
    out = {"kind": fields["kind"], "size": fields["size"], "timeMs": fields["timeMs"]}
    for name in ("logId", "root", "leafHash"):
        if name in fields:
            out[name] = fields[name].hex()
    if "index" in fields:
        out["index"] = fields["index"]
    return out


def contradiction(case):
    data, station_key = bytes.fromhex(case["bytes"]), bytes.fromhex(case["stationKey"])
    require(len(data) <= 4096, "too long")
    reader = Reader(data)
    require(reader.take(1) == b"\x01", "version")
    shape = reader.take(1)[0]
    a, b = read_statement(reader.opaque(), {}), read_statement(reader.opaque(), {})
    other, proof = None, []
    if shape in (4, 5):
        other = reader.take(32)
        proof = [reader.take(32) for _ in range(reader.varint())]
    reader.end()
    check_statement(a, station_key)
    check_statement(b, station_key)
    require(a["logId"] == b["logId"], "logs differ")
    if shape == 1:
        require(a["size"] == b["size"] and a["root"] != b["root"], "both can be true")
    elif shape == 2:
        require(a["kind"] == b["kind"] == "accept" and a["index"] == b["index"], "not one index")
        require(a["leafHash"] != b["leafHash"], "both can be true")
    elif shape == 3:
        require(a["timeMs"] < b["timeMs"] and a["size"] > b["size"], "both can be true")
    elif shape == 4:
        require(a["size"] < b["size"] and other != a["root"], "both can be true")
        check_consistency(a["size"], b["size"], proof, other, b["root"])
    elif shape == 5:
        require(a["kind"] == "accept" and other != a["leafHash"], "both can be true")
        require(root_of_path(a["index"], b["size"], other, proof) == b["root"], "not in b")
    else:
        raise Refused("shape")
    return {"shape": ("same-size", "same-index", "rolled-back", "prefix", "entry")[shape - 1]}


# --- C2SP signed-note with Ed25519 (0x01) and cosignature/v1 (0x04) ---


def parse_vkey(text):
    name, key_id, material = text.split("+", 2)
    raw = base64.b64decode(material, validate=True)
    require(sha256(name.encode() + b"\n" + raw)[:4].hex() == key_id, "key id")
    return name, bytes.fromhex(key_id), raw[0], raw[1:]


def note(case):
    try:
        whole = bytes.fromhex(case["note"]).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("utf-8") from error
    require(all(char >= " " or char == "\n" for char in whole), "control character")
    require("\n\n" in whole and whole.endswith("\n"), "no signatures")
    at = whole.rindex("\n\n")
    text, lines = whole[: at + 1], whole[at + 2 : -1].split("\n")
    keys = {(name, key_id): (algorithm, key) for name, key_id, algorithm, key in map(parse_vkey, case["keys"])}
    signers = []
    for line in lines:
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "\u2014" and parts[1], "signature line")
        raw = base64.b64decode(parts[2], validate=True)
        known = keys.get((parts[1], raw[:4]))
        if known is None:
            continue
        algorithm, key = known
        if algorithm == 1:
            verify_ed25519(key, text.encode(), raw[4:])
            signers.append({"name": parts[1]})
        else:
            seconds = int.from_bytes(raw[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n{text}"
            verify_ed25519(key, message.encode(), raw[12:])
            signers.append({"name": parts[1], "timeSeconds": str(seconds)})
    require(signers, "no known key")
    return {"text": text, "signers": signers}


# --- the files ---


def tree(case):
    return {"root": tree_root([leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves"]]).hex()}


def inclusion(case):
    path = [bytes.fromhex(item) for item in case["proof"]]
    root = root_of_path(case["index"], case["size"], bytes.fromhex(case["leafHash"]), path)
    require(root.hex() == case["root"], "root")
    return {"ok": True}


def consistency(case):
    path = [bytes.fromhex(item) for item in case["proof"]]
    check_consistency(case["size1"], case["size2"], path, bytes.fromhex(case["root1"]), bytes.fromhex(case["root2"]))
    return {"ok": True}


FILES = {
    "tree.json": tree,
    "inclusion.json": inclusion,
    "consistency.json": consistency,
    "statements.json": statement,
    "contradictions.json": contradiction,
    "notes.json": note,
}


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "log"
    agree, differ = 0, []
    for name, run in FILES.items():
        for case in json.loads((folder / name).read_text(encoding="utf-8"))["cases"]:
            try:
                found = {"out": run(case["in"])}
            except Refused as refusal:
                found = {"refused": str(refusal)}
            if ("error" in case) == ("refused" in found) and found.get("out") == case.get("out"):
                agree += 1
            else:
                differ.append(f"{name} {case['id']}: {found}")
    for line in differ:
        print(line, file=sys.stderr)
    print(f"{agree} cases agree")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
