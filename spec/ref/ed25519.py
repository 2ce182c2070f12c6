"""Ed25519: RFC 8032's signatures, verified by the rule of spec/00 (ZIP 215)."""

import hashlib

from wire import label

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of −1

# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x·y = T/Z.
IDENTITY = (0, 1, 1, 0)


def add(p, q):
    """RFC 8032, 5.1.4: complete, also for points of small order."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def mul(k, p):
    out = IDENTITY
    for bit in bin(k)[2:]:
        out = add(out, out)
        if bit == "1":
            out = add(out, p)
    return out


def neg(p):
    return (-p[0] % P, p[1], p[2], -p[3] % P)


def is_identity(p):
    return p[0] == 0 and p[1] == p[2]


def encode(p):
    z = pow(p[2], -1, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(b):
    """The point, or None. Taken: y not below p, and x = 0 with the sign bit."""
    v = int.from_bytes(b, "little")
    y, sign = (v & (1 << 255) - 1) % P, v >> 255
    u, w = (y * y - 1) % P, (D * y * y + 1) % P
    xx = u * pow(w, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * ROOT % P
    if x * x % P != xx:
        return None
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def _sha(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def expand(seed):
    """The secret scalar and the prefix of the nonces."""
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | 1 << 254, h[32:]


def public(seed):
    return encode(mul(expand(seed)[0], BASE))


def challenge(r, key, message):
    return _sha(r, key, message) % L


def sign(seed, message):
    a, prefix = expand(seed)
    n = _sha(prefix, message) % L
    r = encode(mul(n, BASE))
    s = (n + challenge(r, public(seed), message) * a) % L
    return r + s.to_bytes(32, "little")


def verify(key, message, signature):
    """S < L and [8]([S]B − [h]A − R) = 0, where h hashes the bytes as they are."""
    s = int.from_bytes(signature[32:], "little")
    a, r = decode(key), decode(signature[:32])
    if s >= L or a is None or r is None:
        return False
    h = challenge(signature[:32], key, message)
    return is_identity(mul(8, add(mul(s, BASE), neg(add(mul(h, a), r)))))


def torsion():
    """A point of order 8: [L]p for the first y = 2, 3, … that gives one."""
    y = 2
    while True:
        p = decode(y.to_bytes(32, "little"))
        if p and not is_identity(mul(4, t := mul(L, p))):
            return t
        y += 1


class Signer:
    """A key pair made of a label."""

    def __init__(self, *words):
        self.seed = label("ed25519", *words)
        self.key = public(self.seed)

    def sign(self, message):
        return sign(self.seed, message)
