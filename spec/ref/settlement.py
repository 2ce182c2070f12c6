"""spec/09: groups, settlements, outcomes, and the value commitments of spec/05."""

import hashlib

import jubjub
from field import R, e32
from jubjub import BASE, BLIND, QUOTE, add, mul, neg
from wire import Reader, Refused, u16, u64, u8, var

KIND = 3
MAX_GROUPS, MAX_LEGS = 512, 1024
BINDING_SIG = "nightjar/binding-signature/v1"


def encode_group(g):
    out = e32(g["pc"]) + u16(len(g["legs"]))
    for leg in g["legs"]:
        out += b"".join(e32(leg[n]) for n in ("nf", "proceeds", "refund", "remainder"))
        out += jubjub.encode(leg["cv"]) + e32(leg["report"])
    return out + e32(g["fee"]) + jubjub.encode(g["cv_fee"]) + g["opening"]


def read_group(r):
    g = {"pc": r.below(R), "legs": []}
    for _ in range(r.count(MAX_LEGS)):
        leg = {n: r.below(R) for n in ("nf", "proceeds", "refund", "remainder")}
        leg |= {"cv": jubjub.read(r, identity=True), "report": r.below(R)}
        if g["legs"] and leg["nf"] <= g["legs"][-1]["nf"]:
            raise Refused("NON_CANONICAL")
        g["legs"].append(leg)
    return g | {"fee": r.below(R), "cv_fee": jubjub.read(r, identity=True), "opening": r.bytes(176)}


def group_hash(g):
    return hashlib.sha256(var(b"nightjar/group/v1") + encode_group(g)).digest()


def outcome(height, groups):
    return hashlib.sha256(var(b"nightjar/outcome/v1") + u64(height) + u16(len(groups)) + b"".join(groups)).digest()


def encode(s):
    out = u8(KIND) + u8(s["version"]) + u64(s["height"]) + u16(len(s["groups"])) + b"".join(s["groups"])
    out += u16(s["index"]) + encode_group(s["group"]) + b"".join(s["fills"])
    return out + s["collect"] + s["binding"]


def decode(data):
    r = Reader(data)
    if r.u8() != KIND:
        raise Refused("UNKNOWN_KIND")
    s = {"version": r.u8()}
    if s["version"] == 0:
        raise Refused("UNKNOWN_VERSION")
    s |= {"height": r.u64(), "groups": []}
    for _ in range(r.count(MAX_GROUPS)):
        h = r.bytes(32)
        if s["groups"] and h <= s["groups"][-1]:
            raise Refused("NON_CANONICAL")
        s["groups"].append(h)
    s["index"] = r.u16()
    if s["index"] >= len(s["groups"]):
        raise Refused("OUT_OF_RANGE")
    s["group"] = read_group(r)
    s["fills"] = [r.bytes(192) for _ in s["group"]["legs"]]
    s |= {"collect": r.bytes(192), "binding": r.bytes(64)}
    r.done()
    return s


def fill_value(sells, base, quote, blind):
    """cv of a leg: base in and quote out for a seller, the reverse for a buyer."""
    moved = add(mul(base, BASE), neg(mul(quote, QUOTE)))
    return add(moved if sells else neg(moved), mul(blind, BLIND))


def fee_value(fees, blind):
    return add(neg(mul(fees, QUOTE)), mul(blind, BLIND))


def binding_key(g):
    return add(g["cv_fee"], *(leg["cv"] for leg in g["legs"]))


def binding_message(g, chain, height):
    return var(b"nightjar/group-sighash/v1") + var(chain.encode()) + u64(height) + group_hash(g)


def sign(s, chain, secret):
    message = binding_message(s["group"], chain, s["height"])
    return s | {"binding": jubjub.sign(BINDING_SIG, BLIND, secret, message)}


def verify_binding(s, chain):
    message = binding_message(s["group"], chain, s["height"])
    if not jubjub.verify(BINDING_SIG, BLIND, binding_key(s["group"]), message, s["binding"]):
        raise Refused("BAD_BINDING_SIGNATURE")


def fill_inputs(s, i, anchor):
    leg = s["group"]["legs"][i]
    return [
        anchor, s["height"], leg["nf"], leg["proceeds"], leg["refund"], leg["remainder"], s["group"]["pc"], *leg["cv"],
        leg["report"],
    ]


def collect_inputs(s, markets, references, treasury):
    g = s["group"]
    return [markets, references, s["height"], g["pc"], g["fee"], *g["cv_fee"], treasury]
