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
    for file in ("transactions.py", "external.py"):
        for found in re.finditer(r'context\("([a-z-]+)', text[file]):
            before, after = text[file][: found.end()], text[file][found.end() :]
            yield f"context {found[1]} in {file}", file, f"{before}x{after}"
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
    ("the bound of an external name", "transactions.py", "MOST_EXTERNAL = 128", "MOST_EXTERNAL = 127"),
    ("a longer external name", "transactions.py", "MOST_EXTERNAL = 128", "MOST_EXTERNAL = 129"),
    ("the length of a network", "external.py", "var(chain.encode()))[:8]", "var(chain.encode()))[:7]"),
    ("the hash of a remark", "external.py", "digest_size=32", "digest_size=31"),
    ("the modulus of an owner", "external.py", "c >= R", "c > R"),
    ("an owner that nobody is", "external.py", "c == 0", "c == 1"),
    ("another network's remark", "external.py", "if of != network:", "if of[:7] == network:"),
    ("where a remark is found", "external.py", "for at in range(len(data)):", "for at in range(1, len(data)):"),
    ("an unusable remark that is found", "external.py", "except Refused:\n                    return None",
     "except Refused:\n                    pass"),
    ("the steps of a path", "external.py", "STEPS = 8", "STEPS = 7"),
    ("the bytes of an index", "external.py", "p[2 * i] + 256 * p[2 * i + 1]", "256 * p[2 * i] + p[2 * i + 1]"),
    ("the network of a path", "external.py", 'context("deposit-path"), network, e32(c)', 'context("deposit-path"), e32(c)'),
    ("the bound of prices", "transactions.py", "r.count(729)", "r.count(728)"),
    ("a bid above its ask", "transactions.py", "0 < bid <= ask", "0 < min(bid, ask)"),
    ("the version of a vote", "transactions.py", "HEARTBEAT: 2, ORACLE: 2}", "HEARTBEAT: 2}"),
    ("the bound of a list of prints", "transactions.py", "MOST_PRINTS = 2 * 729", "MOST_PRINTS = 2 * 730"),
    ("the owners of a print", "machine.py", "CROWD = 3 ", "CROWD = 2 "),
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
    ("the order of a draw's parts", "epoch.py", "u32(pool) + u32(index)", "u32(index) + u32(pool)"),
    ("the number of a pool", "epoch.py", "kind * 2**16", "kind * 2**15"),
    ("the block that an interval calls", "epoch.py", "u32(a // n)", "u32(a // n + 1)"),
    ("half an odd tick", "auction.py", "self.tick // 2 if self.tick % 2 == 0", "self.tick // 2 if self.tick > 1"),
    ("the band", "auction.py", "self.around(min(o.band, bp))", "self.around(bp)"),
    ("the collar", "auction.py", "return self._worst(o, self.collar)", "return self._worst(o, NO_BOUND)"),
    ("the edge of band and collar", "auction.py", "width = bp * self.mid // 10**4", "width = (bp * self.mid - 1) // 10**4"),
    ("no bound", "auction.py", "NO_BOUND = 65535", "NO_BOUND = 65534"),
    ("what a buyer's primary peg follows", "auction.py", "(self.bid, self.ask) if o.side == BUY else (self.ask, self.bid)",
     "(self.ask, self.bid) if o.side == BUY else (self.bid, self.ask)"),
    ("what a seller's pegs follow", "auction.py", "else (self.ask, self.bid)", "else (self.bid, self.ask)"),
    ("an offset of half ticks", "auction.py", "o.offset * self.tick))", "o.offset * self.step()))"),
    ("a peg below 0", "auction.py", "min(TOP, max(0, follows", "min(TOP, max(1, follows"),
    ("a peg past 2^64", "auction.py", "return min(TOP, max(0, follows + o.offset * self.tick))",
     "return max(0, follows + o.offset * self.tick)"),
    ("the cap of a peg", "auction.py", "else [o.limit, self.pegged(o)]", "else [self.pegged(o)]"),
    ("the size class", "auction.py", "-o.qty.bit_length(), o.arrival", "-(o.qty - 1).bit_length(), o.arrival"),
    ("the older first", "auction.py", "-o.qty.bit_length(), o.arrival", "-o.qty.bit_length(), -o.arrival"),
    ("the larger first", "auction.py", "-o.qty.bit_length(), o.arrival", "o.qty.bit_length(), o.arrival"),
    ("totals of 2^64", "auction.py", ">= 2**64", "> 2**64"),
    ("the money of a total", "auction.py", "sum(o.qty * o.limit for o", "sum(o.qty for o"),
    ("room for two fills", "auction.py", "call.max_fills < 2", "call.max_fills < 1"),
    ("self-trade at one price", "auction.py", "price(i) >= price(j) if buys", "price(i) > price(j) if buys"),
    ("whom a seller crosses", "auction.py", "else price(j) >= price(i)", "else price(j) > price(i)"),
    ("whom an order meets first", "auction.py", "(price(j) if buys else -price(j), age(j))", "age(j)"),
    ("the best price met first", "auction.py", "price(j) if buys else -price(j)", "-price(j) if buys else price(j)"),
    ("the weaker mode", "auction.py", "WEAKEST_FIRST = (DECREMENT, NEWEST, OLDEST, BOTH)",
     "WEAKEST_FIRST = (NEWEST, DECREMENT, OLDEST, BOTH)"),
    ("the strongest mode", "auction.py", "OLDEST, BOTH)", "BOTH, OLDEST)"),
    ("what a decrement leaves", "auction.py", "if self.in_[i] < max(1, self.order(i).least())", "if self.in_[i] < 1"),
    ("a candidate off the reference's grid", "auction.py", "below + step}", "below}"),
    ("candidates outside the collar", "auction.py", "{self.call.effective(self.order(i)) for", "{self.call.inside(self.order(i)) for"),
    ("the surplus of buyers", "auction.py", "points = points[-1:]", "points = points[:1]"),
    ("the surplus of sellers", "auction.py", "points = points[:1]", "points = points[-1:]"),
    ("the way of a tie", "auction.py", "if self.call.up else", "if not self.call.up else"),
    ("a minimum of 1", "auction.py", "self.least() > 1", "self.least() > 0"),
    ("a minimum that is met", "auction.py", "if self.order(i).least() <= volume:\n                fills",
     "if self.order(i).least() < volume:\n                fills"),
    ("where handing down ends", "auction.py", "return fills if volume == 0 or len(fills) == self.call.max_fills else None",
     "return fills"),
    ("the first that share", "auction.py", "if (best := highest(", "if 0 < (best := highest("),
    ("the orders considered", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 32, 1025, 2**21"),
    ("fewer considered", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 32, 1023, 2**21"),
    ("the spans made", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 32, 1024, 2**21 + 1"),
    ("fewer spans", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 32, 1024, 2**21 - 1"),
    ("the prices chosen", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 33, 1024, 2**21"),
    ("fewer prices", "auction.py", "SPANS = 32, 32, 1024, 2**21", "SPANS = 32, 31, 1024, 2**21"),
    ("spans that are adjacent", "auction.py", "lo <= out[-1][1] + 1", "lo <= out[-1][1]"),
    ("the least of a share", "auction.py", "if r <= volume - least", "if r < volume - least"),
    ("the side behind", "auction.py", "behind = 0 if total(taken[0]) <= total(taken[1]) else 1", "behind = 0"),
    ("the weak", "auction.py", "if 0 < n - over < self.order(i).least()", "if 0 < n - over < 0"),
    ("of equal outcomes the last", "auction.py", "outcome.volume < best.volume", "outcome.volume <= best.volume"),
    ("one round", "auction.py", "ROUNDS, PRICES, CONSIDERED, SPANS = 32,", "ROUNDS, PRICES, CONSIDERED, SPANS = 2,"),
    ("a byte of an offset", "order.py", 'h["offset"].to_bytes(4, "big", signed=True)', 'h["offset"].to_bytes(4, "little", signed=True)'),
    ("the pegs there are", "order.py", "PEGS, MODES, POOLS = 4,", "PEGS, MODES, POOLS = 5,"),
    ("the modes there are", "order.py", "POOLS = 4, 4, 2", "POOLS = 4, 5, 2"),
    ("the pools there are", "order.py", "POOLS = 4, 4, 2", "POOLS = 4, 4, 3"),
    ("an offset without a peg", "order.py", ' or (h["peg"] == 0 and h["offset"] != 0)', ""),
    ("the reserved bytes", "seal.py", "+ bytes(RESERVED)", '+ bytes(RESERVED - 1) + b"\\1"'),
    ("the byte of a leaf", "transcript.py", "LEAF, NODE, ROOT, AUCTION = range(4)", "NODE, LEAF, ROOT, AUCTION = range(4)"),
    ("the byte of an auction", "transcript.py", "LEAF, NODE, ROOT, AUCTION = range(4)", "LEAF, NODE, AUCTION, ROOT = range(4)"),
    ("an odd last node", "transcript.py", "level[len(level) & ~1 :]", "[]"),
    ("a buyer's rank", "transcript.py", "2**64 - 1 - price if buys", "price if buys"),
    ("a rank's class", "transcript.py", "u8(255 - size_class)", "u8(size_class)"),
    ("the salts of a rank", "transcript.py", ")[:16]", ")[:15]"),
    ("the places of pools", "transcript.py", "SPACES = 2 * 729", "SPACES = 2 * 728"),
    ("an auction that is not counted", "machine.py", 'or e.counted)', 'or e.seen > 0)'),
    ("auctions counted", "machine.py", 'elif e.seen < n:', 'elif e.seen <= n:'),
    ("more counted than there are", "machine.py", 'e.seen > handling["auctions"]', 'e.seen > handling["auctions"] + 1'),
    ("a time that is over", "machine.py", '0 < e.handling["until"] <= time', '0 < e.handling["until"] < time'),
    ("the last auction", "machine.py", 'e.opening["expiry"] < h', 'e.opening["expiry"] <= h'),
    ("a place that is kept", "machine.py", 'smaller = b["qty"] <= a["qty"]', 'smaller = b["qty"] < a["qty"]'),
    ("another's place", "machine.py", 'smaller and a["oid"] == b["oid"]', "smaller"),
    ("another handling's place", "machine.py", ' and old.handling == new.handling', ""),
    ("a minimum that falls with the lots", "machine.py", 'min(a["min"], b["qty"])', 'a["min"]'),
    ("a halt", "machine.py", 'quote.swing > record["halt"]', 'quote.swing >= record["halt"]'),
    ("the rest of a leaf", "machine.py", "a - chain.min_rest", "a - chain.min_rest - 1"),
    ("the end of an exit window", "machine.py", "a >= e.free_until", "a > e.free_until"),
    ("a leaf of its order's block", "machine.py", "e.since < e.arrival", "e.since <= e.arrival"),
    ("a session that is over", "machine.py", "r.u32() <= height", "r.u32() < height"),
    ("the side of padding", "machine.py", '"side": 0,', '"side": 1,'),
    ("the order of pools", "machine.py", "self.draws.seed(PLACE, pool(*p))", "p"),
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
    ("transcript-label", "engine/machine"), ("transcript-veil", "engine/machine"), ("transcript-rank", "engine/machine"),
    ("external-network", "protocol/external"), ("deposit-path", "protocol/external"),
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
    ("the median of two", "ledger/reference.go", "2*below >= sum", "2*below > sum", "ledger"),
    ("the middle of a quote", "protocol/market/quote.go", "(ask-bid)/2", "(ask-bid+1)/2", "ledger"),
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
    ("the byte of a transcript's leaf", "protocol/transcript/tree.go", "leafByte    = 0", "leafByte = 3", "engine/machine"),
    ("the order of groups", "engine/machine/auction.go", "bytes.Compare(x.Hash[:], y.Hash[:])",
     "bytes.Compare(y.Hash[:], x.Hash[:])", "engine/machine"),
    ("the price among equal volumes", "engine/auction/curve.go", "v > volume || s < surplus", "v > volume",
     "engine/auction"),
    ("what a seller's peg follows", "engine/auction/ladder.go", "k.peg == order.Primary && k.side == order.Buy",
     "k.peg == order.Primary", "engine/auction"),
    ("the weaker of two modes", "engine/auction/selftrade.go", "strength[y] < strength[x]", "strength[y] > strength[x]",
     "engine/auction"),
    ("the orders considered", "engine/auction/exact.go", "considered = 1024 ", "considered = 1025 ", "engine/auction"),
    ("the spans made", "engine/auction/exact.go", "maxSpans   = 1 << 21", "maxSpans   = 1<<21 + 1", "engine/auction"),
    ("the prices chosen", "engine/auction/clear.go", "maxPrices = 32", "maxPrices = 33", "engine/auction"),
    ("a byte of handling", "protocol/order/handling.go", "w.U8(uint8(h.SelfTrade))\n\tw.U8(uint8(h.Pool))",
     "w.U8(uint8(h.Pool))\n\tw.U8(uint8(h.SelfTrade))", "protocol/order"),
    ("an offset without a peg", "protocol/order/handling.go", " || h.Peg == NoPeg && h.Offset != 0", "", "protocol/order"),
    ("an auction that is not counted", "engine/book/book.go", "|| e.Counted)", "|| e.Seen > 0)", "engine/machine"),
    ("another's place", "engine/book/book.go", "&& o.OID == old.Order.OID ", "", "engine/machine"),
    ("the owners of a print", "engine/machine/tape.go", "crowd = 3", "crowd = 2", "engine/machine"),
    ("the age of a print", "engine/machine/tape.go", "<= uint64(height)", "<= uint64(height)+1", "engine/machine"),
    ("the price of a print", "engine/machine/tape.go", "step = tick / 2", "step = tick * 2", "engine/machine"),
    ("the class of naturals", "protocol/registry/print.go", "p.Lots&(p.Lots-1) != 0", "p.Lots&(p.Lots-1) > 1<<40", "protocol/registry"),
    ("the number of a pool", "engine/book/book.go", "uint32(p.Kind)<<16", "uint32(p.Kind)<<15", "engine/machine"),
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
                survived += by is None
        print(f"{option[2:]}: {len(chosen)} changes")
        tried += len(chosen)
    sys.exit(survived > 0 or tried == 0)


if __name__ == "__main__":
    main(sys.argv[1:])
