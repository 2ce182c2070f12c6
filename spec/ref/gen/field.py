"""field.json: the permutation, the sponge, bytes to F, elements on the wire."""

from field import H, K, K2, LAST, P, PK, R, NOTE, RHO_DUM, decode, e32, from_hash, sample
from wire import refusal

WORDS = (0, 1, 2**32 - 1, 2**64 - 1, LAST)


def hexes(*elements):
    return [e32(v).hex() for v in elements]


def permutation(a, b, c):
    return {"in": hexes(a, b, c), "p": hexes(*P(a, b, c)), "k": e32(K(a, b, c)).hex(), "k2": hexes(*K2(a, b, c))}


def sponge(tag, *xs):
    return {"tag": tag, "in": hexes(*xs), "out": e32(H(tag, *xs)).hex()}


def hashed(context, *parts):
    return {"context": context, "parts": [p.hex() for p in parts], "out": e32(from_hash(context, *parts)).hex()}


def make():
    some = [sample("field", i) for i in range(8)]
    alpha = "nightjar/randomizer/v1"
    return {
        "elements": [{"decimal": str(v), "bytes": e32(v).hex()} for v in WORDS],
        "permutation": [
            permutation(0, 0, 0),
            permutation(0, 1, 2),
            permutation(LAST, LAST, LAST),
            permutation(*some[:3]),
            # A change of one lane moves every lane of the result.
            *(permutation(*(v if i == j else 0 for j in range(3))) for v in WORDS[1:] for i in range(3)),
        ],
        "sponge": [
            *(sponge(PK, *some[:n]) for n in range(1, 8)),
            # Two messages that differ in nothing but trailing zeros, and two tags.
            sponge(PK, 0), sponge(PK, 0, 0), sponge(NOTE, 0), sponge(RHO_DUM, 0),
            sponge(PK, LAST), sponge(PK, LAST, LAST, LAST),
        ],
        "from_hash": [
            hashed(alpha),
            hashed(alpha, b""),
            hashed(alpha, b"\1\2", b"\3"),
            hashed(alpha, b"\1", b"\2\3"),
            hashed(alpha, b"\1\2\3"),
            hashed("nightjar/nk/v1", b"\1\2\3"),
            hashed(alpha, bytes(300)),
        ],
        "refused": [
            refusal(name, code, decode, data)
            for name, code, data in (
                ("nothing", "TRUNCATED", b""),
                ("one byte", "TRUNCATED", b"\1"),
                ("the last byte missing", "TRUNCATED", e32(1)[:-1]),
                ("a byte more", "TRAILING_BYTES", e32(1) + b"\0"),
                ("a byte before", "TRAILING_BYTES", b"\0" + e32(1)),
                ("the modulus", "NON_CANONICAL", e32(R)),
                ("the modulus plus 1", "NON_CANONICAL", e32(R + 1)),
                ("the modulus plus 2^64 - 1", "NON_CANONICAL", e32(R + 2**64 - 1)),
                ("twice the modulus", "NON_CANONICAL", e32(2 * R)),
                ("the modulus plus the last element", "NON_CANONICAL", e32(R + LAST)),
                ("another element's second form", "NON_CANONICAL", e32(R + some[0] % 2**253)),
                ("the top bit set", "NON_CANONICAL", e32(2**255)),
                ("all ones", "NON_CANONICAL", b"\xff" * 32),
            )
        ],
    }
