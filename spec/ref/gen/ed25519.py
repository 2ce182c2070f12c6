"""ed25519.json: which signatures a verifier takes (spec/00, "Ed25519").

Two verifiers that differ on one of these would part the chain, so the odd ones
are here: points of small order, second spellings of a point, signatures that
hold only times the cofactor.
"""

import ed25519 as ed
from ed25519 import IDENTITY, L, P, Signer, add, challenge, encode, expand, mul, public, torsion, verify
from wire import edit, label

MESSAGE = b"nightjar"
NO_POINT = (2).to_bytes(32, "little")  # no x fits y = 2


def make():
    taken, refused = [], []

    def case(to, name, key, message, signature):
        if verify(key, message, signature) != (to is taken):
            raise AssertionError(name)
        to.append({"name": name, "key": key.hex(), "message": message.hex(), "signature": signature.hex()})

    s = Signer("signer")
    for n in (0, 1, 8, 64, 1000):
        message = label("message", size=n)
        case(taken, f"a message of {n} bytes", s.key, message, s.sign(message))
    odd(lambda name, *c: case(taken, name, *c))
    even(lambda name, *c: case(refused, name, *c), s)
    return {"taken": taken, "refused": refused}


def little(v):
    return v.to_bytes(32, "little")


def spellings():
    """Every encoding of every point whose order divides 8."""
    points = [mul(k, torsion()) for k in range(8)]
    found = []
    for y in sorted({int.from_bytes(encode(p), "little") & (1 << 255) - 1 for p in points}):
        for v in (y, y + P):
            for sign in (0, 1 << 255):
                if v < 1 << 255 and (p := ed.decode(little(v | sign))) and ed.is_identity(mul(8, p)):
                    found.append(little(v | sign))
    return found


def odd(take):
    """Those that other rules refuse."""
    seed = label("odd signer")
    a, _ = expand(seed)
    n = int.from_bytes(label("nonce"), "little") % L
    whole = lambda r, key: r + little((n + challenge(r, key, MESSAGE) * a) % L)
    for k in (1, 2, 4, 7):
        r = encode(add(mul(n, ed.BASE), mul(k, torsion())))
        take(f"R and {k} times a point of order 8", public(seed), MESSAGE, whole(r, public(seed)))
    key = encode(add(mul(a, ed.BASE), torsion()))
    take("a key and a point of order 8", key, MESSAGE, whole(encode(mul(n, ed.BASE)), key))
    one = encode(IDENTITY)
    for i, b in enumerate(spellings()):
        take(f"small order, spelling {i}, as the key", b, MESSAGE, one + bytes(32))
        take(f"small order, spelling {i}, as R", one, MESSAGE, b + bytes(32))


def even(refuse, s):
    good = s.sign(MESSAGE)
    r, big = good[:32], int.from_bytes(good[32:], "little")
    refuse("another message", s.key, MESSAGE + b"\0", good)
    refuse("no message", s.key, b"", good)
    refuse("another key", Signer("another").key, MESSAGE, good)
    refuse("the negated key", edit(s.key, 31, bytes([s.key[31] ^ 0x80])), MESSAGE, good)
    refuse("the negated R", s.key, MESSAGE, edit(good, 31, bytes([good[31] ^ 0x80])))
    refuse("S and 1", s.key, MESSAGE, r + little((big + 1) % L))
    refuse("S and the order", s.key, MESSAGE, r + little(big + L))
    refuse("S and 8 times the order", s.key, MESSAGE, r + little(big + 8 * L))
    refuse("S with its top bit", s.key, MESSAGE, r + little(big | 1 << 255))
    one = encode(IDENTITY)
    refuse("S is the order, the equation holds", one, MESSAGE, one + little(L))
    refuse("S is all ones", s.key, MESSAGE, r + b"\xff" * 32)
    refuse("R is no point", s.key, MESSAGE, NO_POINT + good[32:])
    refuse("the key is no point", NO_POINT, MESSAGE, good)
    refuse("zeros under a key", s.key, MESSAGE, bytes(64))
    refuse("R of small order and S of 0", s.key, MESSAGE, one + bytes(32))
    refuse("R and S exchanged", s.key, MESSAGE, good[32:] + r)
