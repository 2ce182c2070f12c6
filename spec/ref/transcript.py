"""spec/20: the trees of intakes and of auctions.

A key tells nothing to whoever lacks the order's secret, and neither does a value."""

import hashlib

from field import e32
from order import encode_handling
from wire import u8, u32, u64, var

INTAKE, TRANSCRIPT, POOLS = "nightjar/intake/v1", "nightjar/transcript/v1", "nightjar/transcript-pools/v1"
LABEL, VEIL, RANK = "nightjar/transcript-label/v1", "nightjar/transcript-veil/v1", "nightjar/transcript-rank/v1"
LEAF, NODE, ROOT, AUCTION = range(4)
SPACES = 2 * 729  # pools that there can be


def sha(context, *parts):
    return hashlib.sha256(var(context.encode()) + b"".join(parts)).digest()


def root(context, entries):
    """Of values by key, all 32 bytes."""
    level = [sha(context, u8(LEAF), key, value) for key, value in sorted(entries.items())]
    while len(level) > 1:
        pairs = [sha(context, u8(NODE), *level[i : i + 2]) for i in range(0, len(level) & ~1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return sha(context, u8(ROOT), u32(len(entries)), *(level or [bytes(32)]))


def label(context, number, nf, s):
    """The key of an order in the tree of a height, or of an auction interval."""
    return sha(LABEL, var(context.encode()), u64(number), e32(nf), e32(s))


def veil(salt, key, data):
    return sha(VEIL, salt, key, data)


def intake(height, held):
    """held: (nullifier, s, ocm, handling, block of arrival)."""
    entries = {}
    for nf, s, ocm, handling, arrival in held:
        key = label(INTAKE, height, nf, s)
        entries[key] = veil(e32(s), key, e32(ocm) + encode_handling(handling) + u32(arrival))
    return root(INTAKE, entries)


def outcome(number, nf, s, market, pool, price, size_class, arrival, rank, lots_in, lots):
    """Key and value of an eligible order."""
    key = label(TRANSCRIPT, number, nf, s)
    data = u32(market) + u8(pool) + u64(price) + u8(size_class) + u32(arrival) + u64(rank) + u64(lots_in) + u64(lots)
    return key, veil(e32(s), key, data)


def common(salt, market, pool, quote, result, price, exact, hash_key, last):
    """Key and value of what a pool's orders had in common; last: of sellers, of buyers."""
    key = (2 * market + pool).to_bytes(32, "big")
    data = u32(market) + u8(pool) + b"".join(map(u64, quote)) + u8(result) + u64(price) + u8(exact) + hash_key
    return key, veil(salt, key, data + b"".join(last))


def place(buys, price, size_class, arrival, rank):
    """An order's rank on its side, the smaller going first: 21 bytes."""
    return u64(2**64 - 1 - price if buys else price) + u8(255 - size_class) + u32(arrival) + u64(rank)


def commit(seed, rank):
    """A chain over the bits, the highest outermost."""
    bits = int.from_bytes(rank, "big")
    following = bytes(32)
    for i in reversed(range(8 * len(rank))):
        salt = sha(RANK, u8(0), seed, u8(i))[:16]
        bit = bits >> (8 * len(rank) - 1 - i) & 1
        following = sha(RANK, u8(1), u8(bit), salt, following)
    return following


def auction(height, orders, pools):
    """orders and pools are values by key."""
    every = {i.to_bytes(32, "big"): bytes(32) for i in range(SPACES)} | pools
    return sha(TRANSCRIPT, u8(AUCTION), u64(height), root(TRANSCRIPT, orders), root(POOLS, every))
