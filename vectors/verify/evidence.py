"""A second verifier of what stations sign and of proofs of misbehaviour, written from protocol/9-rule-r.md (and 2-log.md,
7-station-log.md, 3-identity.md for what it names). Python 3 standard library and ed25519.py only; it shares no code with the project.

Used by check_evidence.py (all vectors) and verify_proof.py (one .proof file). Everything refused raises Refused with a code.
"""
import base64
import hashlib
import re

import ed25519

SAFE = 2**53 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
ZEROS = bytes(32)
TTL_MS = 180 * 86_400_000
SHAPES = ["statements", "log", "heads", "checkpoints", "identity", "manifest", "unanswered", "duplicate", "fold"]
STATUSES = ["present", "pruned", "expired", "removed"]


class Refused(Exception):
    """Input that must not be accepted; the text is the code."""


def require(condition, code="evidence/malformed"):
    if not condition:
        raise Refused(code)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def signed(key, message, signature):
    require(ed25519.verify(key, message, signature), "evidence/bad-signature")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        require(len(self.data) - self.at >= size)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def u64(self):
        value = self.number(8)
        require(value <= SAFE)
        return value

    def varint(self):
        first = self.number(1)
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(size - 1), "big")
        require(value <= SAFE and (size == 1 or value >= 1 << (8 * (size // 2) - 2)))
        return value

    def opaque(self, limit):
        size = self.varint()
        require(size <= limit)
        return self.take(size)

    def flag(self):
        value = self.number(1)
        require(value <= 1)
        return value == 1

    def optional(self, read):
        return read() if self.flag() else None

    def hash(self):
        return self.take(32)

    def hashes(self):
        return self.items(64, self.hash)

    def items(self, limit, read):
        count = self.varint()
        require(count <= limit)
        return [read() for _ in range(count)]

    def bridge(self):
        return self.optional(lambda: (self.hash(), self.hashes()))

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        require(self.at == len(self.data))


def whole(data, read):
    """Reads all of some bytes."""
    reader = Reader(data)
    value = read(reader)
    reader.end()
    return value


# --- trees: 2-log.md §1, by their recursive definitions ---


def split(size):
    return 1 << (size - 1).bit_length() - 1


def path_length(index, size):
    if size == 1:
        return 0
    half = split(size)
    return 1 + (path_length(index, half) if index < half else path_length(index - half, size - half))


def root_of_path(index, size, leaf, path):
    """The root above a leaf hash; the path's last hash is the sibling at the top."""
    require(0 <= index < size and len(path) == path_length(index, size), "evidence/bad-proof")
    if size == 1:
        return leaf
    half = split(size)
    if index < half:
        return sha256(b"\x01", root_of_path(index, half, leaf, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], root_of_path(index - half, size - half, leaf, path[:-1]))


def included(index, size, leaf, path, root):
    require(root_of_path(index, size, leaf, path) == root, "evidence/bad-proof")


def consistency_roots(size1, size2, path, root1, is_whole=True):
    """The roots at two sizes that a consistency proof leads to, from the one at the smaller when it is a whole subtree."""
    if size1 == size2:
        if is_whole:
            require(not path)
            return root1, root1
        require(len(path) == 1)
        return path[0], path[0]
    require(path)
    half, rest, top = split(size2), path[:-1], path[-1]
    if size1 <= half:
        old, new = consistency_roots(size1, half, rest, root1, is_whole)
        return old, sha256(b"\x01", new, top)
    old, new = consistency_roots(size1 - half, size2 - half, rest, root1, False)
    return sha256(b"\x01", top, old), sha256(b"\x01", top, new)


def is_other_prefix(a, b, bridge):
    """Whether the smaller of two (size, root) has another root than the larger one's tree, which the bridge leads to."""
    (size1, root1), (size2, root2) = sorted([a, b], key=lambda one: one[0])
    other, proof = bridge
    if size1 == size2 or size1 == 0 or other == root1:
        return False
    try:
        return consistency_roots(size1, size2, proof, other) == (other, root2)
    except Refused:
        return False


# --- statements: 2-log.md §2, §3 ---


def read_statement(data):
    """A receipt or signed head in full form."""
    reader = Reader(data)
    first = reader.number(1)
    require(first in (0x71, 0x32))
    one = {"kind": "accept" if first == 0x71 else "head", "station": reader.hash(), "log": reader.hash()}
    if one["kind"] == "accept":
        one["leaf"] = reader.hash()
    one["time"] = reader.varint()
    if one["kind"] == "accept":
        one["index"] = reader.varint()
        one["size"] = one["index"] + 1 + reader.varint()
    else:
        one["size"] = reader.varint()
    require(one["size"] <= SAFE)
    one["root"] = reader.hash()
    one["place"], one["count"] = reader.varint(), reader.varint()
    require(one["count"] <= 65_536 and one["place"] < one["count"])
    one["path"] = [reader.hash() for _ in range(path_length(one["place"], one["count"]))]
    one["signature"] = reader.take(64)
    reader.end()
    return one


def check_statement(one, station):
    require(one["station"] == station, "evidence/wrong-station")
    require(one["size"] > 0 or one["root"] == EMPTY_ROOT, "evidence/bad-proof")
    head = one["size"].to_bytes(8, "big") + one["root"]
    if one["kind"] == "accept":
        leaf = b"\x01" + one["log"] + one["index"].to_bytes(8, "big") + one["leaf"] + head
    else:
        leaf = b"\x02" + one["log"] + head
    root = root_of_path(one["place"], one["count"], sha256(b"\x00", leaf), one["path"])
    body = b"chapar batch v1" + station + one["time"].to_bytes(8, "big") + one["count"].to_bytes(4, "big") + root
    signed(station, body, one["signature"])
    return one


def open_statement(data, station):
    return check_statement(read_statement(data), station)


CONTRADICTIONS = ["same-size", "same-index", "rolled-back", "prefix", "entry"]


def judge_contradiction(data, station):
    require(len(data) <= 4096)
    reader = Reader(data)
    version, number = reader.number(1), reader.number(1)
    require(version == 1 and 1 <= number <= 5)
    raw = [reader.opaque(1024), reader.opaque(1024)]
    shape = CONTRADICTIONS[number - 1]
    bridge = (reader.hash(), reader.hashes()) if number >= 4 else None
    reader.end()
    a, b = (read_statement(one) for one in raw)
    check_statement(a, station)
    check_statement(b, station)
    holds = a["log"] == b["log"]
    if shape == "same-size":
        holds = holds and a["size"] == b["size"] and a["root"] != b["root"]
    elif shape == "same-index":
        both = a["kind"] == b["kind"] == "accept"
        holds = holds and both and a["index"] == b["index"] and a["leaf"] != b["leaf"]
        # What is named is the first shape of the table that holds.
        holds = holds and not (a["size"] == b["size"] and a["root"] != b["root"])
    elif shape == "rolled-back":
        holds = holds and a["time"] < b["time"] and a["size"] > b["size"]
        both = a["kind"] == b["kind"] == "accept"
        holds = holds and not (both and a["index"] == b["index"] and a["leaf"] != b["leaf"])
    elif shape == "prefix":
        holds = holds and a["size"] < b["size"] and is_other_prefix((a["size"], a["root"]), (b["size"], b["root"]), bridge)
    else:
        holds = holds and a["kind"] == "accept" and bridge[0] != a["leaf"]
        try:
            holds = holds and root_of_path(a["index"], b["size"], *bridge) == b["root"]
        except Refused:
            holds = False
    return shape if holds else None, a["time"], b["time"], True


# --- leaves and claims of a station log: 7-station-log.md §1 to §3, 9-rule-r.md §3 ---


def text(reader):
    try:
        return reader.opaque(512).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("evidence/malformed") from None


def incident(reader):
    number = reader.number(1)
    require(number <= 2)
    return ["restored", "clock", "other"][number]


LEAVES = [
    ("identity-op", [("identity", Reader.hash), ("seq", lambda r: r.number(4)), ("commitment", Reader.hash)]),
    ("epoch", [("number", Reader.u64), ("time", Reader.u64), ("headCount", Reader.u64), ("heads", Reader.hash),
               ("identityCount", Reader.u64), ("identities", Reader.hash), ("residency", Reader.hash),
               ("egress", Reader.hash), ("isWhole", Reader.flag)]),
    ("tombstone", [("log", Reader.hash), ("index", Reader.u64), ("leaf", Reader.hash), ("time", Reader.u64),
                   ("reason", text), ("reference", text)]),
    ("unanswered", [("station", Reader.hash), ("challenge", Reader.hash), ("time", Reader.u64)]),
    ("evidence", [("hash", Reader.hash)]),
    ("policy", [("hash", Reader.hash)]),
    ("release", [("hash", Reader.hash)]),
    ("token-key", [("id", Reader.hash)]),
    ("incident", [("what", incident), ("from", Reader.u64), ("to", Reader.u64), ("note", text)]),
]


def read_leaf(data):
    require(len(data) <= 1200)
    reader = Reader(data)
    version, number = reader.number(1), reader.number(1)
    if version != 1 or number >= len(LEAVES):
        return {"kind": "unknown"}
    kind, fields = LEAVES[number]
    leaf = {"kind": kind, **{name: read(reader) for name, read in fields}}
    reader.end()
    return leaf


def origin(station, generation):
    name = base64.b32encode(station).decode().lower().rstrip("=") + "/ledger"
    return name if generation == 1 else f"{name}.{generation}"


def checkpoint_text(station, generation, size, root):
    return f"{origin(station, generation)}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def leaf_claim(reader):
    return reader.opaque(1200), reader.opaque(16384)


def open_leaf(claim, station):
    """Leaf, index, size and generation of a leaf claim."""
    data, proof = claim
    leaf = read_leaf(data)
    reader = Reader(proof)
    index = reader.varint()
    size = index + 1 + reader.varint()
    require(size <= SAFE)
    path = [reader.hash() for _ in range(path_length(index, size))]
    lines = reader.items(64, lambda: (reader.take(4), reader.opaque(2428)))
    reader.end()
    root = root_of_path(index, size, sha256(b"\x00", data), path)
    for generation in range(1, 65):
        key_id = sha256(origin(station, generation).encode(), b"\n\x01", station)[:4]
        own = [signature for line, signature in lines if line == key_id]
        if own:
            for signature in own:
                signed(station, checkpoint_text(station, generation, size, root), signature)
            return leaf, index, size, generation
    raise Refused("evidence/wrong-station")


def bit(key, place):
    return key[place // 8] >> (7 - place % 8) & 1


def map_value(proof, key, root):
    """What a map has for a key, or None (S-13, S-14)."""
    reader = Reader(proof)
    kind = reader.number(1)
    require(kind <= 2)
    other = reader.hash() if kind == 2 else key
    value = None if kind == 0 else reader.opaque(1024)
    depth = reader.varint()
    require(depth <= 256)
    bits = reader.take((depth + 7) // 8)
    named = [bit(bits, place) for place in range(8 * len(bits))]
    siblings = [reader.hash() if one else ZEROS for one in named[:depth]]
    reader.end()
    form = not any(named[depth:]) and (depth == 0 or named[depth - 1]) and not (kind == 2 and other == key)
    form = form and not any(one and hash_ == ZEROS for one, hash_ in zip(named, siblings))
    form = form and all(bit(other, place) == bit(key, place) for place in range(depth))
    require(form, "evidence/bad-proof")
    node = ZEROS if value is None else sha256(b"\x02", other, value)
    for place in reversed(range(depth)):
        pair = (siblings[place], node) if bit(key, place) else (node, siblings[place])
        node = sha256(b"\x03", *pair)
    require(node == root, "evidence/bad-proof")
    return value if kind == 1 else None


def map_claim(data):
    return whole(data, lambda reader: (leaf_claim(reader), reader.opaque(16384)))


def open_map(claim, key, station, name, read):
    epoch_claim, proof = claim
    leaf, index, size, generation = open_leaf(epoch_claim, station)
    require(leaf["kind"] == "epoch")
    value = map_value(proof, key, leaf[name])
    value = None if value is None else whole(value, read)
    return {"epoch": leaf, "index": index, "size": size, "generation": generation, "value": value}


def open_head(claim, log, station):
    read = lambda reader: (reader.u64(), reader.hash())  # noqa: E731
    return open_map(claim, sha256(b"chapar ledger log v1", log), station, "heads", read)


def identity_value(reader):
    count = reader.number(4)
    require(count > 0)
    return count, reader.hash()


def open_identity(claim, identity, station):
    return open_map(claim, identity, station, "identities", identity_value)


# --- words: 9-rule-r.md §2 ---


def read_word(data, limit, number, body):
    require(len(data) <= limit)
    reader = Reader(data)
    require(reader.number(1) == number)
    signer = reader.hash()
    start = reader.at
    word = body(reader)
    raw = data[start : reader.at]
    signature = reader.take(64)
    reader.end()
    return {**word, "signer": signer, "raw": raw, "signature": signature}


def check_word(word, label):
    label = label.encode()
    signed(word["signer"], bytes([len(label)]) + label + word["signer"] + word["raw"], word["signature"])
    return word


def manifest_body(reader):
    def tombstone():
        place = (reader.varint(), reader.varint(), reader.varint())
        require(1 <= place[1] <= 64)
        return place

    def item():
        status = reader.number(1)
        require(status <= 3)
        return STATUSES[status], reader.hash()

    fields = {"log": reader.hash(), "reader": reader.optional(reader.hash), "time": reader.varint()}
    fields.update(size=reader.varint(), root=reader.hash(), first=reader.varint(), ack=reader.opaque(256))
    fields.update(tombstones=reader.items(64, tombstone), items=reader.items(256, item))
    return fields


def read_manifest(data):
    word = read_word(data, 16384, 1, manifest_body)
    require(word["first"] + len(word["items"]) <= word["size"])
    require(word["reader"] is not None or word["ack"] == b"")
    removed = [offset for offset, (status, _) in enumerate(word["items"]) if status == "removed"]
    require(removed == [place[0] for place in word["tombstones"]])
    return word


def read_reader_word(data):
    return read_word(data, 256, 2, lambda r: {"log": r.hash(), "reader": r.hash(), "from": r.varint(), "time": r.varint()})


def identity_body(reader):
    identity = reader.hash()
    count, commitment = identity_value(reader)
    return {"identity": identity, "count": count, "commitment": commitment, "time": reader.varint()}


def read_identity_word(data):
    return read_word(data, 256, 3, identity_body)


def read_ack(data):
    return read_word(data, 256, 16, lambda r: {"station": r.hash(), "log": r.hash(), "upTo": r.varint()})


LABELS = {
    "manifest": (read_manifest, "chapar manifest v1"),
    "reader": (read_reader_word, "chapar reader v1"),
    "identity": (read_identity_word, "chapar identity word v1"),
    "ack": (read_ack, "chapar ack v1"),
}


def open_word(kind, data, signer=None):
    read, label = LABELS[kind]
    word = read(data)
    require(signer is None or word["signer"] == signer, "evidence/wrong-station")
    return check_word(word, label)


# --- challenges: 9-rule-r.md §5 ---


def read_challenge(data):
    require(len(data) <= 4096)
    reader = Reader(data)
    version, kind = reader.number(1), reader.number(1)
    require(version == 1 and kind <= 1)
    one = {"kind": ["entry", "identity"][kind], "station": reader.hash()}
    one["isClaim"], one["basis"] = whole(reader.opaque(3072), lambda r: (r.flag(), r.rest()))
    one.update(subject=reader.hash(), reader=reader.optional(reader.hash), index=reader.varint(), time=reader.varint())
    one["nonce"] = reader.take(16)
    reader.end()
    require(one["kind"] == "entry" or one["reader"] is None)
    return one


def check_challenge(data):
    """The challenge, and what it rests on: (size or count, root or commitment), with the time of that."""
    one = read_challenge(data)
    station, subject, basis = one["station"], one["subject"], one["basis"]
    if one["isClaim"]:
        opened = (open_head if one["kind"] == "entry" else open_identity)(map_claim(basis), subject, station)
        value, time = opened["value"], opened["epoch"]["time"]
        require(value is not None, "evidence/wrong-subject")
    elif one["kind"] == "entry":
        statement = open_statement(basis, station)
        require(statement["log"] == subject, "evidence/wrong-subject")
        value, time = (statement["size"], statement["root"]), statement["time"]
    else:
        word = read_identity_word(basis)
        require(word["signer"] == station, "evidence/wrong-station")
        require(word["identity"] == subject, "evidence/wrong-subject")
        check_word(word, "chapar identity word v1")
        value, time = (word["count"], word["commitment"]), word["time"]
    require(one["index"] < value[0], "evidence/wrong-subject")
    return one, value, time


def op_sequence(op):
    """The sequence of an op; its other fields are checked for their form (3-identity.md §2)."""
    reader = Reader(op)
    version, kind = reader.number(1), reader.number(1)
    require(version == 1 and kind <= 7)
    sequence = reader.number(4)
    reader.take(32)
    reader.u64()
    reader.number(1)

    def device():
        reader.take(32 + 32 + 64)

    def home():
        reader.hash()
        for url in reader.items(4, lambda: reader.opaque(256)):
            require(re.fullmatch(rb"[a-z][a-z0-9+.-]{0,31}:[!-~]+", url) is not None)
        require(re.fullmatch(rb"[A-Z]{2}", reader.take(2)) is not None)

    keys = lambda: require(len(reader.items(5, reader.hash)) >= 1)  # noqa: E731
    body = [
        lambda: (keys(), device(), home()),
        device,
        reader.hash,
        home,
        keys,
        lambda: reader.items(4, home),
        lambda: None,
        lambda: (reader.number(4), keys()),
    ]
    body[kind]()
    reader.take(64)
    reader.end()
    return sequence


def check_answer(challenge, data):
    """The kind of a right answer."""
    one, (size, root), _ = check_challenge(challenge)
    require(len(data) <= 524_288 + 79 + 2048 + 64)
    reader = Reader(data)
    kind = reader.number(1)
    require(kind <= 2)
    parts = [
        lambda: (reader.opaque(524_288 + 79), reader.hashes()),
        lambda: reader.opaque(16384),
        lambda: (reader.opaque(2048), reader.opaque(2048)),
    ][kind]()
    reader.end()
    require((kind == 2) == (one["kind"] == "identity"), "evidence/wrong-subject")
    if kind == 0:
        included(one["index"], size, sha256(b"\x00", parts[0]), parts[1], root)
        return "entry"
    if kind == 1:
        manifest = read_manifest(parts)
        require(manifest["signer"] == one["station"], "evidence/wrong-station")
        item = one["index"] - manifest["first"]
        about = manifest["log"] == one["subject"] and manifest["reader"] == one["reader"]
        about = about and 0 <= item < len(manifest["items"]) and manifest["items"][item][0] != "present"
        require(about, "evidence/wrong-subject")
        check_word(manifest, "chapar manifest v1")
        return "manifest"
    genesis, op = parts
    salt = sha256(b"chapar ledger salt v1", genesis)
    require(sha256(b"chapar ledger identity v1", salt) == one["subject"], "evidence/wrong-subject")
    index = one["index"]
    require(op_sequence(op) == index and (index > 0 or op == genesis), "evidence/wrong-subject")
    commitment = sha256(b"chapar ledger op v1", salt, index.to_bytes(4, "big"), sha256(b"chapar op v1", op))
    require(index < size - 1 or commitment == root, "evidence/bad-proof")
    return "op"


# --- bundles: 9-rule-r.md §4. Each answers fault or None, two times, and whether a restoration may excuse it ---


def judge_statements(reader, station):
    contradiction = reader.opaque(4096)
    reader.end()
    return judge_contradiction(contradiction, station)


def judge_log(reader, station):
    raw, claim, bridge = reader.opaque(1024), map_claim(reader.opaque(4096)), reader.bridge()
    reader.end()
    said = open_statement(raw, station)
    opened = open_head(claim, said["log"], station)
    epoch, value, size = opened["epoch"], opened["value"], said["size"]
    has = value[0] if value else 0
    fault = None
    if bridge is not None:
        if value and is_other_prefix((size, said["root"]), value, bridge):
            fault = "other-prefix"
    elif size == has:
        if value and value[1] != said["root"]:
            fault = "other-root"
    elif epoch["isWhole"] and said["time"] <= epoch["time"] and size > has:
        fault = "omitted"
    elif epoch["isWhole"] and said["time"] > epoch["time"] and size < has:
        fault = "rolled-back"
    return fault, said["time"], epoch["time"], True


def judge_heads(reader, station):
    log, first, second = reader.hash(), map_claim(reader.opaque(4096)), map_claim(reader.opaque(4096))
    reader.end()
    a, b = open_head(first, log, station), open_head(second, log, station)
    is_same = a["generation"] == b["generation"]
    if is_same:
        is_later = b["epoch"]["number"] > a["epoch"]["number"]
    else:
        is_later = b["generation"] > a["generation"] and b["epoch"]["isWhole"]
    fault = None
    if a["value"] and b["value"] and a["value"][0] == b["value"][0]:
        if a["value"][1] != b["value"][1]:
            fault = "other-root"
    elif a["value"] and is_later and not b["value"]:
        fault = "lost"
    elif a["value"] and is_later and b["value"][0] < a["value"][0]:
        fault = "rolled-back"
    return fault, a["epoch"]["time"], b["epoch"]["time"], not is_same


def judge_checkpoints(reader, station):
    generation = reader.varint()
    require(1 <= generation <= 64)
    pair = [(reader.varint(), reader.hash(), reader.take(64)) for _ in range(2)]
    bridge = reader.bridge()
    reader.end()
    for size, root, signature in pair:
        signed(station, checkpoint_text(station, generation, size, root), signature)
    a, b = (one[:2] for one in pair)
    if bridge is not None:
        return "other-prefix" if is_other_prefix(a, b, bridge) else None, None, None, False
    return "other-root" if a[0] == b[0] and a[1] != b[1] else None, None, None, False


def judge_identity(reader, station):
    raw = reader.opaque(256)
    claim, other = (map_claim(reader.opaque(4096)), None) if reader.flag() else (None, reader.opaque(256))
    reader.end()
    word = open_word("identity", raw, station)
    fault = None
    if other is not None:
        second = open_word("identity", other, station)
        require(second["identity"] == word["identity"], "evidence/wrong-subject")
        older, newer = sorted([word, second], key=lambda one: one["time"])
        if word["count"] == second["count"]:
            if word["commitment"] != second["commitment"]:
                fault = "other-commitment"
        elif older["time"] < newer["time"] and older["count"] > newer["count"]:
            fault = "rolled-back"
        return fault, word["time"], second["time"], True
    opened = open_identity(claim, word["identity"], station)
    epoch, (count, commitment) = opened["epoch"], opened["value"] or (0, None)
    if word["count"] == count:
        if word["commitment"] != commitment:
            fault = "other-commitment"
    elif epoch["isWhole"] and word["time"] <= epoch["time"] and word["count"] > count:
        fault = "omitted"
    elif epoch["isWhole"] and word["time"] > epoch["time"] and word["count"] < count:
        fault = "rolled-back"
    return fault, word["time"], epoch["time"], True


def acknowledged(manifest):
    try:
        ack = read_ack(manifest["ack"])
        named = (ack["signer"], ack["station"], ack["log"]) == (manifest["reader"], manifest["signer"], manifest["log"])
        require(named)
        check_word(ack, "chapar ack v1")
    except Refused:
        return 0
    return ack["upTo"]


def judge_manifest(reader, station):
    raw, offset, reason = reader.opaque(16384), reader.varint(), reader.number(1)
    require(1 <= reason <= 4)
    read = [Reader.rest, Reader.rest, lambda r: (r.opaque(1024), r.bridge()), leaf_claim][reason - 1]
    other = whole(reader.opaque(4096), read)
    reader.end()
    manifest = read_manifest(raw)
    require(manifest["signer"] == station, "evidence/wrong-station")
    require(offset < len(manifest["items"]), "evidence/wrong-subject")
    check_word(manifest, "chapar manifest v1")
    status, leaf_hash = manifest["items"][offset]
    index = manifest["first"] + offset
    if reason == 1:
        word = read_reader_word(other)
        require(word["signer"] == station, "evidence/wrong-station")
        require((word["log"], word["reader"]) == (manifest["log"], manifest["reader"]), "evidence/wrong-subject")
        check_word(word, "chapar reader v1")
        owed = status == "pruned" and word["from"] <= index and word["time"] <= manifest["time"]
        fault = "pruned-early" if owed and acknowledged(manifest) <= index else None
        return fault, word["time"], manifest["time"], True
    if reason == 2:
        statement = open_statement(other, station)
        require(statement["log"] == manifest["log"], "evidence/wrong-subject")
        young = statement["size"] <= index and manifest["time"] - statement["time"] < TTL_MS
        return "expired-early" if status == "expired" and young else None, statement["time"], manifest["time"], True
    if reason == 3:
        statement, bridge = open_statement(other[0], station), other[1]
        require(statement["log"] == manifest["log"], "evidence/wrong-subject")
        if bridge is None:
            require(statement["kind"] == "accept" and statement["index"] == index, "evidence/wrong-subject")
            leaf = statement["leaf"]
        else:
            included(index, statement["size"], bridge[0], bridge[1], statement["root"])
            leaf = bridge[0]
        return "other-leaf" if leaf != leaf_hash else None, statement["time"], manifest["time"], True
    leaf, at, _, generation = open_leaf(other, station)
    require((offset, generation, at) in manifest["tombstones"], "evidence/wrong-subject")
    key = sha256(b"chapar ledger log v1", manifest["log"])
    there = leaf["kind"] == "tombstone" and (leaf["log"], leaf["index"], leaf["leaf"]) == (key, index, leaf_hash)
    return None if there else "no-tombstone", None, manifest["time"], False


def judge_unanswered(reader, station):
    challenge, witness, claim = reader.opaque(4096), reader.hash(), leaf_claim(reader)
    reader.end()
    one, _, time = check_challenge(challenge)
    require(one["station"] == station, "evidence/wrong-station")
    leaf, *_ = open_leaf(claim, witness)
    named = leaf["kind"] == "unanswered" and leaf["station"] == station
    require(named and leaf["challenge"] == sha256(b"chapar challenge v1", challenge), "evidence/wrong-subject")
    return "unanswered", time, leaf["time"], True


def judge_duplicate(reader, station):
    raw, leaf = reader.opaque(1024), reader.hash()
    places = [(reader.varint(), reader.hashes()) for _ in range(2)]
    reader.end()
    statement = open_statement(raw, station)
    require(places[0][0] != places[1][0], "evidence/not-false")
    for index, path in places:
        included(index, statement["size"], leaf, path, statement["root"])
    return "twice", statement["time"], None, False


def judge_fold(reader, station):
    claim, identity_claim = leaf_claim(reader), map_claim(reader.opaque(4096))
    reader.end()
    leaf, index, _, generation = open_leaf(claim, station)
    require(leaf["kind"] == "identity-op", "evidence/wrong-subject")
    opened = open_identity(identity_claim, leaf["identity"], station)
    require(opened["generation"] == generation, "evidence/wrong-subject")
    count, commitment = opened["value"] or (0, None)
    fault = None
    if opened["index"] > index:
        if count <= leaf["seq"]:
            fault = "lost"
        elif count == leaf["seq"] + 1 and commitment != leaf["commitment"]:
            fault = "other-commitment"
    return fault, None, opened["epoch"]["time"], False


JUDGES = [
    judge_statements,
    judge_log,
    judge_heads,
    judge_checkpoints,
    judge_identity,
    judge_manifest,
    judge_unanswered,
    judge_duplicate,
    judge_fold,
]


def verify_bundle(data):
    """What a .proof file establishes."""
    require(len(data) <= 4096, "evidence/too-large")
    reader = Reader(data)
    magic, shape, station = reader.take(16), reader.number(1), reader.hash()
    require(magic == b"chapar proof v1\n")
    require(1 <= shape <= 9, "evidence/unknown-shape")
    fault, a, b, excusable = JUDGES[shape - 1](reader, station)
    require(fault is not None, "evidence/not-false")
    if a is not None and b is not None and a > b:
        a, b = b, a
    return {
        "shape": SHAPES[shape - 1],
        "station": station.hex(),
        "fault": fault,
        "sinceMs": a,
        "untilMs": b,
        "excusable": excusable,
    }
