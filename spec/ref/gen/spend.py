"""spend.json: statements of Action that hold, with their witness, and such as do not."""

import bip39
import note
import spend as sp
from field import LAST, R, e32, sample
from jubjub import encode
from keys import Account
from spend import INPUTS, holds, leaf, public_inputs
from tree import EMPTY, Tree
from wire import label

U32, U64 = 2**32 - 1, 2**64 - 1
A, FEE, THIRD = 5, 7, 9
ME, OTHER = (Account(bip39.seed(bip39.words(label("spender", i)))) for i in range(2))
ORDER_IN, ORDER_OUT = ((sample("terms", i), sample("s", i)) for i in range(2))


def value(n, asset=A, order=None):
    return {"asset": asset, "value": n, "order": order}


def spent(i, v, dummy=False, d=None):
    return v | {
        "dummy": dummy, "d": d or ME.diversifier(i), "r": sample("r", i), "rho": sample("rho", i),
        "position": i, "siblings": [],
    }


def planted(w, extra=4):
    """The witness with its real inputs in one tree, each at its position, among leaves of others."""
    account, inputs = w["account"], w["inputs"]
    leaves = [sample("leaf", i) for i in range(max(v["position"] for v in inputs) + 1 + extra)]
    for v in inputs:
        if not v["dummy"]:
            leaves[v["position"]] = leaf(account, v)
    tree = Tree(leaves)
    inputs = [v if v["dummy"] else v | {"siblings": trimmed(tree.siblings(v["position"]))} for v in inputs]
    return w | {"inputs": inputs, "anchor": tree.root()}


def trimmed(siblings):
    """Without the empty subtrees above the last sibling that is none."""
    levels = [siblings[i : i + 2] for i in range(0, len(siblings), 2)]
    while levels and levels[-1] == [EMPTY[len(levels) - 1]] * 2:
        levels.pop()
    return [s for pair in levels for s in pair]


def action(inputs, outputs, **changes):
    """A witness; the values are given, the rest is drawn from labels."""
    inputs = [spent(i, v, dummy=v["value"] is None) for i, v in enumerate(inputs)]
    inputs = [v | {"value": v["value"] or 0} for v in inputs]
    w = {
        "account": ME, "alpha": sample("alpha") % 2**251, "inputs": inputs,
        "outputs": [v | {"c": sample("C", j)} for j, v in enumerate(outputs)],
        "fee": 3, "fee_asset": FEE, "x": 0, "out": 0, "out_asset": 0, "digest": sample("digest"),
    }
    return planted(w | changes)


def dummy(asset=A):
    return value(None, asset)


TRANSFER = [value(70), value(30), value(10, FEE)], [value(60), value(40), value(7, FEE)]
REPLACE = [value(70, order=ORDER_IN), *TRANSFER[0][1:]], [value(60, order=ORDER_OUT), *TRANSFER[1][1:]]
WITHDRAWAL = TRANSFER[0], [value(37), value(40), value(10, FEE)]
OUT = {"x": 1, "out": 20, "out_asset": A}


def witnesses():
    yield "transfer", action(*TRANSFER)
    yield "order", action(TRANSFER[0], REPLACE[1])
    yield "cancel", action(REPLACE[0], TRANSFER[1])
    yield "replace", action(*REPLACE)
    yield "withdrawal, its fee in the asset", action(*WITHDRAWAL, **OUT)
    yield "withdrawal of an order, nothing else", action([value(70, order=ORDER_IN), dummy(), dummy()],
                                                         [value(0), value(0), value(0)], x=1, out=67, out_asset=A)
    yield "withdrawal of the fee's asset", action([value(10, FEE), dummy(FEE), dummy(FEE)],
                                                  [value(2, FEE), value(0, FEE), value(0, FEE)], x=1, out=5, out_asset=FEE)
    yield "consolidation", action([value(1, FEE), value(2, FEE), value(3, FEE)], [value(3, FEE), value(0), value(0)])
    yield "two dummies", action([value(10, FEE), dummy(), dummy()], [value(7, FEE), value(0), value(0)])
    yield "three dummies, no fee", action([dummy(), dummy(), dummy()], [value(0), value(0), value(0)], fee=0)
    yield "no fee", action(TRANSFER[0], [value(60), value(40), value(10, FEE)], fee=0)
    yield "the largest values", action([value(U64, U32), value(U64, U32), value(U64, 0)],
                                       [value(U64, U32), value(U64, U32), value(0, 0)], fee=U64, fee_asset=0)
    yield "the largest withdrawal", action([value(U64), value(1), dummy()], [value(0), value(0), value(0)],
                                           x=1, out=U64, out_asset=A, fee=1)
    yield "alpha of 0", action(*TRANSFER, alpha=0)
    yield "digest of 0", action(*TRANSFER, digest=0)
    yield "secrets of r - 1", action([value(70, order=(LAST, LAST)), *TRANSFER[0][1:]],
                                     [value(60, order=(LAST, LAST)), *TRANSFER[1][1:]])


def public(w, name, v):
    """The public inputs of w with another one of that name."""
    i, good = INPUTS.index(name), public_inputs(w)
    return good[:i] + [v] + good[i + 1 :]


def others():
    """(name, witness, public inputs): the reference says which of them hold."""
    w, replace, out = action(*TRANSFER), action(*REPLACE), action(*WITHDRAWAL, **OUT)
    for name, of in (("transfer", w), ("replace", replace), ("withdrawal", out)):
        for i, what in enumerate(INPUTS):
            yield f"{name}: another {what}", of, public(of, what, (public_inputs(of)[i] + 1) % R)

    def stated(name, inputs, outputs, **changes):
        made = action(inputs, outputs, **changes)
        return name, made, public_inputs(made)

    ins, outs = TRANSFER
    yield stated("a unit of A from nowhere", ins, [value(61), *outs[1:]])
    yield stated("a unit of A lost", ins, [value(59), *outs[1:]])
    yield stated("a unit of FEE from nowhere", ins, [*outs[:2], value(8, FEE)])
    yield stated("a unit of FEE lost", ins, [*outs[:2], value(6, FEE)])
    yield stated("no fee paid", ins, [*outs[:2], value(10, FEE)])
    yield stated("the fee paid in A", ins, [value(57), value(40), value(10, FEE)])
    yield stated("A made FEE", ins, [value(59), value(40), value(8, FEE)])
    yield stated("a third asset made of A", ins, [value(60), value(40, THIRD), value(7, FEE)])
    yield stated("a third asset passed through", [value(70), value(30, THIRD), value(10, FEE)],
                 [value(70), value(30, THIRD), value(7, FEE)])
    yield stated("2^64 - 1 units from nowhere", ins, [value(U64), *outs[1:]])
    yield stated("a unit withdrawn from nowhere", *WITHDRAWAL, **OUT | {"out": 21})
    yield stated("another asset withdrawn", *WITHDRAWAL, **OUT | {"out_asset": FEE})
    yield stated("a third asset withdrawn", *WITHDRAWAL, **OUT | {"out_asset": THIRD})
    yield stated("a withdrawal that pays no fee", ins, [value(40), value(40), value(10, FEE)], **OUT)
    yield stated("x of 2", ins, [value(34), value(40), value(13, FEE)], **OUT | {"x": 2})

    def with_input(name, i, v, anchor=None, public_of=None):
        inputs = [old | v if j == i else old for j, old in enumerate(w["inputs"])]
        changed = w | {"inputs": inputs}
        return name, changed, public_inputs(public_of or changed)

    yield with_input("a dummy with a value", 1, {"dummy": True})
    for name, v in (
        ("another value", {"value": 31}), ("another asset", {"asset": THIRD}), ("another rho", {"rho": 1}),
        ("another r", {"r": 1}), ("another diversifier", {"d": ME.diversifier(9)}), ("another position", {"position": 2}),
        ("no siblings", {"siblings": []}),
    ):
        yield with_input(f"an input with {name} than its leaf", 1, v)
    for name, index in (("a digit above", 1 + 3**22), ("the position past its family", 4)):
        yield with_input(f"an input at {name}", 1, {"position": index})
    yield with_input("a note spent as an order", 0, {"order": ORDER_IN})
    changed = replace | {"inputs": [replace["inputs"][0] | {"order": None}, *replace["inputs"][1:]]}
    yield "an order spent as a note", changed, public_inputs(changed)
    for name, order in (("other terms", (1, ORDER_IN[1])), ("another s", (ORDER_IN[0], 1))):
        changed = replace | {"inputs": [replace["inputs"][0] | {"order": order}, *replace["inputs"][1:]]}
        yield f"an order with {name} than its leaf", changed, public_inputs(changed)
    thief = w | {"account": OTHER}
    yield "somebody else's notes", thief, public_inputs(thief)

    # Outputs that say something else than their formula.
    nf0 = public_inputs(replace)[1]
    for j, v in enumerate(replace["outputs"]):
        if j:
            shifted = sp.opened(v, (nf0 + j + 1) % R, v["c"], ME.oid)
            yield f"output {j} with the rho of the next", replace, public(replace, f"cm_{j}", shifted)
    v = replace["outputs"][0]
    yield "an order of somebody else", replace, public(replace, "cm_0", sp.opened(v, nf0, v["c"], OTHER.oid))
    yield "an order without its covenant", replace, public(replace, "cm_0", sp.opened(v | {"order": None}, nf0, v["c"], ME.oid))
    spent_order = replace["inputs"][0]
    as_note = note.nullifier(ME.nk, leaf(ME, spent_order), spent_order["position"])
    yield "an order's nullifier under its owner's key", replace, public(replace, "nf_0", as_note)


# What the proof leaves to the ledger: the digest binds ciphertexts, which no
# circuit reads; the asset of no withdrawal must be 0 on the wire (spec/07).
FREE = ("transfer: another digest", "replace: another digest", "withdrawal: another digest", "transfer: another ASSET",
        "replace: another ASSET")


def hexes(elements):
    return [e32(v).hex() for v in elements]


def opening(v):
    out = {"asset": v["asset"], "value": v["value"]}
    return out if v["order"] is None else out | {"order": hexes(v["order"])}


def describe(name, w, said):
    return {
        "name": name,
        "ak": encode(w["account"].ak).hex(),
        "nk": e32(w["account"].nk).hex(),
        "alpha": e32(w["alpha"]).hex(),
        "inputs": [
            opening(v) | {
                "dummy": v["dummy"], "d": v["d"].hex(), "r": e32(v["r"]).hex(), "rho": e32(v["rho"]).hex(),
                "position": v["position"], "siblings": hexes(v["siblings"]),
            }
            for v in w["inputs"]
        ],
        "outputs": [opening(v) | {"C": e32(v["c"]).hex()} for v in w["outputs"]],
        "public": hexes(said),
    }


def make():
    statements, refused = [], []
    for name, w in witnesses():
        if not holds(w, public_inputs(w)):
            raise AssertionError(f"{name}: it does not hold")
        statements.append(describe(name, w, public_inputs(w)))
    for name, w, said in others():
        if holds(w, said) != (name in FREE):
            raise AssertionError(f"{name}: {holds(w, said)}")
        (statements if name in FREE else refused).append(describe(name, w, said))
    return {"statements": statements, "refused": refused}
