"""spec/07 and spec/11, Action: what the proof of an action states.

A witness is a dict. Its inputs and outputs are values (asset, value) with what
opens them; "order" is None or the terms' hash and s of a slot-0 order.
"""

import itertools

import note
from field import K, K2, ONF, ORDER
from jubjub import L
from keys import owner
from note import money
from tree import DEPTH, EMPTY

INPUTS = (
    "anchor", "nf_0", "nf_1", "nf_2", "cm_0", "cm_1", "cm_2", "rk.x", "rk.y", "fee", "FEE", "x", "out", "ASSET", "digest",
)
ANCHOR, FEE, FEE_ASSET, X, OUT, OUT_ASSET = (INPUTS.index(n) for n in ("anchor", "fee", "FEE", "x", "out", "ASSET"))


def opened(v, rho, c, oid):
    """The commitment of a note, or of an order whose terms stay opaque."""
    if v["order"] is None:
        return note.commitment(v["asset"], v["value"], rho, c)
    terms, s = v["order"]
    return K(money(ORDER, v["asset"], v["value"]), K(terms, oid, s), c)


def leaf(account, v):
    return opened(v, v["rho"], owner(account.pk_d(v["d"]), v["r"]), account.oid)


def nullifier(account, v):
    cm = leaf(account, v)
    if v["order"] is None:
        return note.nullifier(account.nk, cm, v["position"])
    return K2(v["order"][1], cm, v["position"] + (ONF << 64))[0]


def root(v, cm):
    """The root that a path says; what it leaves out above is empty."""
    index, siblings = v["position"], iter(v["siblings"])
    for level in range(DEPTH):
        pair = [next(siblings, EMPTY[level]), next(siblings, EMPTY[level])]
        pair.insert(index % 3, cm)
        cm, index = K(*pair), index // 3
    return cm


def public_inputs(w):
    """What follows from a witness, whether its rules hold or not."""
    account = w["account"]
    nf = [nullifier(account, v) for v in w["inputs"]]
    cm = [opened(v, note.output_rho(nf[0], j), v["c"], account.oid) for j, v in enumerate(w["outputs"])]
    rk = account.rk(w["alpha"])
    return [w["anchor"], *nf, *cm, *rk, w["fee"], w["fee_asset"], w["x"], w["out"], w["out_asset"], w["digest"]]


def balances(w, fee, fee_asset, x, out, out_asset):
    """Whether some A, and for each value some side of the balance, makes both sums right."""
    values = [(v["asset"], v["value"]) for v in w["inputs"]] + [(v["asset"], -v["value"]) for v in w["outputs"]]
    for a in {asset for asset, _ in values} | {fee_asset, out_asset}:
        if (out + x * fee) and out_asset != a:
            continue
        sides = [[t for t, of in ((0, a), (1, fee_asset)) if asset == of] for asset, _ in values]
        for bits in itertools.product(*sides):
            in_a = sum(v for (_, v), t in zip(values, bits) if t == 0)
            in_fee = sum(v for (_, v), t in zip(values, bits) if t == 1)
            if in_a == out + x * fee and in_fee == (1 - x) * fee:
                return True
    return False


def holds(w, public):
    """Whether a proof of these public inputs exists with these openings."""
    stated = public_inputs(w)
    fee, fee_asset, x, out, out_asset = public[FEE : OUT_ASSET + 1]
    return (
        public[1:FEE] == stated[1:FEE]
        and max(fee, out) < 2**64
        and x in (0, 1)
        and w["alpha"] < L
        and all(v["value"] == 0 if v["dummy"] else root(v, leaf(w["account"], v)) == public[ANCHOR] for v in w["inputs"])
        and all(v["order"] is None for v in w["inputs"][1:] + w["outputs"][1:])
        and balances(w, fee, fee_asset, x, out, out_asset)
    )
