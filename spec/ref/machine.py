"""spec/13: the enclaves' state after a block, and the auction of its height."""

import hashlib
from dataclasses import dataclass, field as default

import auction
import market
import note
import order
import settlement
from epoch import BLIND, FEE_BLIND, FEE_R, FEE_SEED, PAD_C, PAD_OID, PAD_S, PLACE, SALT, Auction, schedule, tie
from field import R, e32
from jubjub import L
from keys import owner
from seal import PAYMENT, encode_plaintext, seal_fee
from transcript import Tree
from wire import Reader, Refused, u8, u32, u64, var

RESERVED, LEAVING = 1, 2
INTAKE, TRANSCRIPT = "nightjar/intake/v1", "nightjar/transcript/v1"


@dataclass
class Entry:
    """An order in the book."""

    opening: dict
    position: int
    arrival: int
    since: int  # block of the leaf
    lock: int = 0  # auction that locked it
    free_until: int = 0  # last block of its exit window
    reserved: bool = False
    leaving: bool = False

    def nullifier(self):
        return order.nullify(self.opening, self.position)[0]

    def encode(self):
        blocks = (self.arrival, self.since, self.lock, self.free_until)
        flags = RESERVED * self.reserved | LEAVING * self.leaving
        return order.encode_opening(self.opening) + u64(self.position) + b"".join(map(u32, blocks)) + u8(flags)


@dataclass
class State:
    height: int
    book: list = default(default_factory=list)
    announced: dict = default(default_factory=dict)  # openings by action id
    sessions: dict = default(default_factory=dict)  # last block for a heartbeat, by oid

    def encode(self):
        book = sorted(self.book, key=Entry.nullifier)
        out = u8(1) + u32(self.height) + u32(len(book)) + b"".join(e.encode() for e in book)
        announced = sorted(self.announced.items())
        out += u32(len(announced)) + b"".join(i + order.encode_opening(o) for i, o in announced)
        return out + u32(len(self.sessions)) + b"".join(e32(o) + u32(h) for o, h in sorted(self.sessions.items()))

    def digest(self):
        return hashlib.sha256(var(b"nightjar/engine-state/v1") + self.encode()).digest()

    def intake(self):
        return Tree(INTAKE, {e.nullifier(): e32(order.commitment(e.opening)) for e in self.book}).root()


def decode(data):
    """Refuses what is no state; the parts' own rules are theirs."""
    r = Reader(data)
    if r.u8() != 1:
        raise Refused("UNKNOWN_VERSION")
    height = r.u32()
    last = -1
    for _ in range(r.u32()):
        e = Entry(order.read_opening(r), r.u64(), r.u32(), r.u32(), r.u32(), r.u32())
        flags = r.u8()
        if flags > RESERVED | LEAVING or (flags & LEAVING and not e.lock) or e.since < e.arrival:
            raise Refused("NON_CANONICAL")
        last = _ascends(last, e.nullifier())
    last = -1
    for _ in range(r.u32()):
        last = _ascends(last, r.below(2**256))
        order.read_opening(r)
    last = -1
    for _ in range(r.u32()):
        last = _ascends(last, r.below(R))
        if r.u32() <= height:
            raise Refused("NON_CANONICAL")
    r.done()


def _ascends(last, key):
    if key <= last:
        raise Refused("NON_CANONICAL")
    return key


@dataclass
class Chain:
    """What an auction takes from the chain."""

    min_rest: int  # w
    size_classes: list
    max_legs: int
    treasury: bytes  # an address
    markets: dict  # records and references by id


def eligible(e, a, chain):
    """Of orders in the book: they are valid and not past their expiry."""
    return e.since <= a - chain.min_rest and not e.lock and a >= e.free_until and not e.reserved


class Cleared:
    """The auction of a state's height."""

    def __init__(self, state, chain, secret):
        self.height, self.chain, self.draws = state.height, chain, Auction(secret, state.height)
        self.up = tie(schedule(secret), state.height)
        self.groups, self.leaves, left = [], {}, chain.max_legs
        entries = [e for e in state.book if eligible(e, self.height, chain)]
        for m in sorted(chain.markets, key=lambda m: self.draws.seed(PLACE, m)):
            mine = [e for e in entries if e.opening["market"] == m]
            room = max((n for n in chain.size_classes if n <= left), default=0)
            record, reference = chain.markets[m]
            call = self.call(record, reference, room, mine)
            outcome = auction.clear(call)
            self.record(m, reference, call, outcome, mine)
            if outcome.result == auction.CLEARED:
                self.groups.append(self.group(record, reference, outcome, mine))
                left -= len(self.groups[-1]["legs"])
        self.groups.sort(key=settlement.group_hash)
        self.hashes = [settlement.group_hash(g) for g in self.groups]
        self.nullifiers = sorted(leg["nf"] for g in self.groups for leg in g["legs"])
        self.outcome = settlement.outcome(self.height, self.hashes)
        self.transcript = Tree(TRANSCRIPT, self.leaves).root()

    def call(self, record, reference, room, entries):
        def one(e):
            o = e.opening
            rank = self.draws.rank(e.nullifier())
            return auction.Order(o["side"], o["qty"], o["limit"], o["min"], o["band"], o["oid"], e.arrival, rank)

        return auction.Call(record["tick"], record["collar"], reference, room, self.up, list(map(one, entries)))

    def record(self, m, reference, call, outcome, entries):
        """The leaves of the transcript."""
        for i, (e, o) in enumerate(zip(entries, call.orders)):
            price = call.inside(o) if reference else None
            place = u64(price) + u8(call.size_class(o)) if price is not None else bytes(9)
            data = u32(m) + u64(reference) + u8(outcome.result) + u64(outcome.price) + place
            data += u32(o.arrival) + u64(o.rank) + u64(outcome.fills.get(i, 0))
            self.leaves[e.nullifier()] = data

    def group(self, record, reference, outcome, entries):
        a, m, price = self.height, record["market"], outcome.price
        draw = lambda purpose, index=0: self.draws.element(purpose, m, index)
        blind = lambda purpose, index=0: self.draws.scalar(purpose, m, index)
        dev, fee_bp = market.deviation(price, reference), record["feeBp"]
        legs = [(entries[i].opening, entries[i].position, n) for i, n in outcome.fills.items()]
        size = min(n for n in self.chain.size_classes if n >= len(legs))
        for i in range(size - len(legs)):
            terms = {
                "market": m, "base": record["base"], "quote": record["quote"], "lot": record["lotSize"], "side": 0,
                "limit": price, "qty": 0, "min": 0, "expiry": a, "band": order.NO_BAND, "max_fee": fee_bp,
                "asset": record["base"], "value": 0,
            }
            legs.append((terms | {"s": draw(PAD_S, i), "c": draw(PAD_C, i), "oid": draw(PAD_OID, i)}, 0, 0))
        fills = [(o, order.apply(o, position, n, price, fee_bp, a, dev)) for o, position, n in legs]
        fills.sort(key=lambda x: x[1]["nullifier"])
        pc = market.price_commitment(record, dev, price, a, draw(SALT))
        fees, r = sum(f["fee"] for _, f in fills), draw(FEE_R)
        treasury = self.chain.treasury
        fee_note = note.commitment(record["quote"], fees, pc, owner(int.from_bytes(treasury[17:49], "big"), r))
        text = {"kind": PAYMENT, "asset": record["quote"], "value": fees, "d": treasury[1:17], "r": r}
        group = {
            "pc": pc,
            "legs": [self.leg(o, f, blind(BLIND, i)) for i, (o, f) in enumerate(fills)],
            "fee": fee_note,
            "cv_fee": settlement.fee_value(fees, blind(FEE_BLIND)),
            "opening": seal_fee(treasury, self.draws.seed(FEE_SEED, m), pc, encode_plaintext(text)),
        }
        return group | {"R": (sum(blind(BLIND, i) for i in range(size)) + blind(FEE_BLIND)) % L}

    def leg(self, o, f, blind):
        return {
            "nf": f["nullifier"], "proceeds": order.output(o, f["proceeds"]), "refund": order.output(o, f["refund"]),
            "remainder": order.commitment(f["remainder"]), "report": f["report"],
            "cv": settlement.fill_value(not order.buys(o), f["baseLeg"], f["quoteLeg"], blind),
        }

    def settle(self, i, chain_id):
        """The signed settlement of a group, with no proofs of fills and zeros for Collect's."""
        group = self.groups[i]
        s = {"version": 1, "height": self.height, "groups": self.hashes, "index": i, "group": group}
        s |= {"fills": [], "collect": bytes(192)}
        return settlement.encode(settlement.sign(s, chain_id, group["R"]))
