"""spec/00, "Curve": points, generators, signatures. Not constant-time."""

import functools
import hashlib

from field import R, e32, wide
from wire import Refused

L = 0x0E7DB4EA6533AFA906673B0101343B00A6682093CCC81082D0970E5ED6F72CB7
D = -10240 * pow(10241, -1, R) % R
IDENTITY = (0, 1)
GENERATOR = b"nightjar/generator/v1"

# A point is (x, y). Inside, it is (X, Y, Z, T) with x = X/Z, y = Y/Z, T = XY/Z,
# and one formula adds any two points: −1 is a square and d is none.


def _add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2) % R, (y1 + x1) * (y2 + x2) % R
    c, d = 2 * D * t1 % R * t2 % R, 2 * z1 * z2 % R
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % R, g * h % R, f * g % R, e * h % R


def _extend(p):
    return p[0], p[1], 1, p[0] * p[1] % R


def _affine(p):
    z = pow(p[2], -1, R)
    return p[0] * z % R, p[1] * z % R


def add(*points):
    return _affine(functools.reduce(_add, map(_extend, points)))


def mul(k, p):
    """[k]p for any k ≥ 0; k is not reduced, so that [L]p says something."""
    out, p = (0, 1, 1, 0), _extend(p)
    for bit in bin(k)[2:]:
        out = _add(out, out)
        if bit == "1":
            out = _add(out, p)
    return _affine(out)


def neg(p):
    return -p[0] % R, p[1]


def sqrt(v):
    """Tonelli-Shanks; None if v is no square."""
    if v == 0:
        return 0
    if pow(v, (R - 1) // 2, R) != 1:
        return None
    q, s = R - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, 100) if pow(z, (R - 1) // 2, R) != 1)
    m, c, t, r = s, pow(z, q, R), pow(v, q, R), pow(v, (q + 1) // 2, R)
    while t != 1:
        i, u = 0, t
        while u != 1:
            u, i = u * u % R, i + 1
        b = pow(c, 1 << (m - i - 1), R)
        m, c, t, r = i, b * b % R, t * b * b % R, r * b % R
    return r


def lift(y, larger):
    """The point with this y and the larger or smaller root x, or None."""
    x = sqrt((1 - y * y) * pow(-1 - D * y * y, -1, R) % R)
    if x is None or (x == 0 and larger):
        return None
    return (max(x, R - x) if larger else min(x, -x % R), y)


def encode(p):
    b = bytearray(e32(p[1]))
    if p[0] > R - p[0]:
        b[0] |= 0x80
    return bytes(b)


@functools.cache
def _decode(b):
    """The point of the subgroup with this encoding, or None."""
    y = int.from_bytes(b, "big") & ~(1 << 255)
    p = lift(y, b[0] >> 7 == 1) if y < R else None
    return p if p is not None and mul(L, p) == IDENTITY else None


def read(reader, identity=False):
    """A point; the identity only if the page allows it."""
    p = _decode(reader.bytes(32))
    if p is None or (p == IDENTITY and not identity):
        raise Refused("BAD_POINT")
    return p


def generator(name):
    counter = 0
    while True:
        data = GENERATOR + b"\0" + name.encode() + counter.to_bytes(4, "big")
        p = lift(int.from_bytes(hashlib.sha256(data).digest(), "big") % R, False)
        if p is not None and (g := mul(8, p)) != IDENTITY:
            return g
        counter += 1


GENERATORS = {name: generator(name) for name in ("spend", "base", "quote", "blind")}
SPEND, BASE, QUOTE, BLIND = GENERATORS.values()


def torsion():
    """The eight points of order 1, 2, 4 and 8, as multiples of one of order 8."""
    y = 2
    while True:
        p = lift(y, False)
        if p is not None and mul(4, g := mul(L, p)) != IDENTITY:
            return [mul(i, g) for i in range(8)]
        y += 1


def sign(context, base, k, message, entropy=b""):
    n = wide("nightjar/schnorr-nonce/v1", context.encode(), e32(k), entropy, message) % L
    r = encode(mul(n, base))
    c = wide(context, r, encode(mul(k, base)), message) % L
    return r + e32((n + c * k) % L)


def verify(context, base, key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    if key == IDENTITY or s >= L:
        return False
    c = wide(context, r, encode(key), message) % L
    return encode(add(mul(s, base), neg(mul(c, key)))) == r
