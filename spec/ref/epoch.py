"""spec/13, "Randomness": what workers draw from an epoch's secret."""

import hashlib
import hmac

from field import from_hash, wide
from jubjub import L
from keys import hkdf
from wire import u8, u32

PRF_CONTEXT = "nightjar/epoch-prf/v1"
SALT, BLIND, FEE_BLIND, FEE_R, FEE_SEED, PAD_S, PAD_C, PAD_OID, PLACE, RANK, VEIL = range(1, 12)


def schedule(secret):
    return hkdf(secret, b"nightjar/schedule/v1")


def pool(market, kind):
    """The number of a pool in the draws."""
    return market + kind * 2**16


def prf(key, data):
    return int.from_bytes(hmac.new(key, data, "sha256").digest()[:8], "big")


def called(k_sched, a, n):
    return a % n == prf(k_sched, b"call" + u32(a // n)) % n


def tie(k_sched, a):
    return prf(k_sched, b"tie" + u32(a)) & 1 == 1


class Auction:
    """The draws of auction a."""

    def __init__(self, secret, a):
        self.key = hkdf(secret, PRF_CONTEXT.encode() + u32(a))

    def seed(self, purpose, pool=0, index=0):
        return hmac.new(self.key, u8(purpose) + u32(pool) + u32(index), "sha256").digest()

    def element(self, purpose, pool=0, index=0):
        return from_hash(PRF_CONTEXT, self.seed(purpose, pool, index))

    def scalar(self, purpose, pool=0, index=0):
        return wide(PRF_CONTEXT, self.seed(purpose, pool, index)) % L

    def rank(self, nf):
        """The keyed hash of an order's nullifier."""
        return int.from_bytes(hashlib.sha256(self.seed(RANK) + nf.to_bytes(32, "big")).digest()[:8], "big")
