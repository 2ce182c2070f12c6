"""ChaCha20-Poly1305 of RFC 8439."""

MASK = 0xFFFFFFFF
QUARTERS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)


def block(key, counter, nonce):
    def words(b):
        return [int.from_bytes(b[i : i + 4], "little") for i in range(0, len(b), 4)]

    start = words(b"expand 32-byte k" + key) + [counter] + words(nonce)
    s = list(start)
    for _ in range(10):
        for a, b, c, d in QUARTERS:
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & MASK
                v = s[z] ^ s[x]
                s[z] = (v << n | v >> 32 - n) & MASK
    return b"".join(((x + y) & MASK).to_bytes(4, "little") for x, y in zip(s, start))


def _xor(key, nonce, text):
    stream = b"".join(block(key, 1 + i, nonce) for i in range(-(-len(text) // 64)))
    return bytes(a ^ b for a, b in zip(text, stream))


def poly1305(once, data):
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((acc + int.from_bytes(once[16:], "little")) % 2**128).to_bytes(16, "little")


def _tag(key, nonce, ct, aad):
    def padded(b):
        return b + bytes(-len(b) % 16)

    sizes = len(aad).to_bytes(8, "little") + len(ct).to_bytes(8, "little")
    return poly1305(block(key, 0, nonce)[:32], padded(aad) + padded(ct) + sizes)


def seal(key, nonce, text, aad=b""):
    ct = _xor(key, nonce, text)
    return ct + _tag(key, nonce, ct, aad)


def open(key, nonce, sealed, aad=b""):
    """The text, or None."""
    ct, tag = sealed[:-16], sealed[-16:]
    return _xor(key, nonce, ct) if len(sealed) >= 16 and _tag(key, nonce, ct, aad) == tag else None
