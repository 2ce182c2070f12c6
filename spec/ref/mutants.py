#!/usr/bin/env python3
"""Changes one constant at a time and demands that a vector notices.

In the reference: every tag, every context, every shift of a packed word and
some other constants; `generate.py --check` must then end with a status of 1. In
the product: one constant of each kind, put under the tests that read vectors
with go's -overlay; a test must then fail. Before that, with nothing changed,
none may. No file of the tree changes.

    python3 spec/ref/mutants.py [--reference | --product] [part of a name …]
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import generate

REF = pathlib.Path(__file__).resolve().parent
ROOT = REF.parent.parent


def modules():
    """The reference's own modules; the generators hold cases, not constants of the protocol."""
    return sorted(p for p in REF.glob("*.py") if p.stem not in ("generate", "mutants", "selftest"))


def reference():
    """(name, file, its new text)."""
    text = {p.name: p.read_text() for p in modules()}
    tags = re.findall(r"^([A-Z_, ]+) = range", text["field.py"], re.M)
    for tag in ", ".join(tags).split(", "):
        yield f"tag {tag}", "field.py", text["field.py"] + f"\n{tag} = 99\n"
    for file, source in text.items():
        for found in re.finditer(r'"nightjar/[a-z0-9-]+/v1', source):
            yield f"context {found[0][1:]} in {file}", file, source[: found.end()] + "x" + source[found.end() :]
    for found in re.finditer(r'context\("([a-z-]+)', text["transactions.py"]):
        before, after = text["transactions.py"][: found.end()], text["transactions.py"][found.end() :]
        yield f"context {found[1]} in transactions.py", "transactions.py", f"{before}x{after}"
    for file in ("note.py", "order.py", "market.py", "field.py"):
        for found in re.finditer(r"<< (\d+)\b", text[file]):
            line = text[file].count("\n", 0, found.start()) + 1
            before, after = text[file][: found.start()], text[file][found.end() :]
            yield f"shift {found[1]} in {file}:{line}", file, f"{before}<< {int(found[1]) + 1}{after}"
    for name, file, old, new in (
        ("the seed of the round constants", "field.py", "rP=56", "rP=57"),
        ("the number of partial rounds", "field.py", "PARTIAL = 8, 56", "PARTIAL = 8, 55"),
        ("one round constant", "field.py", "CONSTANTS = _constants()",
         "CONSTANTS = _constants()\nCONSTANTS[30][0] += 1"),
        ("the S-box", "field.py", "a = pow(a + row[0], 5, R)", "a = pow(a + row[0], 7, R)"),
        ("the internal matrix", "field.py", "(2 * c + t)", "(3 * c + t)"),
        ("the cofactor of generators", "jubjub.py", "g := mul(8, p)", "g := mul(4, p)"),
        ("the sign bit of points", "jubjub.py", "if p[0] > R - p[0]:", "if p[0] < R - p[0]:"),
        ("the diversifier's length", "keys.py", "u32(i), 16)", "u32(i), 15) + bytes(1)"),
        ("the rounding of the unit", "order.py", "-(-v * bp // BASIS_POINTS)", "v * bp // BASIS_POINTS"),
        ("the rounding of the fee", "order.py", "notional * fee_bp // BASIS_POINTS", "ceil_bp(notional, fee_bp)"),
        ("the rounding of the deviation", "market.py", "-(-abs(price - reference) * 10_000 // reference)",
         "abs(price - reference) * 10_000 // reference"),
        ("the rule on the limit", "order.py", "price <= o[\"limit\"]", "price < o[\"limit\"]"),
        ("the rule on the expiry", "order.py", "height <= o[\"expiry\"]", "height < o[\"expiry\"]"),
        ("the rule on the band", "order.py", "dev <= o[\"band\"]", "dev < o[\"band\"]"),
        ("the rule on the fee", "order.py", "fee_bp <= o[\"max_fee\"]", "fee_bp < o[\"max_fee\"]"),
        ("the tree's depth", "tree.py", "DEPTH, TABLE_DEPTH, TABLE_SIZE = 23,", "DEPTH, TABLE_DEPTH, TABLE_SIZE = 22,"),
        ("the sign of a leg", "settlement.py", "moved if sells else neg(moved)", "neg(moved) if sells else moved"),
        ("the size of an instruction", "action.py", "r.bytes(1456)", "r.bytes(1455)"),
        *RULES,
    ):
        if text[file].count(old) != 1:
            raise AssertionError(f"{name}: {text[file].count(old)} places in {file}")
        yield name, file, text[file].replace(old, new)


# (name, file, the text, what it becomes): signatures, proofs, auctions, states.
RULES = (
    ("the cofactor of signatures", "ed25519.py", "mul(8, add(", "mul(1, add("),
    ("the bound of S", "ed25519.py", "s >= L", "s > L"),
    ("the bound of a list of signatures", "transactions.py", "MOST_WORKERS = 128, 64", "MOST_WORKERS = 127, 64"),
    ("the bound of a list of workers", "transactions.py", "MOST_WORKERS = 128, 64", "MOST_WORKERS = 128, 63"),
    ("the role in report data", "transactions.py", 'b"\\x01", operator', 'b"\\x02", operator'),
    ("the bound of evidence", "transactions.py", "r.var(16384)", "r.var(16383)"),
    ("the bound of prices", "transactions.py", "r.count(729)", "r.count(728)"),
    ("a bid above its ask", "transactions.py", "0 < bid <= ask", "0 < min(bid, ask)"),
    ("the version of a vote", "transactions.py", "VERSION = {ORACLE: 2}", "VERSION = {}"),
    ("the lower median", "market.py", "if q <= p) >= power", "if q <= p) > power"),
    ("two thirds of the power", "market.py", "3 * power <= 2 * total", "3 * power < 2 * total"),
    ("the middle of a quote", "market.py", "(bid + ask) // 2", "(bid + ask + 1) // 2"),
    ("where a swing begins", "market.py", "mids[first - 1] if first else 0", "mids[first]"),
    ("where an interval begins", "market.py", "(len(mids) - 1) // interval", "len(mids) // interval"),
    ("rounds left out when 0", "transactions.py", 'if v else b""', 'if v > 1 else b""'),
    ("the size of coefficients", "groth16.py", ".digest()[:16]", ".digest()[:17]"),
    ("the fewest points of a key", "groth16.py", "if n < 2", "if n < 1"),
    ("the most points of a key", "groth16.py", "MOST_POINTS = 65", "MOST_POINTS = 66"),
    ("the constant's point", "groth16.py", "self.ks[0] + sum", "self.ks[1] + sum"),
    ("the larger of two in Fp2", "bls12_381.py", "self.c1 or self.c0", "self.c0 or self.c1"),
    ("the order of coordinates", "bls12_381.py", "(x.c1, x.c0)", "(x.c0, x.c1)"),
    ("the subgroup check", "bls12_381.py", "return p if group.mul(ORDER, p) is None else None", "return p"),
    ("the tie bit", "epoch.py", "& 1 == 1", "& 2 == 2"),
    ("the order of a draw's parts", "epoch.py", "u32(market) + u32(index)", "u32(index) + u32(market)"),
    ("the block that an interval calls", "epoch.py", "u32(a // n)", "u32(a // n + 1)"),
    ("half an odd tick", "auction.py", "self.tick // 2 if self.tick % 2 == 0", "self.tick // 2 if self.tick > 1"),
    ("the band's edge", "auction.py", "self.reference) <= o.band", "self.reference) < o.band"),
    ("the collar's edge", "auction.py", "width = bp * self.reference // 10**4",
     "width = (bp * self.reference - 1) // 10**4"),
    ("no bound", "auction.py", "NO_BOUND = 65535", "NO_BOUND = 65534"),
    ("the size class", "auction.py", ".bit_length()", ".bit_length() // 2"),
    ("the older first", "auction.py", "-self.size_class(o), o.arrival", "-self.size_class(o), -o.arrival"),
    ("the larger first", "auction.py", "-self.size_class(o)", "self.size_class(o)"),
    ("totals of 2^64", "auction.py", ">= 2**64", "> 2**64"),
    ("room for two fills", "auction.py", "call.max_fills < 2", "call.max_fills < 1"),
    ("self-trade at one price", "auction.py", "call.inside(buy) >= call.inside(sell)",
     "call.inside(buy) > call.inside(sell)"),
    ("a candidate off the reference's grid", "auction.py", "below + step}", "below}"),
    ("the surplus of buyers", "auction.py", "points = points[-1:]", "points = points[:1]"),
    ("the surplus of sellers", "auction.py", "points = points[:1]", "points = points[-1:]"),
    ("the way of a tie", "auction.py", "if call.up else", "if not call.up else"),
    ("a minimum of 1", "auction.py", ".minimum() > 1 and", ".minimum() > 0 and"),
    ("the side behind", "auction.py", "behind = 0 if total(taken[0]) <= total(taken[1]) else 1", "behind = 0"),
    ("of equal outcomes the last", "auction.py", "            if volume < lots(call, best.fills):\n                return",
     "            if volume <= lots(call, best.fills):\n                return"),
    ("the byte of a node", "transcript.py", "self._hash(1, level", "self._hash(0, level"),
    ("an odd last node", "transcript.py", "level[len(level) & ~1 :]", "[]"),
    ("the rest of a leaf", "machine.py", "a - chain.min_rest", "a - chain.min_rest - 1"),
    ("the end of an exit window", "machine.py", "a >= e.free_until", "a > e.free_until"),
    ("a leaf of its order's block", "machine.py", "e.since < e.arrival", "e.since <= e.arrival"),
    ("a session that is over", "machine.py", "r.u32() <= height", "r.u32() < height"),
    ("the side of padding", "machine.py", '"side": 0,', '"side": 1,'),
    ("the order of markets", "machine.py", "self.draws.seed(PLACE, m)", "m"),
    ("the order of groups", "machine.py", "key=settlement.group_hash)", 'key=lambda g: g["pc"])'),
)


QUICK = ("note", "fill", "market", "keys", "action", "settle")  # what notices most, soonest


def noticed(mutant):
    """The first vector file that the changed reference no longer makes, or None."""
    _, file, changed = mutant
    uses = re.compile(rf"^(from|import) {file[:-3]}\b", re.M)
    first = {p.stem.replace("_", "-") for p in (REF / "gen").glob("*.py") if uses.search(p.read_text())}
    with tempfile.TemporaryDirectory() as temp:
        spec = pathlib.Path(temp) / "spec"
        shutil.copytree(REF, spec / "ref")
        shutil.copytree(REF.parent / "vectors", spec / "vectors")
        (spec / "ref" / file).write_text(changed)
        for name in sorted(generate.names(), key=lambda n: (n not in first, n not in QUICK)):
            run = subprocess.run([sys.executable, spec / "ref" / "generate.py", "--check", name], capture_output=True)
            if run.returncode:
                return name
    return None


DOMAIN = "protocol/domain/domain.go"

# A context of the product, and the package whose vector test must fail without it.
CONTEXTS = (
    ("generator", "protocol/jubjub"), ("nk", "protocol/keys"), ("output-foreign", "protocol/seal"),
    ("enclave-instruction", "protocol/sealopen"), ("action-digest", "protocol/action"), ("group", "protocol/settlement"),
    ("lock", "protocol/settlement"), ("deposit-id", "protocol/custody"), ("heartbeat", "protocol/registry"),
    ("governance", "protocol/governance"), ("oracle-vote", "protocol/oracle"), ("epoch-prf", "engine/epoch"),
    ("engine-state", "engine/machine"), ("peer-message", "enclave/peer"), ("proof-batch", "circuit/verify"),
)

# (name, file, the text, what it becomes, the package whose vector test must fail)
PRODUCT = (
    *((f"context {name}", DOMAIN, f'"nightjar/{name}/v', f'"nightjar/{name}x/v', at) for name, at in CONTEXTS),
    ("rounds of the permutation", "protocol/field/hash.go", "PartialRounds = 56", "PartialRounds = 55", "protocol/field"),
    ("the tag of notes", DOMAIN, "Note   Tag = 1 ", "Note   Tag = 91 ", "protocol/note"),
    ("the tag of the ledger's fee notes", DOMAIN, "RhoFee Tag = 15", "RhoFee Tag = 95", "ledger"),
    ("the byte order of integers", "protocol/encoding/encoding.go", "binary.BigEndian.AppendUint32",
     "binary.LittleEndian.AppendUint32", "protocol/custody"),
    ("a shift of a note's money", "protocol/note/note.go", "V: uint64(asset), Shift: 64", "V: uint64(asset), Shift: 65",
     "protocol/note"),
    ("a shift of the terms", "protocol/order/terms.go", "V: uint64(t.Expiry), Shift: 161",
     "V: uint64(t.Expiry), Shift: 162", "protocol/order"),
    ("a shift of pc", "protocol/market/market.go", "V: uint64(dev), Shift: 160", "V: uint64(dev), Shift: 161",
     "protocol/market"),
    ("the rule on the limit", "protocol/order/fill.go", "x.Price > t.Limit", "x.Price >= t.Limit", "protocol/order"),
    ("the tree's depth", "protocol/tree/node.go", "Depth = 23", "Depth = 22", "protocol/tree"),
    ("the order of an action's fields", "protocol/action/action.go", "w.U64(a.Epoch)\n\tw.U64(a.Fee)",
     "w.U64(a.Fee)\n\tw.U64(a.Epoch)", "protocol/action"),
    ("the sign of a leg", "protocol/jubjub/point.go", "n.Neg(&p)\n\treturn n", "n = p\n\treturn n", "protocol/jubjub"),
    ("the bound of a settlement's groups", "protocol/settlement/lock.go", "MaxGroups     = 512", "MaxGroups     = 511",
     "protocol/settlement"),
    ("the rule of signatures", "protocol/quorum/quorum.go", "VerifyOptionsZIP_215}", "VerifyOptionsStdLib}",
     "protocol/quorum"),
    ("the size of coefficients", "circuit/verify/verify.go", "h[:16]", "h[:15]", "circuit/verify"),
    ("the bound of evidence", "protocol/registry/worker.go", "MaxEvidence = 16 << 10", "MaxEvidence = 16 << 9",
     "protocol/registry"),
    ("the byte of a transcript's leaf", "engine/transcript/transcript.go", "leafByte = 0", "leafByte = 3", "engine/machine"),
    ("the order of groups", "engine/machine/auction.go", "bytes.Compare(x.Hash[:], y.Hash[:])",
     "bytes.Compare(y.Hash[:], x.Hash[:])", "engine/machine"),
    ("the price among equal volumes", "engine/auction/price.go", "v > volume || s < surplus", "v > volume",
     "engine/auction"),
)


def fails(mutant):
    """The package, if its vector test fails on the changed product, or None."""
    name, file, old, new, package = mutant
    source = (ROOT / file).read_text()
    if source.count(old) != 1:
        raise AssertionError(f"{name}: {source.count(old)} places in {file}")
    with tempfile.TemporaryDirectory() as temp:
        changed, overlay = pathlib.Path(temp) / "changed.go", pathlib.Path(temp) / "overlay.json"
        changed.write_text(source.replace(old, new))
        overlay.write_text(json.dumps({"Replace": {str(ROOT / file): str(changed)}}))
        go = [os.environ.get("GO", "go"), "test", "-vet=off", "-overlay", overlay, "-run", "Vectors$", f"./{package}"]
        run = subprocess.run(go, cwd=ROOT, capture_output=True, text=True)
        return package if run.returncode and "--- FAIL: Test" in run.stdout else None


# What tells a change that is noticed from a test that fails anyway.
INTACT = {
    noticed: lambda _: [("nothing", "field.py", (REF / "field.py").read_text())],
    fails: lambda mutants: list({m[4]: ("nothing", m[1], m[2], m[2], m[4]) for m in mutants}.values()),
}


def main(arguments):
    words = [a for a in arguments if not a.startswith("--")]
    tried = survived = 0
    for option, mutants, find in (("--reference", list(reference()), noticed), ("--product", list(PRODUCT), fails)):
        if {"--reference", "--product"} & set(arguments) and option not in arguments:
            continue
        chosen = [m for m in mutants if not words or any(w in m[0] for w in words)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for by in filter(None, pool.map(find, INTACT[find](chosen))):
                sys.exit(f"{option[2:]}: {by} fails with nothing changed")
            for m, by in zip(chosen, pool.map(find, chosen)):
                print(f"{option[2:]:10} {m[0]:56} {'noticed by ' + by if by else 'NOT NOTICED'}", flush=True)
    ("the median of two", "ledger/reference.go", "2*below >= sum", "2*below > sum", "ledger"),
    ("the middle of a quote", "protocol/market/quote.go", "(ask-bid)/2", "(ask-bid+1)/2", "ledger"),
                survived += by is None
        print(f"{option[2:]}: {len(chosen)} changes")
        tried += len(chosen)
    sys.exit(survived > 0 or tried == 0)


if __name__ == "__main__":
    main(sys.argv[1:])
