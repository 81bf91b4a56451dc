"""AES-256-GCM sealing (FIPS 197, SP 800-38D, 12-byte nonces) in plain Python: slow, short, shares no code with the project."""


def _tables():
    exp, log, value = [0] * 255, [0] * 256, 1
    for at in range(255):
        exp[at], log[value] = value, at
        value ^= value << 1 ^ (0x11B if value & 0x80 else 0)
    box = []
    for byte in range(256):
        inverse = exp[(255 - log[byte]) % 255] if byte else 0
        spread = inverse
        for turn in range(1, 5):
            spread ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
        box.append(spread ^ 0x63)
    return box


SBOX = _tables()
DOUBLE = [byte << 1 & 0xFF ^ (0x1B if byte & 0x80 else 0) for byte in range(256)]
# One column of a round: what byte `b` in row 0 adds to the four rows, as a 32-bit word; other rows are rotations of it.
COLUMN = [DOUBLE[s] << 24 | s << 16 | s << 8 | (DOUBLE[s] ^ s) for s in SBOX]
COLUMNS = [[word >> 8 * row | word << (32 - 8 * row) & 0xFFFFFFFF for word in COLUMN] for row in range(4)]


def expand(key):
    words = [int.from_bytes(key[at : at + 4], "big") for at in range(0, 32, 4)]
    constant = 1
    while len(words) < 60:
        word = words[-1]
        if len(words) % 8 == 0:
            word = (word << 8 | word >> 24) & 0xFFFFFFFF
        if len(words) % 4 == 0:
            word = int.from_bytes(bytes(SBOX[byte] for byte in word.to_bytes(4, "big")), "big")
        if len(words) % 8 == 0:
            word ^= constant << 24
            constant = DOUBLE[constant]
        words.append(words[-8] ^ word)
    return words


def block(words, data):
    state = [int.from_bytes(data[4 * at : 4 * at + 4], "big") ^ words[at] for at in range(4)]
    a, b, c, d = COLUMNS
    for turn in range(4, 56, 4):
        state = [
            a[state[at] >> 24]
            ^ b[state[(at + 1) % 4] >> 16 & 255]
            ^ c[state[(at + 2) % 4] >> 8 & 255]
            ^ d[state[(at + 3) % 4] & 255]
            ^ words[turn + at]
            for at in range(4)
        ]
    out = b""
    for at in range(4):
        picked = bytes(SBOX[state[(at + row) % 4] >> (24 - 8 * row) & 255] for row in range(4))
        out += (int.from_bytes(picked, "big") ^ words[56 + at]).to_bytes(4, "big")
    return out


def times(x, h):
    z = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            z ^= h
        h = h >> 1 ^ (0xE1 << 120 if h & 1 else 0)
    return z


def ghash(h, data):
    table = [[times(byte << 8 * place, h) for byte in range(256)] for place in range(16)]
    y = 0
    for at in range(0, len(data), 16):
        y ^= int.from_bytes(data[at : at + 16], "big")
        mixed = 0
        for place in range(16):
            mixed ^= table[place][y >> 8 * place & 255]
        y = mixed
    return y


def padded(data):
    return data + bytes(-len(data) % 16)


def seal(key, nonce, aad, plain):
    words = expand(key)
    out = bytearray()
    for at in range(0, len(plain), 16):
        stream = block(words, nonce + (2 + at // 16).to_bytes(4, "big"))
        out += bytes(x ^ y for x, y in zip(plain[at : at + 16], stream))
    h = int.from_bytes(block(words, bytes(16)), "big")
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(out)).to_bytes(8, "big")
    tag = ghash(h, padded(aad) + padded(bytes(out)) + lengths) ^ int.from_bytes(block(words, nonce + b"\0\0\0\1"), "big")
    return bytes(out) + tag.to_bytes(16, "big")


# Case 16 of the GCM specification: a fault here is a fault of this file.
assert seal(
    bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2),
    bytes.fromhex("cafebabefacedbaddecaf888"),
    bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    ),
)[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
