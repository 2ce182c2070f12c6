"""spec/22: remarks on other chains, deposit paths."""

import hashlib

from field import R, e32
from transactions import context, sha256
from wire import Reader, Refused, u64, var

OWNER, PAYOUT, SWEEP, REFUND, ANCHOR = b"NJD1", b"NJW1", b"NJS1", b"NJR1", b"NJA1"
BODY = {OWNER: 32, PAYOUT: 32, SWEEP: 32, REFUND: 32, ANCHOR: 8 + 32 + 32}
STEPS = 8


def network(chain):
    return sha256(context("external-network"), var(chain.encode()))[:8]


def remark(magic, network, body):
    if len(body) != BODY[magic]:
        raise AssertionError(magic)
    return magic + network + body


def anchor(height, app, validators):
    return u64(height) + app + validators


def hash(remark):
    """What System.Remarked carries."""
    return hashlib.blake2b(remark, digest_size=32).digest()


def decode(network, data):
    r = Reader(data)
    magic, of = r.bytes(4), r.bytes(8)
    if magic not in BODY:
        raise Refused("UNKNOWN_KIND")
    if of != network:
        raise Refused("WRONG_NETWORK")
    body = r.bytes(BODY[magic])
    c = int.from_bytes(body, "big")
    if magic == OWNER and c >= R:
        raise Refused("NON_CANONICAL")
    r.done()
    if magic == OWNER and c == 0:
        raise Refused("ZERO_COMMITMENT")


def find(network, data, wanted):
    """Where in data the remark begins that has the hash, and how long it is; or None."""
    for at in range(len(data)):
        size = BODY.get(data[at : at + 4])
        if size and data[at + 4 : at + 12] == network:
            found = data[at : at + 12 + size]
            if hash(found) == wanted:
                try:
                    decode(network, found)
                except Refused:
                    return None
                return at, len(found)
    return None


def path(network, c):
    p = sha256(context("deposit-path"), network, e32(c))
    return [p[2 * i] + 256 * p[2 * i + 1] for i in range(STEPS)]
