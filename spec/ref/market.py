"""spec/04: market records, references, price commitments."""

from field import K, MKT, PC, REF
from wire import Reader, Refused

MARKETS = 729
FIELDS = (
    ("market", 4), ("base", 4), ("quote", 4), ("lotSize", 8),
    ("tick", 8), ("feeBp", 2), ("collar", 2), ("minQty", 8), ("halt", 2),
)


def encode(m):
    return b"".join(m[name].to_bytes(size, "big") for name, size in FIELDS)


def decode(data):
    reader = Reader(data)
    m = {name: reader.uint(size) for name, size in FIELDS}
    reader.done()
    return m


def validate(m):
    if (
        m["market"] >= MARKETS
        or m["base"] == m["quote"]
        or min(m["lotSize"], m["tick"], m["minQty"]) < 1
        or m["tick"] >= 2**63
        or m["feeBp"] > 10_000
    ):
        raise Refused("PARAMETER_BOUNDS")


def packed(m):
    return m["market"] + (m["base"] << 32) + (m["quote"] << 64) + (m["lotSize"] << 96)


def leaf(m):
    return K(packed(m) + (m["feeBp"] << 160) + (MKT << 192), m["tick"], 0)


def reference_leaf(market, reference):
    return K(market + (REF << 192), reference, 0)


def price_commitment(m, dev, price, height, salt):
    return K(packed(m) + (dev << 160) + (m["feeBp"] << 176) + (PC << 192), price + (height << 64), salt)


def on_tick(m, price):
    return price > 0 and m["tick"] > 0 and 2 * price % m["tick"] == 0


def deviation(price, reference):
    """The smallest d with d·reference ≥ |price − reference|·10^4, at most 65535."""
    return min(-(-abs(price - reference) * 10_000 // reference), 65535) if reference else 65535


def median(weighted, total):
    """Of (price, power) pairs: the smallest price with at least half of the power at or below it; 0 without two thirds."""
    power = sum(w for _, w in weighted)
    if 3 * power <= 2 * total:
        return 0
    return min(p for p, _ in weighted if 2 * sum(w for q, w in weighted if q <= p) >= power)


def quote(votes, total):
    """Bid, mid and ask of (power, bid, ask) votes."""
    bid, ask = (median([(v[i], v[0]) for v in votes], total) for i in (1, 2))
    return bid, (bid + ask) // 2, ask


def swing(mids, interval):
    """Open and swing after the last block of a chain, given mid after every block from 0 on."""
    first = (len(mids) - 1) // interval * interval
    start = mids[first - 1] if first else 0
    return start, max(deviation(mid, start) for mid in mids[first:])
