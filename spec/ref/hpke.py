"""HPKE of RFC 9180 in base mode, as spec/08 uses it: X-Wing, HKDF-SHA256, ChaCha20-Poly1305."""

import hashlib
import hmac

import chacha
import mlkem
from curve25519 import x25519

KEM, KDF, AEAD = 0x647A, 1, 3
SUITE = b"HPKE" + b"".join(v.to_bytes(2, "big") for v in (KEM, KDF, AEAD))
ENCAPSULATION = mlkem.CT + 32
BASE = b"\x09" + bytes(31)
LABEL = b"\\.//^\\"  # of X-Wing: a drawing of its wings


# --- X-Wing -----------------------------------------------------------------


class Key:
    """The private key of a 32-byte seed."""

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self.pq, self.x = mlkem.Key(expanded[:32], expanded[32:64]), expanded[64:]
        self.public = self.pq.ek + x25519(self.x, BASE)

    def decapsulate(self, encapsulation):
        ct, theirs = encapsulation[: mlkem.CT], encapsulation[mlkem.CT :]
        return combine(self.pq.decapsulate(ct), x25519(self.x, theirs), theirs, self.public[mlkem.EK :])


def encapsulate(public, randomness):
    """The shared secret and the encapsulation for 64 random bytes."""
    m, e = randomness[:32], randomness[32:]
    pq, ct = mlkem.encapsulate(public[: mlkem.EK], m)
    mine, theirs = x25519(e, BASE), public[mlkem.EK :]
    return combine(pq, x25519(e, theirs), mine, theirs), ct + mine


def combine(pq, x, ephemeral, public):
    return hashlib.sha3_256(pq + x + ephemeral + public + LABEL).digest()


# --- key schedule -----------------------------------------------------------


def _mac(key, data):
    return hmac.new(key, data, "sha256").digest()


def _extract(salt, label, ikm):
    return _mac(salt or bytes(32), b"HPKE-v1" + SUITE + label + ikm)


def _expand(secret, label, info, n):
    """At most 32 bytes: one block of HKDF-Expand."""
    return _mac(secret, n.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info + b"\1")[:n]


def _schedule(shared, info):
    """The AEAD's key and the nonce of the first message."""
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    return _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)


def seal(public, randomness, info, aad, text):
    shared, encapsulation = encapsulate(public, randomness)
    return encapsulation + chacha.seal(*_schedule(shared, info), text, aad)


def open(key, info, aad, sealed):
    """The text, or None."""
    encapsulation, ct = sealed[:ENCAPSULATION], sealed[ENCAPSULATION:]
    if not any(x25519(key.x, encapsulation[mlkem.CT :])):
        return None
    return chacha.open(*_schedule(key.decapsulate(encapsulation), info), ct, aad)
