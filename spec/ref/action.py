"""spec/07: actions, as dicts of integers, points and bytes."""

import hashlib

import jubjub
from field import R, e32, from_hash
from wire import Reader, Refused, u32, u64, u8, var

SIZE, KIND = 2559, 1
RECIPIENT = 64


def recipient(b):
    return u8(len(b)) + b + bytes(RECIPIENT - 1 - len(b))


def body(a):
    out = u8(KIND) + u8(a["version"]) + e32(a["anchor"])
    out += b"".join(e32(v) for v in a["nf"] + a["cm"]) + jubjub.encode(a["rk"])
    out += u64(a["epoch"]) + u64(a["fee"]) + u8(a["x"]) + u32(a["asset"]) + u64(a["amount"])
    return out + a["recipient"] + e32(a["return"]) + a["epk"] + a["outputs"] + a["instruction"]


def encode(a):
    return body(a) + a["proof"] + a["signature"]


def decode(data):
    r = Reader(data)
    if r.u8() != KIND:
        raise Refused("UNKNOWN_KIND")
    a = {"version": r.u8()}
    if a["version"] == 0:
        raise Refused("UNKNOWN_VERSION")
    a |= {
        "anchor": r.below(R), "nf": [r.below(R) for _ in range(3)], "cm": [r.below(R) for _ in range(3)],
        "rk": jubjub.read(r), "epoch": r.u64(), "fee": r.u64(), "x": int(r.flag()), "asset": r.u32(),
        "amount": r.u64(), "recipient": r.bytes(RECIPIENT), "return": r.below(R), "epk": r.bytes(32),
        "outputs": r.bytes(432), "instruction": r.bytes(1456), "proof": r.bytes(192), "signature": r.bytes(64),
    }
    r.done()
    check_output(a)
    return a


def check_output(a):
    """The public output is whole or absent."""
    said = a["asset"] or any(a["recipient"]) or a["return"]
    n = a["recipient"][0]
    named = 1 <= n < RECIPIENT and not any(a["recipient"][1 + n :])
    if a["x"] != (a["amount"] > 0) or (a["amount"] == 0 and said):
        raise Refused("BAD_WITHDRAWAL")
    if a["amount"] > 0 and not (named and a["return"]):
        raise Refused("BAD_WITHDRAWAL")


def digest(a, chain):
    covered = u64(a["epoch"]) + a["recipient"] + e32(a["return"]) + a["epk"] + a["outputs"] + a["instruction"]
    return from_hash("nightjar/action-digest/v1", chain.encode(), covered)


def _hash(context, a, chain):
    return hashlib.sha256(var(context) + var(chain.encode()) + body(a)).digest()


def sighash(a, chain):
    return _hash(b"nightjar/action-sighash/v1", a, chain)


def txid(a, chain):
    return _hash(b"nightjar/txid/v1", a, chain)


def aad(a):
    elements = b"".join(e32(v) for v in a["nf"] + a["cm"])
    return hashlib.sha256(var(b"nightjar/enclave-aad/v1") + u64(a["epoch"]) + elements).digest()


def public_inputs(a, chain, fee_asset):
    return [
        a["anchor"], *a["nf"], *a["cm"], *a["rk"], a["fee"], fee_asset, a["x"], a["amount"], a["asset"],
        digest(a, chain),
    ]


SPEND_SIG = "nightjar/spend-signature/v1"


def signed(a, chain, secret):
    """The action with the signature of rk = [secret]spend."""
    a = a | {"rk": jubjub.mul(secret, jubjub.SPEND)}
    return a | {"signature": jubjub.sign(SPEND_SIG, jubjub.SPEND, secret, sighash(a, chain))}


def verify_signature(a, chain):
    if not jubjub.verify(SPEND_SIG, jubjub.SPEND, a["rk"], sighash(a, chain), a["signature"]):
        raise Refused("BAD_SPEND_SIGNATURE")
