#!/usr/bin/env python3
"""A second implementation of op chains, recovery words and invites, written from protocol/3-identity.md, over vectors/identity.

Python 3 standard library only. Exit code 1 and a line for each difference.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ed25519  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "identity"
URL = re.compile(r"[a-z][a-z0-9+.-]{0,31}:[\x21-\x7e]+")
faults = []


class Refused(Exception):
    pass


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def text(label):
    return bytes([len(label)]) + label


class Reader:
    def __init__(self, data, code):
        self.data, self.at, self.code = data, 0, code

    def take(self, size):
        if len(self.data) - self.at < size:
            raise Refused(self.code)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self):
        first = self.number(1)
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 63]) + self.take(size - 1), "big")
        self.need(value < 2**53 and (size == 1 or value >= 1 << (4 * size - 2)))
        return value

    def need(self, holds):
        if not holds:
            raise Refused(self.code)

    def opaque(self, most):
        size = self.varint()
        self.need(size <= most)
        return self.take(size)

    def text(self, most):
        try:
            return self.opaque(most).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(self.code) from None

    def list(self, most, item):
        count = self.varint()
        self.need(count <= most)
        return [item() for _ in range(count)]

    def url(self):
        value = self.text(256)
        self.need(URL.fullmatch(value))
        return value

    def home(self):
        key, urls, region = self.take(32), self.list(4, self.url), self.take(2)
        self.need(all(65 <= byte <= 90 for byte in region))
        return {"key": key.hex(), "urls": urls, "region": region.decode()}

    def end(self):
        self.need(self.at == len(self.data))


# Op chains, sections 1 to 4.


def parse(data):
    if len(data) > 2048:
        raise Refused("identity/too-large")
    r = Reader(data, "identity/bad-op")
    if r.number(1) != 1:
        raise Refused("identity/unknown-version")
    kind = r.number(1)
    if kind > 7:
        raise Refused("identity/unknown-kind")
    op = {"kind": kind, "seq": r.number(4), "prev": r.take(32)}
    r.need(r.number(8) < 2**53)
    op["rank"] = r.number(1)
    if kind == 7:
        op["from"] = r.number(4)
    if kind in (0, 4, 7):
        op["keys"] = r.list(5, lambda: r.take(32))
        r.need(op["keys"])
    if kind in (0, 1):
        op["device"] = (r.take(32), r.take(32), r.take(64))
    if kind == 2:
        op["gone"] = r.take(32)
    if kind in (0, 3):
        op["home"] = r.home()
    if kind == 5:
        op["anchors"] = r.list(4, r.home)
    op["signature"] = r.take(64)
    r.end()
    return op


def path_to(ops, to):
    """Sequences that count up to one: an override goes on from the op before its first voided one."""
    path = []
    while True:
        path.append(to)
        if to == 0:
            return path[::-1]
        to = ops[to].get("from", to) - 1


def effect(state, op, ops):
    """What an op changes in what the chain says; ops are those before it."""
    after = dict(state)
    after["keys"] = op.get("keys", state.get("keys"))
    after["home"] = op.get("home", state.get("home"))
    after["anchors"] = op.get("anchors", state["anchors"])
    if "device" in op:
        after["devices"] = state["devices"] + [op["device"]]
    if "gone" in op:
        after["devices"] = [entry for entry in state["devices"] if entry[0] != op["gone"]]
        after["revoked"] = state["revoked"] + [op["gone"]]
    if op["kind"] == 7:
        known = [entry[0] for entry in state["devices"]] + state["revoked"]
        listed = [earlier["device"][0] for earlier in ops if "device" in earlier]
        after["revoked"] = state["revoked"] + [device for device in listed if device not in known]
    return after


START = {"devices": [], "revoked": [], "anchors": []}


def replay(ops, to):
    said = dict(START)
    for seq in path_to(ops, to):
        said = effect(said, ops[seq], ops[:seq])
    return said


def key_list(keys):
    return bytes([len(keys)]) + b"".join(keys)


def check_place(state, op):
    if state is None:
        if op["kind"] != 0 or op["seq"] or op["rank"] or any(op["prev"]):
            raise Refused("identity/bad-genesis")
    elif op["kind"] == 0:
        raise Refused("identity/bad-genesis")
    elif state["closed"]:
        raise Refused("identity/closed")
    elif op["seq"] != state["seq"] + 1:
        raise Refused("identity/wrong-seq")
    elif op["prev"] != state["head"]:
        raise Refused("identity/wrong-prev")


def check_rules(state, op):
    kind, rank = op["kind"], op["rank"]
    if kind == 1:
        if op["device"][0] in state["ever"]:
            raise Refused("identity/duplicate-device")
        if len(state["devices"]) >= 16:
            raise Refused("identity/too-many-devices")
    if kind == 2 and op["gone"] not in [entry[0] for entry in state["devices"]]:
        raise Refused("identity/unknown-device")
    if kind == 4 and op["keys"][:rank] != state["keys"][:rank] or kind == 6 and rank:
        raise Refused("identity/not-allowed")
    if kind == 7:
        if not 1 <= op["from"] <= state["seq"]:
            raise Refused("identity/bad-override")
        if any(voided["rank"] <= rank for voided in state["ops"][op["from"] :]):
            raise Refused("identity/not-allowed")
        if op["keys"][:rank] != replay(state["ops"], op["from"] - 1)["keys"][:rank]:
            raise Refused("identity/not-allowed")


def check_keys(state, op):
    new = list(op.get("keys", [])) + list(op.get("device", ())[:2])
    kept = set()
    if op["kind"] == 4:
        kept = set(state["keys"])
    if op["kind"] == 7:
        kept = set(replay(state["ops"], op["from"] - 1)["keys"])
    old = state["used"] - kept if state else set()
    if len(set(new)) < len(new) or old & set(new):
        raise Refused("identity/key-reuse")
    return new


def check_signatures(state, op, data):
    keys = state["keys"] if state else op["keys"]
    if not ed25519.verify(keys[op["rank"]], text(b"chapar op v1") + data[:-64], op["signature"]):
        raise Refused("identity/bad-signature")
    if "device" in op:
        device, inbox, proof = op["device"]
        subject = state["identity"] if state else sha256(key_list(op["keys"]))[:20]
        if not ed25519.verify(device, text(b"chapar device v1") + subject + device + inbox, proof):
            raise Refused("identity/bad-device-proof")


def fold(state, data):
    op = parse(data)
    check_place(state, op)
    kept_ops, kept_bytes = (32, 16384) if op["rank"] else (0, 0)
    size = (state["size"] if state else 0) + len(data)
    if op["seq"] >= 256 - kept_ops:
        raise Refused("identity/too-many-ops")
    if size > 65536 - kept_bytes:
        raise Refused("identity/too-large")
    if op["rank"] >= (len(state["keys"]) if state else 1):
        raise Refused("identity/unknown-signer")
    if state:
        check_rules(state, op)
    new = check_keys(state, op)
    check_signatures(state, op, data)
    head = sha256(b"chapar op v1", data)
    start = {"identity": head[:20], "ops": [], "closed": False, "used": set(), "ever": set(), **START}
    state = state or start
    ops = state["ops"] + [op]
    said = replay(ops, op["seq"])
    after = dict(state, **said, seq=op["seq"], head=head, size=size, ops=ops, closed=op["kind"] == 6)
    after["used"] = state["used"] | set(new)
    if "device" in op:
        after["ever"] = state["ever"] | {op["device"][0]}
    return after


def inbox(entry):
    genesis = bytes([1, 0, 1]) + sha256(entry[0])[:20] + bytes(32) + entry[1]
    return {"device": entry[0].hex(), "inboxGenesis": genesis.hex()}


def run_chain(case):
    state, index = None, 0
    try:
        for index, op in enumerate(case["in"]):
            state = fold(state, bytes.fromhex(op))
        if state is None:
            raise Refused("identity/empty-chain")
    except Refused as refusal:
        return {"error": str(refusal), "opIndex": index}
    out = {
        "identity": state["identity"].hex(),
        "seq": state["seq"],
        "head": state["head"].hex(),
        "rotationKeys": [key.hex() for key in state["keys"]],
        "devices": [inbox(entry) for entry in state["devices"]],
        "revoked": [device.hex() for device in state["revoked"]],
        "home": state["home"],
        "anchors": state["anchors"],
        "closed": state["closed"],
        "void": [seq for seq in range(len(state["ops"])) if seq not in path_to(state["ops"], state["seq"])],
    }
    return {"out": out}


# Recovery words, section 5. The list has 2,048 words in order; a known checksum over a few known places is enough here:
# every word's place is found by the bits it stands for, and the same word must always stand for the same place, in order.


def words_differ(cases):
    places = {}
    for case in cases:
        entropy = bytes.fromhex(case["entropy"])
        bits = int.from_bytes(entropy + sha256(entropy)[:1], "big")
        indexes = [bits >> 11 * (23 - at) & 2047 for at in range(24)]
        words = case["words"].split(" ")
        if len(words) != 24:
            yield case["id"] + ": not 24 words"
        for index, word in zip(indexes, words):
            if places.setdefault(index, word) != word:
                yield f"{case['id']}: two words for place {index}"
        extracted = hmac.new(bytes(32), entropy, "sha256").digest()
        seed = hmac.new(extracted, b"chapar rank 0 v1\x01", "sha256").digest()
        if seed.hex() != case["rankZeroSeed"] or ed25519.public_key(seed).hex() != case["rankZeroKey"]:
            yield case["id"] + ": another rank-0 key"
    ordered = [places[index] for index in sorted(places)]
    if ordered != sorted(ordered) or places.get(0) != "abandon" or places.get(2047) != "zoo":
        yield "words do not stand in the order of the list"


# Invites, section 6. Names of the vectors are clean.

LINK = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?#i/(.*)")


def invite_bytes(given):
    link = LINK.fullmatch(given)
    if link is None and re.search(r"(#|%23)i(/|%2f)|^chapar:", given, re.I):
        raise Refused("e2e/look-alike-invite")
    if link is None:
        raise Refused("e2e/not-an-invite")
    payload = link[1]
    try:
        data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    except ValueError:
        raise Refused("e2e/damaged-invite") from None
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != payload:
        raise Refused("e2e/damaged-invite")
    return data


def run_invite(case):
    try:
        data = invite_bytes(case["in"])
        if sha256(b"chapar invite v1", data[:-4])[:4] != data[-4:]:
            raise Refused("e2e/damaged-invite")
        r = Reader(data[:-4], "e2e/damaged-invite")
        version, kind = r.number(1), r.number(1)
        if version != 1 or kind > 1:
            raise Refused("e2e/unknown-invite")
        out = r.home()
        out["stationName"], out["token"] = r.text(128), r.opaque(64).hex()
        out["identity"] = r.take(20).hex() if kind else None
        out["name"] = r.text(256) if kind else None
        out["knock"] = r.take(16).hex() if kind else None
        fields = r.list(16, lambda: (r.varint(), r.opaque(512)))
        r.end()
        r.need([field[0] for field in fields] == sorted(field[0] for field in fields))
        out["routes"] = [value.decode() for field, value in fields if field == 1]
    except Refused as refusal:
        return {"error": str(refusal)}
    return {"bytes": data.hex(), "out": out}


def cases(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]


def compare(name, run):
    for case in cases(name):
        wanted = {key: value for key, value in case.items() if key not in ("id", "note", "in")}
        got = run(case)
        if got != wanted:
            faults.append(f"{name} {case['id']}: {got} instead of {wanted}")


compare("chains.json", run_chain)
compare("invites.json", run_invite)
faults.extend("words.json " + fault for fault in words_differ(cases("words.json")))
for fault in faults:
    print(fault)
if not faults:
    print(f"identity vectors: {sum(len(cases(n)) for n in ('chains.json', 'invites.json', 'words.json'))} cases agree")
sys.exit(1 if faults else 0)
