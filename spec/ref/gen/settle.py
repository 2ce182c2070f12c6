"""settle.json: settlements, their hashes, keys and public inputs; what does not decode or bind."""

import jubjub
import settlement as st
from field import LAST, R, e32, sample
from jubjub import BASE, BLIND, IDENTITY, L, QUOTE, add, encode, neg, torsion
from wire import edit, label, mutation, refused_with, u16

CHAIN = "nightjar-test"
SELL, BUY = True, False
U64 = 2**64 - 1


def group(fee, trades, blinds=None):
    """A group of (sells, base, quote), blinded with 1 for the fee and 2, 3, … for the legs; R too."""
    blinds = blinds or range(1, len(trades) + 2)
    legs = []
    for i, ((sells, base, quote), blind) in enumerate(zip(trades, blinds[1:])):
        n = 10 * (i + 1)
        cv = st.fill_value(sells, base, quote, blind)
        legs.append({"nf": n, "proceeds": n + 1, "refund": n + 2, "remainder": n + 3, "cv": cv, "report": n + 4})
    g = {"pc": 1, "legs": legs, "fee": 2, "cv_fee": st.fee_value(fee, blinds[0]), "opening": bytes(range(176))}
    return g, sum(blinds)


def settle(g, secret, others=(bytes(31) + b"\1", b"\xff" + bytes(31)), version=1, height=50, chain=CHAIN):
    """The signed settlement of one group among others."""
    groups = sorted([st.group_hash(g), *others])
    s = {
        "version": version, "height": height, "groups": groups, "index": groups.index(st.group_hash(g)), "group": g,
        "fills": [bytes([(i + 1) % 256]) * 192 for i in range(len(g["legs"]))], "collect": b"\xcc" * 192,
    }
    return st.sign(s, chain, secret)


# A seller of 10 lots of 1,000 at 1,000 with a fee of 10 bp, two buyers, a padding order.
TRADES = ((SELL, 10_000, 9_990), (BUY, 4_000, 4_004), (BUY, 6_000, 6_006), (SELL, 0, 0))
FEE = 20


def settles():
    yield "settle", settle(*group(FEE, TRADES))
    yield "upgraded", settle(*group(FEE, TRADES), version=2)
    yield "alone", settle(*group(FEE, TRADES), others=())
    yield "no fee", settle(*group(0, ((BUY, 7, 7), (SELL, 7, 7))))
    yield "no legs", settle(*group(0, ()))
    yield "padding alone, its value commitment the identity", settle(*group(0, ((SELL, 0, 0),), [1, 0]))
    yield "a fee commitment that is the identity", settle(*group(0, TRADES[3:], [0, 5]))
    yield "the largest amounts", settle(*group(0, ((SELL, U64, U64), (BUY, U64, U64))), height=U64, version=255)
    yield "height 0", settle(*group(FEE, TRADES), height=0)
    yield "random blinders", settle(*group(FEE, TRADES, [sample("blind", i) % L for i in range(5)]))
    many = [label("group", i) for i in range(st.MAX_GROUPS - 1)]
    yield "512 groups", settle(*group(0, ((BUY, 1, 1), (SELL, 1, 1))), others=many)
    g, r = group(FEE, TRADES)
    g |= {"pc": LAST, "fee": LAST, "opening": b"\xff" * 176}
    last = {n: LAST for n in ("proceeds", "refund", "remainder", "report")}
    g["legs"] = [leg | last for leg in g["legs"]]
    g["legs"][-1]["nf"] = LAST
    yield "elements of r - 1", settle(g, r)


def elements(values):
    return [e32(v).hex() for v in values]


def describe(name, s):
    data = st.encode(s)
    if st.decode(data) != s:
        raise AssertionError(name)
    st.verify_binding(s, CHAIN)
    return {
        "name": name,
        "bytes": data.hex(),
        "groupHash": st.group_hash(s["group"]).hex(),
        "outcome": st.outcome(s["height"], s["groups"]).hex(),
        "bindingKey": encode(st.binding_key(s["group"])).hex(),
        "bindingMessage": st.binding_message(s["group"], CHAIN, s["height"]).hex(),
        "fills": [elements(st.fill_inputs(s, i, 70)) for i in range(len(s["group"]["legs"]))],
        "collect": elements(st.collect_inputs(s, 71, 72, 73)),
    }


def refused(data):
    """Edits of "settle" that no longer decode."""
    groups = 12
    index = groups + 3 * 32
    pc = index + 2
    legs = pc + 32 + 2
    fee = legs + 4 * 192
    proofs = fee + 32 + 32 + 176

    def bad(name, code, offset=0, replacement=b"", **more):
        return mutation(name, code, st.decode, "settle", data, offset, replacement, **more)

    yield bad("no bytes", "TRUNCATED", cut=len(data))
    yield bad("the last byte missing", "TRUNCATED", cut=1)
    yield bad("the binding signature missing", "TRUNCATED", cut=64)
    yield bad("a proof missing", "TRUNCATED", cut=192)
    yield bad("all proofs missing", "TRUNCATED", cut=len(data) - proofs)
    yield bad("the group missing", "TRUNCATED", cut=len(data) - pc)
    yield bad("half of the groups missing", "TRUNCATED", cut=len(data) - groups - 40)
    yield bad("one byte more", "TRAILING_BYTES", append=b"\0")
    yield bad("a proof more", "TRAILING_BYTES", append=bytes(192))
    for kind in (0, 1, 2, 4, 255):
        yield bad(f"kind {kind}", "UNKNOWN_KIND", 0, bytes([kind]))
    yield bad("version 0", "UNKNOWN_VERSION", 1, b"\0")
    yield bad("513 groups", "OVERSIZED", 10, u16(513))
    yield bad("65535 groups", "OVERSIZED", 10, u16(65535))
    yield bad("no groups", "OUT_OF_RANGE", 10, u16(0))
    first, second = data[groups : groups + 32], data[groups + 32 : groups + 64]
    yield bad("a group given twice", "NON_CANONICAL", groups + 32, first)
    yield bad("two groups exchanged", "NON_CANONICAL", groups, second + first)
    yield bad("groups in descending order", "NON_CANONICAL", groups, b"\xff" * 32)
    yield bad("an index past the groups", "OUT_OF_RANGE", index, u16(3))
    yield bad("the largest index", "OUT_OF_RANGE", index, u16(65535))
    yield bad("1025 legs", "OVERSIZED", pc + 32, u16(1025))
    yield bad("65535 legs", "OVERSIZED", pc + 32, u16(65535))
    fields = {"pc": pc, "the fee note": fee}
    for i, leg in ((0, "the first leg"), (3, "the last leg")):
        at = legs + 192 * i
        fields |= {f"{leg}'s {n}": at + 32 * j for j, n in enumerate(("nullifier", "proceeds", "refund", "remainder"))}
        fields[f"{leg}'s report"] = at + 160
    for name, at in fields.items():
        yield bad(f"{name} at the modulus", "NON_CANONICAL", at, e32(R))
        yield bad(f"{name} plus the modulus", "NON_CANONICAL", at, e32(R + int.from_bytes(data[at : at + 32], "big")))
        yield bad(f"{name} all ones", "NON_CANONICAL", at, b"\xff" * 32)
    yield bad("an order filled twice", "NON_CANONICAL", legs + 192, e32(10))
    yield bad("legs in descending order", "NON_CANONICAL", legs, e32(25))
    yield bad("the last leg below all others", "NON_CANONICAL", legs + 3 * 192, e32(1))
    off = next(y for y in range(2, 100) if jubjub.lift(y, False) is None)
    points = {
        "at the modulus": e32(R), "all ones": b"\xff" * 32, "off the curve": e32(off),
        "the identity with a sign": e32(1 | 1 << 255), "the identity plus the modulus": e32(R + 1),
    }
    for i, t in enumerate(torsion()[1:], 1):
        points |= {f"torsion point {i}": encode(t), f"of composite order, {i}": encode(add(BASE, t))}
    for where, at in (("the first leg's", legs + 128), ("the last leg's", legs + 3 * 192 + 128), ("the fee's", fee + 32)):
        for name, point in points.items():
            yield bad(f"{where} value commitment {name}", "BAD_POINT", at, point)


def unbound():
    """(name, chain, settlement): they decode, and the binding signature does not hold."""
    good, r = group(FEE, TRADES)
    s = settle(good, r)

    def unbalanced(name, fee, *trades):
        return name, CHAIN, settle(*group(fee, trades))

    sell, first, second, pad = TRADES
    yield unbalanced("a unit of quote from nowhere", FEE, (SELL, 10_000, 9_991), first, second, pad)
    yield unbalanced("a unit of quote lost", FEE, (SELL, 10_000, 9_989), first, second, pad)
    yield unbalanced("a unit of base from nowhere", FEE, (SELL, 9_999, 9_990), first, second, pad)
    yield unbalanced("a unit of base lost", FEE, (SELL, 10_001, 9_990), first, second, pad)
    yield unbalanced("a unit of fee too much", FEE + 1, *TRADES)
    yield unbalanced("a unit of fee kept", FEE - 1, *TRADES)
    yield unbalanced("base for quote", 0, (SELL, 5, 0), (BUY, 0, 5))
    yield unbalanced("two sellers", FEE, sell, (SELL, 4_000, 4_004), second, pad)
    yield unbalanced("2^64 - 1 units from nowhere", FEE, (SELL, 0, U64))
    yield "on another chain", "nightjar-main", s
    yield "signed for another chain", CHAIN, settle(good, r, chain="nightjar-main")
    yield "at another height", CHAIN, s | {"height": 51}
    yield "with another secret", CHAIN, st.sign(s, CHAIN, r + 1)
    for name, changes in (
        ("another pc", {"pc": 3}),
        ("another fee note", {"fee": 3}),
        ("another fee opening", {"opening": bytes(176)}),
        ("value moved from the fee to a leg", {
            "cv_fee": add(good["cv_fee"], QUOTE), "legs": [good["legs"][0] | {"cv": add(good["legs"][0]["cv"], neg(QUOTE))},
                                                           *good["legs"][1:]]}),
        ("a leg less", {"legs": good["legs"][:-1]}),
        ("blinders of two legs exchanged", {
            "legs": [good["legs"][0] | {"cv": add(good["legs"][0]["cv"], BLIND)},
                     good["legs"][1] | {"cv": add(good["legs"][1]["cv"], neg(BLIND))}, *good["legs"][2:]]}),
        *((f"another {n}", {"legs": [good["legs"][0] | {n: 7}, *good["legs"][1:]]}) for n in
          ("nf", "proceeds", "refund", "remainder", "report")),
    ):
        changed = good | changes
        yield name, CHAIN, s | {"group": changed, "fills": s["fills"][: len(changed["legs"])]}
    rs = s["binding"]
    yield "S plus the order", CHAIN, s | {"binding": rs[:32] + e32(int.from_bytes(rs[32:], "big") + L)}
    yield "a signature of zeros", CHAIN, s | {"binding": bytes(64)}
    # Blinders that cancel: under the identity as key anything would verify.
    nothing, _ = group(0, ((SELL, 0, 0),), [1, L - 1])
    if st.binding_key(nothing) != IDENTITY:
        raise AssertionError("the blinders do not cancel")
    yield "a key that is the identity", CHAIN, settle(nothing, 1) | {"binding": encode(BLIND) + e32(1)}


def make():
    described = [describe(name, s) for name, s in settles()]
    negative = []
    for name, chain, s in unbound():
        data = st.encode(s)
        if (code := refused_with(lambda b: st.verify_binding(st.decode(b), chain), data)) != "BAD_BINDING_SIGNATURE":
            raise AssertionError(f"{name}: {code}")
        negative.append({"name": name, "chain": chain, "bytes": data.hex(), "code": code})
    # Control: proofs are not signed.
    data = bytes.fromhex(described[0]["bytes"])
    free = edit(data, len(data) - 64 - 192, bytes(192))
    if refused_with(lambda b: st.verify_binding(st.decode(b), CHAIN), free):
        raise AssertionError("the proofs are signed")
    return {"chain": CHAIN, "settles": described, "refused": list(refused(data)), "unbound": negative}
