"""spec/00, "Encoding": reading and writing bytes, and refusing them.

A decoder of the reference raises Refused with the name of the code of spec/00
at the first fault in the order of the layout. Negative vectors are made with
refusal() and mutation(), which run the decoder: the code in a vector file is
what the reference computed, and the generator ends if that is not the class
that the vector stands for.
"""

import hashlib


class Refused(Exception):
    """An input broke a rule; its text is the code's name."""

    @property
    def code(self):
        return str(self)


def u8(v):
    return v.to_bytes(1, "big")


def u16(v):
    return v.to_bytes(2, "big")


def u32(v):
    return v.to_bytes(4, "big")


def u64(v):
    return v.to_bytes(8, "big")


def var(b):
    return u16(len(b)) + b


def label(*words, size=32):
    """Bytes that look random and that everybody can make: SHA-256 of a label."""
    seed = "/".join(str(w) for w in words).encode()
    blocks = (hashlib.sha256(seed + u32(i)).digest() for i in range(-(-size // 32)))
    return b"".join(blocks)[:size]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def bytes(self, n):
        if self.left() < n:
            raise Refused("TRUNCATED")
        self.at += n
        return self.data[self.at - n : self.at]

    def uint(self, n):
        return int.from_bytes(self.bytes(n), "big")

    def u8(self):
        return self.uint(1)

    def u16(self):
        return self.uint(2)

    def u32(self):
        return self.uint(4)

    def u64(self):
        return self.uint(8)

    def flag(self):
        return self.below(2, 1) == 1

    def below(self, bound, size=32):
        """An integer below bound: an element, a scalar, a flag."""
        if (v := self.uint(size)) >= bound:
            raise Refused("NON_CANONICAL")
        return v

    def count(self, most, size=2):
        """The length of a field or of a list: refused before anything is read for it."""
        if (n := self.uint(size)) > most:
            raise Refused("OVERSIZED")
        return n

    def var(self, most):
        return self.bytes(self.count(most))

    def zeros(self, n):
        """Padding."""
        if any(self.bytes(n)):
            raise Refused("NON_CANONICAL")

    def done(self):
        if self.left():
            raise Refused("TRAILING_BYTES")


def refused_with(decode, data):
    """The code with which decode refuses data, or None."""
    try:
        decode(data)
    except Refused as e:
        return e.code
    return None


def refusal(name, code, decode, data):
    """A negative vector: data that decode refuses with code."""
    if (got := refused_with(decode, data)) != code:
        raise AssertionError(f"{name}: refused with {got}, not {code}")
    return {"name": name, "bytes": data.hex(), "code": code}


def edit(data, offset, replacement):
    """data with some bytes replaced; the length stays."""
    out = data[:offset] + replacement + data[offset + len(replacement) :]
    if len(out) != len(data):
        raise AssertionError(f"an edit of {len(replacement)} bytes at {offset} of {len(data)}")
    return out


def mutation(name, code, decode, of, data, offset=0, replacement=b"", cut=0, append=b""):
    """A negative vector of a large message: an edit of the positive vector called of."""
    b = edit(data, offset, replacement)
    refusal(name, code, decode, b[: len(b) - cut] + append)
    out = {"name": name, "of": of, "offset": offset}
    if replacement:
        out["with"] = replacement.hex()
    if cut:
        out["cut"] = cut
    if append:
        out["append"] = append.hex()
    return out | {"code": code}
