"""spec/11: verifying keys, proofs and batches, without a pairing.

Who makes a key from trapdoors (α, β, γ, δ and K_0 … K_n as multiples of the
generators) proves without a circuit: for any A = [a]G1 and B = [b]G2 it takes

    c = (a·b − α·β − l·γ) / δ        l = k_0 + x_1·k_1 + … + x_n·k_n

and the verifier's equation e(A, B) = e(α, β)·e(L, γ)·e(C, δ) holds, because it
holds between the logarithms. commit() remembers the logarithm of each point
that it makes, and the checks below compute with those: what no commit() made
and what is nevertheless a point of the group is a fault of the generator.
"""

import hashlib
from functools import lru_cache

from bls12_381 import G1, G2, ORDER
from wire import Reader, Refused, label, u16, u32, var

CONTEXT_KEY = b"nightjar/verifying-key/v1"
CONTEXT_BATCH = b"nightjar/proof-batch/v1"
MOST_POINTS = 65

_logarithms = {}


@lru_cache(maxsize=None)
def commit(group, s):
    """The encoding of [s] of the group's generator."""
    p = group.mul(s % ORDER, group.generator)
    _logarithms[group.encode(p)] = s % ORDER
    _logarithms[group.encode(group.neg(p))] = -s % ORDER
    return group.encode(p)


def logarithm(group, b):
    """Of the point that b encodes; BAD_POINT if it encodes none that is allowed."""
    group.decode(b)
    return _logarithms[b]


def scalar(*words):
    return int.from_bytes(label(*words, size=64), "big") % ORDER


class Key:
    """A verifying key and the trapdoors that it was made of."""

    def __init__(self, alpha, beta, gamma, delta, ks):
        self.alpha, self.beta, self.gamma, self.delta, self.ks = alpha, beta, gamma, delta, ks

    def encode(self):
        out = b"\x01" + commit(G1, self.alpha)
        out += b"".join(commit(G2, s) for s in (self.beta, self.gamma, self.delta))
        return out + u16(len(self.ks)) + b"".join(commit(G1, k) for k in self.ks)

    def hash(self):
        return hashlib.sha256(var(CONTEXT_KEY) + self.encode()).digest()

    def l(self, public):
        return (self.ks[0] + sum(k * x for k, x in zip(self.ks[1:], public))) % ORDER

    def prove(self, public, a, b):
        c = (a * b - self.alpha * self.beta - self.gamma * self.l(public)) * pow(self.delta, -1, ORDER)
        return commit(G1, a) + commit(G2, b) + commit(G1, c % ORDER)


def toy_key(name, inputs):
    s = lambda what: scalar("verifying key", name, what)
    return Key(s("alpha"), s("beta"), s("gamma"), s("delta"), [s(f"K {i}") for i in range(inputs + 1)])


def decode_key(data):
    r = Reader(data)
    if r.u8() != 1:
        raise Refused("UNKNOWN_VERSION")
    alpha = logarithm(G1, r.bytes(48))
    beta, gamma, delta = (logarithm(G2, r.bytes(96)) for _ in range(3))
    n = r.count(MOST_POINTS)
    if n < 2:
        raise Refused("OUT_OF_RANGE")
    ks = [logarithm(G1, r.bytes(48)) for _ in range(n)]
    r.done()
    return Key(alpha, beta, gamma, delta, ks)


class Claim:
    """A key, public inputs, and the bytes of a proof."""

    def __init__(self, key, public, proof):
        self.key, self.public, self.proof = key, public, proof

    def error(self):
        """a·b − α·β − l·γ − c·δ; refuses what is no proof for this key."""
        p, k = self.proof, self.key
        if len(p) != 192 or len(self.public) != len(k.ks) - 1:
            raise Refused("BAD_PROOF")
        try:
            a, b, c = logarithm(G1, p[:48]), logarithm(G2, p[48:144]), logarithm(G1, p[144:])
        except Refused:
            raise Refused("BAD_PROOF") from None
        return (a * b - k.alpha * k.beta - k.l(self.public) * k.gamma - c * k.delta) % ORDER

    def verify(self):
        if self.error():
            raise Refused("BAD_PROOF")


def coefficients(claims):
    seed = u32(len(claims))
    for c in claims:
        seed += c.key.hash() + b"".join(x.to_bytes(32, "big") for x in c.public) + c.proof
    seed = hashlib.sha256(var(CONTEXT_BATCH) + seed).digest()
    return [int.from_bytes(hashlib.sha256(seed + u32(i)).digest()[:16], "big") for i in range(len(claims))]


def verify_batch(claims):
    if sum(r * c.error() for r, c in zip(coefficients(claims), claims)) % ORDER:
        raise Refused("BAD_PROOF")
