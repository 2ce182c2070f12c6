"""spec/01, "Address": X25519 as RFC 7748 has it, and the bases of addresses."""

import hashlib

from wire import Reader, Refused, u32, var

Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493  # ℓ


def ladder(n: int, u: int):
    """[n]P for the point P with this u, as (X, Z); Z = 0 is infinity."""
    x1, x2, z2, x3, z3 = u, 1, 0, u, 1
    for t in range(254, -1, -1):
        if n >> t & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % Q, b * b % Q, d * a % Q, c * b % Q
        x3, z3 = (da + cb) ** 2 % Q, x1 * (da - cb) ** 2 % Q
        e = aa - bb
        x2, z2 = aa * bb % Q, e * (aa + 121665 * e) % Q
        if n >> t & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return x2, z2


def x25519(k: bytes, u: bytes) -> bytes:
    """RFC 7748, clamping included; infinity is 32 zero bytes."""
    n = int.from_bytes(k, "little") & ~7 & ((1 << 254) - 1) | 1 << 254
    x, z = ladder(n, int.from_bytes(u, "little") & ((1 << 255) - 1))
    return (x * pow(z, -1, Q) % Q if z else 0).to_bytes(32, "little")


def on_curve(u: int) -> bool:
    """u is below p and u³ + 486662u² + u is a square that is not zero."""
    return u < Q and pow(u**3 + 486662 * u * u + u, (Q - 1) // 2, Q) == 1


def read(reader: Reader) -> bytes:
    """The one encoding of a point of order ℓ."""
    b = reader.bytes(32)
    u = int.from_bytes(b, "little")
    if not on_curve(u) or ladder(ORDER, u)[1] != 0:
        raise Refused("BAD_POINT")
    return b


def diversified_base(d: bytes) -> bytes:
    """G_d: the first u on the curve, times 2^254, unless that is infinity."""
    counter = 0
    while True:
        u = bytearray(hashlib.sha256(var(b"nightjar/diversified-base/v1") + d + u32(counter)).digest())
        u[31] &= 0x7F
        if on_curve(int.from_bytes(u, "little")) and any(g := x25519(bytes(32), bytes(u))):
            return g
        counter += 1
