#!/usr/bin/env python3
"""Makes the transcripts in vectors/noise/nk.json anew, from The Noise Protocol Framework (revision 34) and RFC 7748, and compares.

Standard library only and plain; it shares nothing with the TypeScript. Run: python3 vectors/verify/check_noise.py [--write]
"""
import hashlib
import hmac
import json
import pathlib
import sys

import aes_gcm
import ed25519

PATH = pathlib.Path(__file__).parent.parent / "noise" / "nk.json"
P = 2**255 - 19


def x25519(scalar, u):
    """RFC 7748 section 5: the Montgomery ladder."""
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for at in range(254, -1, -1):
        bit = k >> at & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


# RFC 7748 section 5.2, after one iteration: a fault here is a fault of this file.
NINE = (9).to_bytes(32, "little")
assert x25519(NINE, NINE).hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"


def montgomery(key):
    y = int.from_bytes(key, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, P - 2, P) % P).to_bytes(32, "little")


class State:
    def __init__(self, prologue, static):
        self.h = self.ck = b"Noise_NK_25519_AESGCM_SHA256".ljust(32, b"\0")
        self.mix_hash(prologue)
        self.mix_hash(static)

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def derive(self, secret):
        key = hmac.digest(self.ck, secret, "sha256")
        first = hmac.digest(key, b"\1", "sha256")
        return first, hmac.digest(key, first + b"\2", "sha256")

    def mix_key(self, secret):
        self.ck, self.key = self.derive(secret)

    def seal(self, plain):
        sealed = aes_gcm.seal(self.key, bytes(12), self.h, plain)
        self.mix_hash(sealed)
        return sealed


def records(key, plains):
    return [aes_gcm.seal(key, bytes(4) + at.to_bytes(8, "big"), b"", plain).hex() for at, plain in enumerate(plains)]


def transcript(name, seed, dialer, acceptor, prologue, request, answer):
    scalar = hashlib.sha512(seed).digest()[:32]
    signing, static = ed25519.public_key(seed), x25519(scalar, NINE)
    assert montgomery(signing) == static
    state = State(prologue, static)
    e1, e2 = x25519(dialer, NINE), x25519(acceptor, NINE)
    state.mix_hash(e1)
    state.mix_key(x25519(dialer, static))
    first = e1 + state.seal(request)
    state.mix_hash(e2)
    state.mix_key(x25519(acceptor, e1))
    second = e2 + state.seal(answer)
    there, back = state.derive(b"")
    return {
        "id": name,
        "seed": seed.hex(),
        "ed25519": signing.hex(),
        "x25519": static.hex(),
        "dialerEphemeral": dialer.hex(),
        "acceptorEphemeral": acceptor.hex(),
        "prologue": prologue.hex(),
        "request": request.hex(),
        "answer": answer.hex(),
        "message1": first.hex(),
        "message2": second.hex(),
        "dialerRecords": records(there, [b"first", b"", b"third"]),
        "acceptorRecords": records(back, [b"back"]),
    }


def digest(text):
    return hashlib.sha256(text.encode()).digest()


CASES = [
    transcript("find", b"\1" * 32, b"\x11" * 32, b"\x21" * 32, b"chapar find v1\0", b"question", b"answer"),
    transcript("sealed", bytes(range(32)), b"\x12" * 32, b"\x22" * 32, b"chapar sealed v1\0", b"", b""),
    transcript("no prologue", digest("seed"), digest("dialer"), digest("acceptor"), b"", bytes(300), b"\xff" * 400),
]
HEAD = {
    "source": "vectors/verify/check_noise.py --write; plaintexts of records: first, (empty), third; back",
    "licence": "Apache-2.0",
    "spec": "The Noise Protocol Framework, revision 34; RFC 7748; protocol/8-road.md section 14",
}

if "--write" in sys.argv:
    PATH.write_text(json.dumps({**HEAD, "cases": CASES}, indent=2) + "\n")
kept = json.loads(PATH.read_text())["cases"]
different = [case["id"] for case, made in zip(kept, CASES, strict=True) if case != made]
print(f"noise: {len(kept)} cases agree" if not different else f"noise: different: {different}")
sys.exit(1 if different else 0)
