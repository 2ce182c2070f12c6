"""spec/03 and spec/05: orders, their covenant, and fills; spec/08: handling."""

import note
from field import K, K2, ONF, ORDER, R, RCPT, TERMS, e32
from note import money
from wire import Reader, Refused, u8, u16, u64

TERMS_FIELDS = (
    ("market", 4), ("base", 4), ("quote", 4), ("lot", 8), ("side", 1), ("limit", 8),
    ("qty", 8), ("min", 8), ("expiry", 4), ("band", 2), ("max_fee", 2),
)
TERMS_SIZE, OPENING_SIZE = 53, 161
PEGS, MODES, POOLS = 4, 4, 2
HANDLING_SIZE = 17
PLAIN = {"peg": 0, "offset": 0, "self_trade": 0, "pool": 0, "auctions": 0, "until": 0}
BASIS_POINTS = 10_000
NO_BAND = 65535


def encode_terms(t):
    return b"".join(t[name].to_bytes(size, "big") for name, size in TERMS_FIELDS)


def encode_opening(o):
    money = o["asset"].to_bytes(4, "big") + o["value"].to_bytes(8, "big")
    return encode_terms(o) + money + e32(o["oid"]) + e32(o["c"]) + e32(o["s"])


def read_terms(reader):
    t = {}
    for name, size in TERMS_FIELDS:
        t[name] = reader.below(2, 1) if name == "side" else reader.uint(size)
    return t


def read_opening(reader):
    o = read_terms(reader)
    o |= {"asset": reader.u32(), "value": reader.u64()}
    return o | {name: reader.below(R) for name in ("oid", "c", "s")}


def decode_opening(data):
    reader = Reader(data)
    o = read_opening(reader)
    reader.done()
    return o


def encode_handling(h):
    offset = h["offset"].to_bytes(4, "big", signed=True)
    return u8(h["peg"]) + offset + u8(h["self_trade"]) + u8(h["pool"]) + u16(h["auctions"]) + u64(h["until"])


def read_handling(reader):
    """All 17 bytes are read before any is refused, so that too few are TRUNCATED."""
    h = {"peg": reader.u8(), "offset": int.from_bytes(reader.bytes(4), "big", signed=True)}
    h |= {"self_trade": reader.u8(), "pool": reader.u8(), "auctions": reader.u16(), "until": reader.u64()}
    if h["peg"] >= PEGS or h["self_trade"] >= MODES or h["pool"] >= POOLS or (h["peg"] == 0 and h["offset"] != 0):
        raise Refused("NON_CANONICAL")
    return h


def decode_handling(data):
    reader = Reader(data)
    h = read_handling(reader)
    reader.done()
    return h


def terms_hash(t):
    t1 = (
        t["market"] + (t["base"] << 32) + (t["quote"] << 64) + (t["lot"] << 96) + (t["side"] << 160)
        + (t["expiry"] << 161) + (t["band"] << 193) + (t["max_fee"] << 209)
    )
    return K(t1, t["limit"] + (t["qty"] << 64) + (t["min"] << 128), TERMS)


def covenant(o):
    return K(terms_hash(o), o["oid"], o["s"])


def commitment(o):
    return K(money(ORDER, o["asset"], o["value"]), covenant(o), o["c"])


def nullify(o, position):
    """nf_o and s'."""
    return K2(o["s"], commitment(o), position + (ONF << 64))


# --- money: exact integers, and a refusal for what does not fit 64 bits ---


def fits(*amounts):
    if any(not 0 <= v < 2**64 for v in amounts):
        raise Refused("OUT_OF_RANGE")


def ceil_bp(v, bp):
    return -(-v * bp // BASIS_POINTS)


def buys(t):
    return t["side"] == 1


def unit(t):
    """The funding asset's units that one lot locks."""
    return t["limit"] + ceil_bp(t["limit"], t["max_fee"]) if buys(t) else t["lot"]


def assets(t):
    """The funding asset and the asset of the proceeds."""
    return (t["quote"], t["base"]) if buys(t) else (t["base"], t["quote"])


def funded(terms, oid, c, s):
    """The order that holds what its terms demand."""
    fits(unit(terms), terms["qty"] * unit(terms))
    return terms | {"asset": assets(terms)[0], "value": terms["qty"] * unit(terms), "oid": oid, "c": c, "s": s}


def validate(t):
    """spec/03, "Valid terms"."""
    if (
        t["base"] == t["quote"]
        or min(t["lot"], t["qty"], t["limit"]) < 1
        or t["min"] > t["qty"]
        or t["max_fee"] > BASIS_POINTS
    ):
        raise Refused("BAD_TERMS")
    fits(t["qty"] * t["lot"], t["qty"] * t["limit"], unit(t), t["qty"] * unit(t))


def allow(o, lots, price, fee_bp, height, dev):
    """The rules of spec/05 for a fill that is no padding."""
    fits(unit(o), o["qty"] * unit(o))
    if not (
        o["asset"] == assets(o)[0]
        and o["value"] == o["qty"] * unit(o)
        and 1 <= lots <= o["qty"]
        and (lots >= o["min"] or lots == o["qty"])
        and (price <= o["limit"] if buys(o) else price >= o["limit"])
        and height <= o["expiry"]
        and fee_bp <= o["max_fee"]
        and dev <= o["band"]
    ):
        raise Refused("BAD_TERMS")


def pads(o):
    """What may pad a group; the rules on f, price, height, fee rate and band are skipped."""
    if o["qty"] or o["value"]:
        raise Refused("BAD_TERMS")


def fill(o, position, lots, price, fee_bp, height):
    """The legs, outputs and report of a fill, or OUT_OF_RANGE."""
    notional = lots * price
    fee, base = notional * fee_bp // BASIS_POINTS, lots * o["lot"]
    quote = notional + fee if buys(o) else notional - fee
    paid, proceeds = (quote, base) if buys(o) else (base, quote)
    released, left = lots * unit(o), o["qty"] - lots
    fits(unit(o), notional, fee, base, quote, released, released - paid, left * unit(o))
    funding, bought = assets(o)
    nf, s = nullify(o, position)
    pad, rho = K2(o["s"], nf, height + (RCPT << 64))
    return {
        "baseLeg": base, "quoteLeg": quote, "fee": fee, "nullifier": nf,
        "proceeds": (bought, proceeds, rho), "refund": (funding, released - paid, (rho + 1) % R),
        "remainder": o | {"qty": left, "asset": funding, "value": left * unit(o), "s": s},
        "report": (lots + (price << 64) + (fee_bp << 128) + pad) % R,
    }


def apply(o, position, lots, price, fee_bp, height, dev):
    """The fill that the covenant allows, of an order or of padding, or the refusal."""
    if o["qty"] == 0 and lots == 0:
        pads(o)
    else:
        allow(o, lots, price, fee_bp, height, dev)
    return fill(o, position, lots, price, fee_bp, height)


def output(o, n):
    """A fill's note as the circuit commits to it."""
    asset, value, rho = n
    return note.commitment(asset, value, rho, o["c"])
