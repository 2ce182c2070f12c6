"""market.json: records, references, price commitments, deviations."""

import itertools

import market as mk
from field import LAST, e32, sample
from wire import refusal

U16, U32, U64 = 2**16 - 1, 2**32 - 1, 2**64 - 1
PLAIN = {"market": 3, "base": 7, "quote": 9, "lotSize": 1_000, "tick": 4, "feeBp": 10, "collar": 500, "minQty": 1, "halt": 200}
FULL = {
    "market": 728, "base": U32, "quote": U32 - 1, "lotSize": U64, "tick": 2**63 - 1, "feeBp": 10_000,
    "collar": U16, "minQty": U64, "halt": U16,
}


def record(m, price, dev, height, salt):
    return m | {
        "bytes": mk.encode(m).hex(),
        "leaf": e32(mk.leaf(m)).hex(),
        "price": price,
        "onTick": mk.on_tick(m, price),
        "dev": dev,
        "height": height,
        "salt": e32(salt).hex(),
        "commitment": e32(mk.price_commitment(m, dev, price, height, salt)).hex(),
    }


def records():
    yield record(PLAIN, 1_000, 102, 50, 1)
    yield record(PLAIN, 1_001, 112, 50, 1)  # between two half ticks
    yield record(PLAIN, 1_002, 122, 50, 1)  # on a half tick
    yield record(FULL, U64, U16, U32, LAST)
    yield record({name: 0 for name in PLAIN}, 0, 0, 0, 0)
    yield record({name: 0 for name in PLAIN}, 1_000, 0, 0, 0)  # without a tick nothing is on it
    # One field at a time; collar, minQty and halt reach neither hash.
    for name, size in mk.FIELDS:
        for v in (1, 256**size - 1):
            yield record(PLAIN | {name: v}, 1_000, 102, 50, 1)
    for tick in (1, 2, 3, 2**63 - 1):
        for price in (0, 1, 3, 2**62, 2**63 - 1, U64):
            yield record(PLAIN | {"tick": tick}, price, 0, 50, sample("market", tick, price))
    yield record(PLAIN, 1_000, 102, 0, 1)
    yield record(PLAIN, 1_000, 102, U32, 1)
    yield record(PLAIN, 1_000, 0, 50, 1)
    yield record(PLAIN, 1_000, U16, 50, 1)


DEVIATIONS = (
    (1_000, 1_000), (1_000, 990), (980, 990), (990, 1_000), (10_001, 10_000), (9_999, 10_000), (10_002, 10_001),
    # 65534 bp, one below, at and above where the distance saturates.
    (75_533, 10_000), (75_534, 10_000), (75_535, 10_000), (75_536, 10_000), (76_000, 10_000),
    (0, 0), (5, 0), (U64, 0), (0, 5), (0, U64), (1, 1), (2, 1), (7, 1), (8, 1), (U64, 1), (1, U64),
    (U64 - 1, U64), (U64, U64 - 1), (U64, U64), (2**63, U64), (U64, 2**63), (U64, 2**61), (2**32, 2**32 - 1),
)


BROKEN = (
    ("id past the table", {"market": 729}),
    ("the largest id", {"market": U32}),
    ("base is quote", {"quote": 7}),
    ("no lot size", {"lotSize": 0}),
    ("no tick", {"tick": 0}),
    ("tick of 2^63", {"tick": 2**63}),
    ("the largest tick", {"tick": U64}),
    ("no minimum quantity", {"minQty": 0}),
    ("fee over 100 %", {"feeBp": 10_001}),
    ("the largest fee", {"feeBp": U16}),
)


def invalid():
    """Each bound broken alone, and each two of them together."""
    cases = list(BROKEN)
    for (a, x), (b, y) in itertools.combinations(BROKEN, 2):
        if not set(x) & set(y):
            cases.append((f"{a}, {b}", x | y))
    cases.append(("nothing", {n: 0 for n in PLAIN}))
    cases.append(("all ones", {n: 256**size - 1 for n, size in mk.FIELDS}))
    for name, changes in cases:
        data = mk.encode(PLAIN | changes)
        yield refusal(name, "PARAMETER_BOUNDS", lambda b: mk.validate(mk.decode(b)), data)


def make():
    good = mk.encode(PLAIN)
    references = [(m, v) for m in (0, 1, 3, 728) for v in (0, 1, 990, U64)]
    return {
        "records": list(records()),
        "references": [
            {"market": m, "reference": v, "leaf": e32(mk.reference_leaf(m, v)).hex()} for m, v in references
        ],
        "deviations": [{"price": p, "reference": r, "dev": mk.deviation(p, r)} for p, r in DEVIATIONS],
        "refused": [
            refusal(name, code, mk.decode, data)
            for name, code, data in (
                ("no bytes", "TRUNCATED", b""),
                ("the last byte missing", "TRUNCATED", good[:-1]),
                ("half a record", "TRUNCATED", good[:20]),
                ("one byte more", "TRAILING_BYTES", good + b"\0"),
                ("two records", "TRAILING_BYTES", good + good),
            )
        ],
        "invalid": list(invalid()),
    }
