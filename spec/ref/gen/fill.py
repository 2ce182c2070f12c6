"""fill.json: fills at every boundary of the covenant, and each rule's refusal beside it."""

import itertools

from field import LAST, e32, sample
from gen.order import BUY, SELL, U16, U32, U64, plain, unchecked
from order import NO_BAND, apply, commitment, encode_opening, output
from wire import Refused

# What an auction decided; the order of spec/03's example takes it from either side.
HEIGHT, PRICE, DEV, FEE = 50, 1_000, 10, 10


def attempt(name, o, lots, position=77, height=HEIGHT, price=PRICE, dev=DEV, fee=FEE):
    """The vector of a fill and whether it is one, computed by the rules of spec/05."""
    v = {
        "name": name, "opening": encode_opening(o).hex(), "position": position, "lots": lots,
        "height": height, "price": price, "dev": dev, "feeBp": fee,
    }
    try:
        f = apply(o, position, lots, price, fee, height, dev)
    except Refused as e:
        return v | {"code": e.code}
    return v | {
        "result": {
            "baseLeg": f["baseLeg"],
            "quoteLeg": f["quoteLeg"],
            "fee": f["fee"],
            "nullifier": e32(f["nullifier"]).hex(),
            "proceeds": note(o, f["proceeds"]),
            "refund": note(o, f["refund"]),
            "remainder": encode_opening(f["remainder"]).hex(),
            "ocm": e32(commitment(f["remainder"])).hex(),
            "report": e32(f["report"]).hex(),
        }
    }


def note(o, n):
    asset, value, rho = n
    return {"asset": asset, "value": value, "rho": e32(rho).hex(), "cm": e32(output(o, n)).hex()}


def empty(side=SELL, **changes):
    """A padding order."""
    return plain(side, qty=0, **changes)


def fills():
    """(name, order, lots, execution)."""
    yield "a sell, whole", plain(), 10, {}
    yield "a sell, in part", plain(), 4, {}
    yield "a buy, in part", plain(BUY), 4, {}
    yield "a buy below its limit", plain(BUY), 10, {"price": 900}
    yield "a sell above its limit", plain(), 10, {"price": 1_100}
    for side, of in ((SELL, "sell"), (BUY, "buy")):
        yield f"{of}: fill is the minimum", plain(side), 4, {}
        yield f"{of}: one above the minimum", plain(side), 5, {}
        yield f"{of}: all but one lot", plain(side), 9, {}
        yield f"{of}: fill is the quantity", plain(side), 10, {}
        yield f"{of}: all that is left, under the minimum", plain(side, qty=3), 3, {}
        yield f"{of}: no minimum, one lot", plain(side, min=0), 1, {}
        yield f"{of}: price is the limit", plain(side), 4, {"price": 1_000}
        yield f"{of}: height is the expiry", plain(side), 4, {"height": 100}
        yield f"{of}: height 0", plain(side), 4, {"height": 0}
        yield f"{of}: last height", plain(side, expiry=U32), 4, {"height": U32}
        yield f"{of}: distance is the band", plain(side), 4, {"dev": 50}
        yield f"{of}: at the reference", plain(side, band=0), 4, {"dev": 0}
        yield f"{of}: no band, distance saturated", plain(side, band=NO_BAND), 4, {"dev": U16}
        yield f"{of}: fee is the cap", plain(side), 4, {"fee": 20}
        yield f"{of}: no fee", plain(side, max_fee=0), 4, {"fee": 0}
        yield f"{of}: fee of 100 %", plain(side, max_fee=10_000), 4, {"fee": 10_000}
        yield f"{of}: fee of less than a unit", plain(side, limit=3), 4, {"price": 3}
        yield f"{of}: fee one below a whole unit", plain(side, lot=1, limit=111, qty=9, min=1), 9, {"price": 111}
        yield f"{of}: fee of a whole unit", plain(side, lot=1, limit=125, qty=8, min=1), 8, {"price": 125}
        yield f"{of}: price 1", plain(side, limit=1), 4, {"price": 1}
        yield f"{of}: first position", plain(side), 4, {"position": 0}
        yield f"{of}: last position", plain(side), 4, {"position": 3**23 - 1}
        yield f"{of}: padding", empty(side), 0, {}
        yield f"{of}: padding with every rule broken", empty(side), 0, {
            "price": 999 if side == SELL else 1_001, "height": 101, "fee": 21, "dev": 51}
        yield f"{of}: padding at a price of 2^64 - 1", empty(side), 0, {"price": U64}
        secrets = {n: LAST for n in ("oid", "c", "s")}
        yield f"{of}: secrets of r - 1", plain(side) | secrets, 4, {}
        yield f"{of}: random secrets", plain(side) | {n: sample("fill", n) for n in secrets}, 4, {}
        # Four lots of ten, then four of the six that are left, then both of the last two.
        o = plain(side)
        for i, lots in enumerate((4, 4, 2)):
            yield f"{of}: link {i} of a chain", o, lots, {"position": 100 + i, "height": 50 + i}
            o = apply(o, 100 + i, lots, PRICE, FEE, 50 + i, DEV)["remainder"]
    yield "buy: released exactly what is paid", plain(BUY, limit=1_000, max_fee=20), 10, {"fee": 20}
    yield "buy: the unit rounds up", plain(BUY, limit=333, max_fee=1), 10, {"price": 333, "fee": 1}
    yield "sell: notional of 2^64 - 1", plain(qty=1, min=1), 1, {"price": U64}
    yield "sell: base of 2^64 - 1", plain(qty=1, min=1, lot=U64), 1, {}
    yield "sell: 2^64 - 1 lots", plain(qty=U64, lot=1, limit=1), U64, {"price": 1}
    yield "sell: 1 of 2^64 - 1 lots", plain(qty=U64, lot=1, limit=1, min=0), 1, {"price": U64}
    yield "buy: 2^64 - 1 lots", plain(BUY, qty=U64, lot=1, limit=1, max_fee=0), U64, {"price": 1, "fee": 0}
    yield "buy: limit of 2^64 - 1", plain(BUY, qty=1, min=1, limit=U64, max_fee=0), 1, {"price": U64, "fee": 0}
    yield "buy: base of 2^64 - 1", plain(BUY, qty=1, min=1, lot=U64), 1, {}
    yield "buy: price far below a limit of 2^63", plain(BUY, qty=1, min=1, limit=2**63, max_fee=9_999), 1, {"price": 1}


def refused():
    """(name, code, order, lots, execution)."""
    for side, of, past in ((SELL, "sell", 999), (BUY, "buy", 1_001)):
        o = plain(side)

        def bad(rule, lots=4, order=o, code="BAD_TERMS", **execution):
            return f"{of}: {rule}", code, order, lots, execution

        yield bad("nothing", 0)
        yield bad("nothing, without a minimum", 0, plain(side, min=0))
        yield bad("one more than the quantity", 11)
        yield bad("2^64 - 1 lots of ten", U64)
        yield bad("one under the minimum", 3)
        yield bad("one lot", 1)
        yield bad("less than all that is left, under the minimum", 2, plain(side, qty=3))
        yield bad("price one past the limit", price=past)
        yield bad("price far past the limit", price=0 if side == SELL else U64 // 10)
        yield bad("one block after the expiry", height=101)
        yield bad("last height", height=U32)
        yield bad("fee one above the cap", fee=21)
        yield bad("a fee where none is allowed", 4, plain(side, max_fee=0), fee=1)
        yield bad("one outside the band", dev=51)
        yield bad("one away from a band of 0", 4, plain(side, band=0), dev=1)
        yield bad("no reference, and a band of 65534", 4, plain(side, band=NO_BAND - 1), dev=NO_BAND)
        yield bad("one unit too little", 4, o | {"value": o["value"] - 1})
        yield bad("one unit too much", 4, o | {"value": o["value"] + 1})
        yield bad("nothing in it", 4, o | {"value": 0})
        yield bad("whole quantity, and money for the fill alone", 4, o | {"value": o["value"] // 10 * 4})
        yield bad("funded in the other asset", 4, o | {"asset": 9 if side == SELL else 7})
        yield bad("funded in a third asset", 4, o | {"asset": 8})
        # Two rules at once: none of them stands in for another.
        rules = {
            "too many lots": {"lots": 11}, "under the minimum": {"lots": 3}, "past the limit": {"price": past},
            "expired": {"height": 101}, "above the fee cap": {"fee": 21}, "outside the band": {"dev": 51},
            "under-funded": {"order": o | {"value": o["value"] - 1}}, "of another asset": {"order": o | {"asset": 8}},
        }
        for (x, first), (y, second) in itertools.combinations(rules.items(), 2):
            if not set(first) & set(second):
                yield bad(f"{x}, {y}", **first | second)
        yield bad("padding with money", 0, empty(side) | {"value": 1})
        yield bad("a lot of a padding order", 1, empty(side))
    unfunded = {"side": BUY, "asset": 9}
    over = "OUT_OF_RANGE"
    yield "sell: notional of 2^64", over, plain(qty=2**32, min=1, lot=1), 2**32, {"price": 2**32}
    yield "sell: notional past 2^64 in one lot of five", over, plain(), 5, {"price": U64 // 5 + 1}
    yield "sell: quantity times unit of 2^64", over, unchecked(qty=2**32, lot=2**32, value=0), 4, {}
    yield "sell: a fee above what it is taken from", over, plain(max_fee=20_000), 4, {"fee": 20_000}
    yield "sell: the largest fee", over, plain(max_fee=U16), 4, {"fee": U16}
    yield "buy: base of 2^64", over, plain(BUY, qty=2, min=1, lot=2**63), 2, {}
    yield "buy: unit of 2^64", over, unchecked(**unfunded, qty=1, min=1, limit=U64, max_fee=1, value=0), 1, {}
    yield "buy: quantity times unit of 2^64", over, unchecked(**unfunded, qty=2**32, limit=2**32, max_fee=0, value=0), 4, {}
    yield "buy: padding with a unit of 2^64", over, unchecked(**unfunded, qty=0, limit=U64, max_fee=1, value=0), 0, {}


def make():
    positive = [attempt(name, o, lots, **x) for name, o, lots, x in fills()]
    negative = [(attempt(name, o, lots, **x), code) for name, code, o, lots, x in refused()]
    for v in positive:
        if "code" in v:
            raise AssertionError(f"{v['name']}: refused with {v['code']}")
    for v, code in negative:
        if v.get("code") != code:
            raise AssertionError(f"{v['name']}: {v.get('code')}, not {code}")
    return {"fills": positive, "refused": [v for v, _ in negative]}
