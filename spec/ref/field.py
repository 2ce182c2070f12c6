"""spec/00, "Field and hash": F, the permutation and what is made from it."""

import hashlib

from keccak import keccak256
from wire import Refused, label, u32, var

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
LAST = R - 1

FULL, PARTIAL = 8, 56
SEED = b"Poseidon2-BLS12_381[t=3,rF=8,rP=56,d=5]"

# Tags: the words of spec/00's table.
NOTE, ORDER, NF, ONF, TERMS, PK, OWNER, OID, RSD, SSD, RDEP, RRET = range(1, 13)
RHO_DEP, RHO_RET, RHO_FEE, RFEE, RCPT, PC, MKT, REF, RHO_DUM = range(13, 22)


def _constants():
    h, rounds = keccak256(SEED), []
    for i in range(FULL + PARTIAL):
        row = []
        for _ in range(1 if FULL // 2 <= i < FULL // 2 + PARTIAL else 3):
            h = keccak256(h)
            row.append(int.from_bytes(h, "big") % R)
        rounds.append(row)
    return rounds


CONSTANTS = _constants()


def P(a, b, c):
    """The permutation: circ(2,1,1) and [[2,1,1],[1,2,1],[1,1,3]], x^5."""
    t = a + b + c
    a, b, c = a + t, b + t, c + t
    for row in CONSTANTS:
        if len(row) == 3:
            a, b, c = (pow(v + k, 5, R) for v, k in zip((a, b, c), row))
            t = a + b + c
            a, b, c = a + t, b + t, c + t
        else:
            a = pow(a + row[0], 5, R)
            t = a + b + c
            a, b, c = a + t, (b + t) % R, (2 * c + t) % R
    return a % R, b % R, c % R


def K(a, b, c):
    return (P(a, b, c)[0] + a) % R


def K2(a, b, c):
    x, y, _ = P(a, b, c)
    return (x + a) % R, (y + b) % R


def H(tag, *xs):
    a, b, c = 0, 0, tag + (len(xs) << 32)
    for i in range(0, len(xs), 2):
        a, b, c = P(a + xs[i], b + (xs[i + 1] if i + 1 < len(xs) else 0), c)
    return a


def wide(context: str, *parts: bytes) -> int:
    """The 512-bit integer behind FromHash."""
    data = var(context.encode()) + b"".join(u32(len(p)) + p for p in parts)
    return int.from_bytes(hashlib.sha512(data).digest(), "big")


def from_hash(context, *parts):
    return wide(context, *parts) % R


def e32(v: int) -> bytes:
    return v.to_bytes(32, "big")


def sample(*words) -> int:
    """An element that looks random."""
    return int.from_bytes(label(*words, size=64), "big") % R


def decode(data: bytes) -> int:
    """A whole string that is one element."""
    if len(data) != 32:
        raise Refused("TRUNCATED" if len(data) < 32 else "TRAILING_BYTES")
    if (v := int.from_bytes(data, "big")) >= R:
        raise Refused("NON_CANONICAL")
    return v
