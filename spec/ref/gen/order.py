"""order.json: hashes of orders, openings that are refused, terms that no fill could meet; handling (spec/08)."""

import itertools

from field import LAST, R, e32, sample
from order import (
    HANDLING_SIZE, OPENING_SIZE, PLAIN, TERMS_FIELDS, TERMS_SIZE, commitment, covenant, decode_handling, decode_opening,
    encode_handling, encode_opening, funded, nullify, terms_hash, validate,
)
from wire import edit, refusal, refused_with

U16, U32, U64 = 2**16 - 1, 2**32 - 1, 2**64 - 1
SELL, BUY = 0, 1
TERMS = {
    "market": 3, "base": 7, "quote": 9, "lot": 1_000, "side": SELL, "limit": 1_000,
    "qty": 10, "min": 4, "expiry": 100, "band": 50, "max_fee": 20,
}
PEGGED = {"peg": 2, "offset": -3, "self_trade": 1, "pool": 1, "auctions": 4, "until": 1_750_000_000}
OWNER, C, S = TERMS_SIZE + 12, TERMS_SIZE + 44, TERMS_SIZE + 76


def plain(side=SELL, **changes):
    """The order of spec/03's example, or its buy, with other terms but funded by them."""
    return funded(TERMS | {"side": side} | changes, oid=11, c=12, s=13)


def unchecked(**changes):
    """An order that its terms do not fund: whatever the fields say."""
    return plain() | changes


def order(name, o, position):
    nf, following = nullify(o, position)
    return {
        "name": name,
        "opening": encode_opening(o).hex(),
        "terms": e32(terms_hash(o)).hex(),
        "covenant": e32(covenant(o)).hex(),
        "commitment": e32(commitment(o)).hex(),
        "position": position,
        "nullifier": e32(nf).hex(),
        "next": e32(following).hex(),
    }


def orders():
    position = 2**32 + 5
    yield order("sell", plain(), position)
    yield order("buy", plain(BUY), position)
    yield order("zero", {name: 0 for name in plain()}, position)
    full = {name: 256**size - 1 for name, size in TERMS_FIELDS} | {"side": BUY}
    yield order("full", full | {"asset": U32, "value": U64, "oid": LAST, "c": LAST, "s": LAST}, position)
    # One field at a time: each stands at a place of its own.
    for name, size in TERMS_FIELDS:
        if name != "side":
            yield order(f"{name} at its end", unchecked(**{name: 256**size - 1}), position)
    for name, end in (("asset", U32), ("value", U64), ("oid", LAST), ("c", LAST), ("s", LAST)):
        yield order(f"{name} at its end", unchecked(**{name: end}), position)
        yield order(f"{name} zero", unchecked(**{name: 0}), position)
    for p in (0, 1, U32, 3**23 - 1, U64):
        yield order(f"position {p}", plain(), p)
    yield order("random secrets", unchecked(**{n: sample("order", n) for n in ("oid", "c", "s")}), position)


def refused():
    good = encode_opening(plain(BUY))
    yield "no bytes", "TRUNCATED", b""
    yield "the terms alone", "TRUNCATED", good[:TERMS_SIZE]
    yield "the last byte missing", "TRUNCATED", good[:-1]
    yield "one byte more", "TRAILING_BYTES", good + b"\0"
    yield "two openings", "TRAILING_BYTES", good + good
    yield "side 2", "NON_CANONICAL", edit(good, 20, b"\2")
    yield "side 255", "NON_CANONICAL", edit(good, 20, b"\xff")
    for name, at in (("oid", OWNER), ("C", C), ("s", S)):
        yield f"{name} at the modulus", "NON_CANONICAL", edit(good, at, e32(R))
        yield f"{name} plus the modulus", "NON_CANONICAL", edit(good, at, e32(R + 12))
        yield f"{name} all ones", "NON_CANONICAL", edit(good, at, b"\xff" * 32)


def invalid():
    """(name, code, order): openings that decode, and terms that no fill could meet."""
    for side, of in ((SELL, "sell"), (BUY, "buy")):
        def bad(**changes):
            return unchecked(side=side, **changes)

        rules = {
            "base is quote": {"quote": 7}, "no lot size": {"lot": 0}, "no lots": {"qty": 0}, "no limit": {"limit": 0},
            "minimum above quantity": {"min": 11}, "fee above 100 %": {"max_fee": 10_001}, "largest fee": {"max_fee": U16},
        }
        for name, broken in rules.items():
            yield f"{of}: {name}", "BAD_TERMS", bad(**broken)
        for (x, first), (y, second) in itertools.combinations(rules.items(), 2):
            yield f"{of}: {x}, {y}", "BAD_TERMS", bad(**first | second)
        yield f"{of}: quantity times lot size of 2^64", "OUT_OF_RANGE", bad(qty=2**32, lot=2**32, limit=1)
        yield f"{of}: quantity times limit of 2^64", "OUT_OF_RANGE", bad(qty=2**32, limit=2**32, lot=1)
    yield "buy: limit with fee of 2^64", "OUT_OF_RANGE", unchecked(side=BUY, qty=1, min=1, lot=1, limit=U64, max_fee=1)
    yield "buy: funding of 2^64", "OUT_OF_RANGE", unchecked(
        side=BUY, qty=2**32, lot=1, limit=2**32 - 1, max_fee=1)


def valid():
    """Terms beside those of invalid(), which are good."""
    yield "minimum is quantity", plain(min=10)
    yield "no minimum", plain(min=0)
    yield "fee of 100 %", plain(BUY, max_fee=10_000)
    yield "no fee", plain(BUY, max_fee=0)
    yield "quantity times lot size of 2^64 - 1", plain(qty=2**32 - 1, lot=2**32 + 1, limit=1)
    yield "quantity times limit of 2^64 - 1", plain(BUY, qty=2**32 - 1, limit=2**32 + 1, lot=1, max_fee=0)
    yield "the largest quantity", plain(qty=U64, lot=1, limit=1)
    yield "the largest lot", plain(qty=1, min=1, lot=U64)
    yield "the largest limit of a sell", plain(qty=1, min=1, limit=U64)
    yield "the largest limit of a buy", plain(BUY, qty=1, min=1, limit=U64, max_fee=0)
    yield "the smallest terms", plain(base=0, quote=1, market=0, lot=1, limit=1, qty=1, min=0, expiry=0, band=0, max_fee=0)


def handlings():
    yield "all bounds", PEGGED
    for name, value in (
        ("peg", 1), ("peg", 3), ("self_trade", 2), ("self_trade", 3), ("pool", 1), ("auctions", 1), ("auctions", U16),
        ("until", 1), ("until", U64),
    ):
        yield f"{name} {value}", PLAIN | {name: value}
    for offset in (-1, 2**31 - 1, -(2**31)):
        yield f"mid {offset:+d}", PLAIN | {"peg": 1, "offset": offset}


def refused_handlings(whole=False):
    """Whole ones only, for those who write them over others."""
    good = encode_handling(PEGGED)
    if not whole:
        yield "no bytes", "TRUNCATED", b""
        yield "the last byte missing", "TRUNCATED", good[:-1]
        yield "a peg of 4 and the last byte missing", "TRUNCATED", edit(good, 0, b"\4")[:-1]
        yield "one byte more", "TRAILING_BYTES", good + b"\0"
    for name, at, values in (("peg", 0, (4, 255)), ("mode", 5, (4, 255)), ("pool", 6, (2, 255))):
        for v in values:
            yield f"{name} {v}", "NON_CANONICAL", edit(good, at, bytes([v]))
    for offset in (1, -1, -(2**31)):
        yield f"an offset of {offset} without a peg", "NON_CANONICAL", (
            b"\0" + offset.to_bytes(4, "big", signed=True) + bytes(HANDLING_SIZE - 5)
        )
    yield "all ones", "NON_CANONICAL", b"\xff" * HANDLING_SIZE


def handling(name, h):
    data = encode_handling(h)
    if len(data) != HANDLING_SIZE or decode_handling(data) != h:
        raise AssertionError(name)
    return {"name": name, "bytes": data.hex()} | h


def make():
    negative = []
    for name, code, o in invalid():
        data = encode_opening(o)
        negative.append(refusal(name, code, lambda b: validate(decode_opening(b)), data))
    positive = []
    for name, o in valid():
        data = encode_opening(o)
        if len(data) != OPENING_SIZE or (code := refused_with(validate, decode_opening(data))):
            raise AssertionError(f"{name}: {code}")
        positive.append({"name": name, "opening": data.hex()})
    return {
        "orders": list(orders()),
        "valid": positive,
        "refused": [refusal(name, code, decode_opening, data) for name, code, data in refused()],
        "invalid": negative,
        "handlings": [handling(name, h) for name, h in (("none", PLAIN), *handlings())],
        "refused_handlings": [refusal(name, code, decode_handling, data) for name, code, data in refused_handlings()],
    }
