"""collect.json: statements of Collect that hold, with their witness, and such as do not."""

import market as mk
from collect import INPUTS, holds, public_inputs
from field import LAST, e32, sample
from gen.market import DEVIATIONS, FULL, PLAIN
from jubjub import L
from settlement import fee_value

U32, U64 = 2**32 - 1, 2**64 - 1
# The rest of both tables, from the leaf up, left to right.
MARKETS, REFERENCES = ([sample(name, i) for i in range(12)] for name in ("market", "reference"))
WITNESS = {
    "record": PLAIN, "reference": 990, "height": 50, "price": 1_000, "dev": 102, "salt": 1, "fee": 20,
    "treasury": sample("pk_treasury"), "r": sample("r"), "blind": sample("blind") % L,
    "market_siblings": MARKETS, "reference_siblings": REFERENCES,
}


def hexes(elements):
    return [e32(v).hex() for v in elements]


def witness(**changes):
    w = WITNESS | changes
    return w if "dev" in changes else w | {"dev": mk.deviation(w["price"], w["reference"])}


def statement(name, w, public, true):
    if holds(w, public) != true:
        raise AssertionError(f"{name}: the statement is {not true}")
    return {
        "name": name,
        "record": mk.encode(w["record"]).hex(),
        "reference": w["reference"],
        "height": w["height"],
        "price": w["price"],
        "dev": w["dev"],
        "salt": e32(w["salt"]).hex(),
        "fee": w["fee"],
        "treasury": e32(w["treasury"]).hex(),
        "r": e32(w["r"]).hex(),
        "blind": e32(w["blind"]).hex(),
        "public": hexes(public),
    }


def record(**changes):
    return PLAIN | changes


def statements():
    yield "plain", witness()
    yield "on a half tick", witness(price=1_002)
    yield "no reference", witness(reference=0)
    yield "at the reference", witness(price=990)
    yield "no fee", witness(fee=0)
    yield "the largest fee", witness(fee=U64)
    yield "height 0", witness(height=0)
    yield "the last height", witness(height=U32)
    yield "fields at their ends", witness(record=FULL, price=2**63 - 1, reference=U64, height=U32, salt=LAST, fee=U64,
                                          treasury=LAST, r=LAST, blind=L - 1)
    yield "blinded with 0, no fee: a value commitment that is the identity", witness(blind=0, fee=0)
    yield "zeros", witness(record=record(market=0, base=0, quote=0, lotSize=0, feeBp=0), height=0, salt=0, treasury=0, r=0)
    for market in (0, 1, 2, 364, 728):
        yield f"market {market}", witness(record=record(market=market))
    for price, reference in DEVIATIONS:
        if price:
            yield f"price {price}, reference {reference}", witness(record=record(tick=1), price=price, reference=reference)


def refused():
    """(name, witness, public inputs)."""
    def rule(name, **changes):
        w = witness(**changes)
        return name, w, public_inputs(w)

    fine = record(tick=1)
    for price, reference in DEVIATIONS:
        if not price:
            continue
        dev = mk.deviation(price, reference)
        for what, claimed in (("one less", dev - 1), ("one more", dev + 1)):
            if 0 <= claimed < 2**16:
                yield rule(f"price {price}, reference {reference}, dev {what}", record=fine, price=price,
                           reference=reference, dev=claimed)
    yield rule("no reference, dev 0", reference=0, dev=0)
    yield rule("at the reference, dev saturated", price=990, dev=65535)
    yield rule("price 0", price=0)
    yield rule("price 0, no reference", price=0, reference=0)
    for price in (1, 999, 1_001, 1_003, U64):
        yield rule(f"price {price} off the ticks", price=price)
    yield rule("a tick above twice the price", record=record(tick=2_001))
    yield rule("a record without a tick", record=record(tick=0))

    good, w = public_inputs(WITNESS), WITNESS
    for i, name in enumerate(INPUTS):
        yield f"another {name}", w, good[:i] + [(good[i] + 1) % (LAST + 1)] + good[i + 1 :]
    # Public inputs that another true statement has.
    others = {
        "a table with another lot size": (0, witness(record=record(lotSize=1_001))),
        "a table with another tick": (0, witness(record=record(tick=2))),
        "a table with another fee rate": (0, witness(record=record(feeBp=11))),
        "a table with another quote": (0, witness(record=record(quote=8))),
        "the table read at another market": (0, witness(record=record(market=4))),
        "another reference": (1, witness(reference=991, dev=102)),
        "the references read at another market": (1, witness(record=record(market=4))),
        "pc of another market": (3, witness(record=record(market=4))),
        "pc of another base": (3, witness(record=record(base=8))),
        "pc of another lot size": (3, witness(record=record(lotSize=1_001))),
        "pc of another fee rate": (3, witness(record=record(feeBp=11))),
        "pc of another price": (3, witness(price=1_002)),
        "pc of another dev": (3, witness(dev=103)),
        "pc of another height": (3, witness(height=51)),
        "pc of another salt": (3, witness(salt=2)),
        "a fee note of a unit more": (4, witness(fee=21)),
        "a fee note of the base": (4, witness(record=record(quote=7))),
        "a fee note of another treasury": (4, witness(treasury=1)),
        "a fee note of another r": (4, witness(r=1)),
    }
    for name, (i, other) in others.items():
        public = public_inputs(other)
        yield name, w, good[:i] + [public[i]] + good[i + 1 :]
    for name, (x, y) in (
        ("a unit more", fee_value(21, w["blind"])),
        ("a unit less", fee_value(19, w["blind"])),
        ("another blinder", fee_value(20, w["blind"] + 1)),
        ("the other sign", (LAST + 1 - good[5], good[6])),
    ):
        yield f"a value commitment with {name}", w, [*good[:5], x, y, good[7]]


def make():
    return {
        "marketSiblings": hexes(MARKETS),
        "referenceSiblings": hexes(REFERENCES),
        "statements": [statement(name, w, public_inputs(w), True) for name, w in statements()],
        "refused": [statement(name, w, public, False) for name, w, public in refused()],
    }
