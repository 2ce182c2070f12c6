"""spec/01: accounts, addresses and their texts."""

import hashlib
import hmac

import bech32m
import jubjub
from curve25519 import diversified_base, read as read_u, x25519
from field import H, OID, OWNER, PK, R, RDEP, RHO_DUM, RRET, RSD, SSD, e32, wide
from jubjub import L, SPEND, add, mul
from wire import Reader, Refused, u32

NETWORKS = {"main": "nj", "test": "njt", "development": "njd"}


def hkdf(secret, info, n=32, hash="sha256"):
    """RFC 5869 without salt."""

    def mac(key, data):
        return hmac.new(key, data, hash).digest()

    root = mac(bytes(hashlib.new(hash).digest_size), secret)
    out, last, i = b"", b"", 1
    while len(out) < n:
        last = mac(root, last + info + bytes([i]))
        out, i = out + last, i + 1
    return out[:n]


class Account:
    def __init__(self, seed: bytes, index: int = 0):
        root = hkdf(seed, b"nightjar/account/v1" + u32(index), 64, "sha512")
        c = 0
        while not (ask := wide("nightjar/ask/v1", root, bytes([c])) % L):
            c += 1
        self.ask, self.ak = ask, mul(ask, SPEND)
        self.nk = wide("nightjar/nk/v1", root) % R
        self.dk = wide("nightjar/dk/v1", root) % R
        self.oid = H(OID, self.nk)
        self.self_key = hkdf(e32(self.dk), b"nightjar/self/v1")
        self.scan_key = hkdf(e32(self.dk), b"nightjar/scan/v1")
        self.prover_key = b"\x01" + jubjub.encode(self.ak) + e32(self.nk)
        self.viewing_key = self.prover_key + e32(self.dk)

    def diversifier(self, i):
        return hkdf(e32(self.dk), b"nightjar/diversifier/v1" + u32(i), 16)

    def pk_d(self, d):
        return H(PK, *self.ak, self.nk, int.from_bytes(d, "big"))

    def address(self, d):
        """The 81 bytes."""
        return b"\x01" + d + e32(self.pk_d(d)) + x25519(self.scan_key, diversified_base(d))

    def r(self, nf0, j):
        return H(RSD, self.dk, nf0, j)

    def s(self, nf0):
        return H(SSD, self.dk, nf0)

    def r_deposit(self, i):
        return H(RDEP, self.dk, i)

    def r_return(self, nf0):
        return H(RRET, self.dk, nf0)

    def rho_dummy(self, nf0, j):
        return H(RHO_DUM, self.dk, nf0, j)

    def rk(self, alpha):
        return add(self.ak, mul(alpha, SPEND))


def randomizer(entropy):
    return wide("nightjar/randomizer/v1", entropy) % L


def owner(pk_d, r):
    return H(OWNER, pk_d, r)


def read_address(reader: Reader):
    """(d, pk_d, PK_d)."""
    _version(reader)
    return reader.bytes(16), reader.below(R), read_u(reader)


def _read_prover(reader):
    _version(reader)
    jubjub.read(reader)
    reader.below(R)


def _read_viewing(reader):
    _read_prover(reader)
    reader.below(R)


def _version(reader):
    if reader.u8() != 1:
        raise Refused("UNKNOWN_VERSION")


# What a text holds: the letter after the network's prefix, how its bytes are
# read, and the code that refuses it.
TEXTS = {
    "address": ("", read_address, "BAD_ADDRESS"),
    "viewing key": ("v", _read_viewing, "BAD_VIEWING_KEY"),
    "prover key": ("p", _read_prover, "BAD_VIEWING_KEY"),
}


def text(kind, network, data):
    return bech32m.encode(NETWORKS[network] + TEXTS[kind][0], data)


def parse(kind, prefix, text):
    """The bytes of a text of the network with this prefix; the checksum comes first."""
    letter, read, code = TEXTS[kind]
    if (decoded := bech32m.decode(text)) is None:
        raise Refused(code)
    hrp, data = decoded
    if hrp not in (known + letter for known in NETWORKS.values()):
        raise Refused(code)
    if hrp != prefix + letter:
        raise Refused("WRONG_NETWORK")
    try:
        reader = Reader(data)
        read(reader)
        reader.done()
    except Refused:
        raise Refused(code) from None
    return data
