"""spec/13: the enclaves' state after a block, and the auction of its height."""

import hashlib
from dataclasses import dataclass, field as default, replace

import auction
import market
import note
import order
import settlement
import transcript
from epoch import (
    BLIND, FEE_BLIND, FEE_R, FEE_SEED, PAD_C, PAD_OID, PAD_S, PLACE, RANK, SALT, VEIL, Auction, pool, schedule, tie,
)
from field import R, e32
from jubjub import L
from keys import owner
from seal import PAYMENT, encode_plaintext, seal_fee
from wire import Reader, Refused, u8, u16, u32, u64, var

RESERVED, LEAVING, COUNTED = 1, 2, 4


@dataclass
class Entry:
    """An order in the book."""

    opening: dict
    handling: dict
    position: int
    arrival: int
    since: int  # block of the leaf
    lock: int = 0  # auction that locked it
    free_until: int = 0  # last block of its exit window
    seen: int = 0  # intervals that it counted
    reserved: bool = False
    leaving: bool = False
    counted: bool = False  # the interval under way is one of them

    def nullifier(self):
        return order.nullify(self.opening, self.position)[0]

    def encode(self):
        blocks = (self.arrival, self.since, self.lock, self.free_until)
        flags = RESERVED * self.reserved | LEAVING * self.leaving | COUNTED * self.counted
        out = order.encode_opening(self.opening) + order.encode_handling(self.handling) + u64(self.position)
        return out + b"".join(map(u32, blocks)) + u16(self.seen) + u8(flags)


CROWD = 3  # owners of a print


@dataclass
class Bucket:
    """A sum of fills of a pool."""

    lots: int = 0
    notional: int = 0
    first: int = 0
    last: int = 0
    owners: tuple = ()

    def __add__(self, other):
        if not self.owners:
            return other
        if not other.owners or self.lots + other.lots >= 2**64:
            return self
        sums = self.lots + other.lots, self.notional + other.notional
        blocks = min(self.first, other.first), max(self.last, other.last)
        return Bucket(*sums, *blocks, tuple(sorted({*self.owners, *other.owners})[:CROWD]))

    def printed(self, height, interval):
        return len(self.owners) == CROWD and self.lots > 0 and self.last + interval <= height

    def encode(self):
        out = u64(self.lots) + self.notional.to_bytes(16, "big") + u32(self.first) + u32(self.last)
        return out + u8(len(self.owners)) + b"".join(map(e32, self.owners))


@dataclass
class State:
    height: int
    book: list = default(default_factory=list)
    announced: dict = default(default_factory=dict)  # opening and handling by action id
    sessions: dict = default(default_factory=dict)  # last block for a heartbeat, by oid
    tape: dict = default(default_factory=dict)  # open and closed bucket, by market and pool

    def encode(self):
        book = sorted(self.book, key=Entry.nullifier)
        out = u8(2) + u32(self.height) + u32(len(book)) + b"".join(e.encode() for e in book)
        announced = sorted(self.announced.items())
        out += u32(len(announced))
        out += b"".join(i + order.encode_opening(o) + order.encode_handling(h) for i, (o, h) in announced)
        out += u32(len(self.sessions)) + b"".join(e32(o) + u32(h) for o, h in sorted(self.sessions.items()))
        out += u32(len(self.tape))
        return out + b"".join(u32(m) + u8(k) + b.encode() + c.encode() for (m, k), (b, c) in sorted(self.tape.items()))

    def digest(self):
        return hashlib.sha256(var(b"nightjar/engine-state/v1") + self.encode()).digest()

    def intake(self):
        held = [(e.nullifier(), e.opening["s"], order.commitment(e.opening), e.handling, e.arrival) for e in self.book]
        return transcript.intake(self.height, held)


def prints(state, chain):
    """(market, pool, first, last, lots, price) in the heartbeat of the state's height."""
    out, k = [], chain.heartbeat
    for (m, kind), (_, b) in sorted(state.tape.items()):
        if m in chain.markets and k and state.height % k == 0 and b.printed(state.height, k):
            tick = chain.markets[m][0]["tick"]
            step = tick // 2 if tick % 2 == 0 else tick
            lots = b.lots if kind == 0 else 2 ** (b.lots.bit_length() - 1)
            out.append((m, kind, b.first, b.last, lots, b.notional // b.lots // step * step))
    return out


def turned(state, chain):
    """The buckets as the next block finds them."""
    if chain.heartbeat == 0 or state.height % chain.heartbeat:
        return dict(state.tape)
    gone = {p[:2] for p in prints(state, chain)}
    tape = {of: (Bucket() if of in gone else b) + a for of, (a, b) in state.tape.items()}
    return {of: (Bucket(), b) for of, b in tape.items() if b.owners}


def decode(data):
    """Refuses what is no state; the parts' own rules are theirs."""
    r = Reader(data)
    if r.u8() != 2:
        raise Refused("UNKNOWN_VERSION")
    height = r.u32()
    last = -1
    for _ in range(r.u32()):
        opening, handling = order.read_opening(r), order.read_handling(r)
        e = Entry(opening, handling, r.u64(), r.u32(), r.u32(), r.u32(), r.u32(), r.u16())
        flags = r.u8()
        if (
            flags > RESERVED | LEAVING | COUNTED
            or (flags & LEAVING and not e.lock)
            or e.since < e.arrival
            or e.seen > handling["auctions"]
            or (flags & COUNTED and e.seen == 0)
        ):
            raise Refused("NON_CANONICAL")
        last = _ascends(last, e.nullifier())
    last = -1
    for _ in range(r.u32()):
        last = _ascends(last, r.below(2**256))
        order.read_opening(r)
        order.read_handling(r)
    last = -1
    for _ in range(r.u32()):
        last = _ascends(last, r.below(R))
        if r.u32() <= height:
            raise Refused("NON_CANONICAL")
    last = (-1, -1)
    for _ in range(r.u32()):
        last = _ascends(last, (r.u32(), r.u8()))
        opened, closed = _bucket(r, height), _bucket(r, height)
        if last[1] >= order.POOLS or not (opened.owners or closed.owners):
            raise Refused("NON_CANONICAL")
        if opened.owners and closed.last >= opened.first:
            raise Refused("NON_CANONICAL")
    r.done()


def _bucket(r, height):
    lots, notional, first, through, owners, last = r.u64(), r.uint(16), r.u32(), r.u32(), [], -1
    for _ in range(r.u8()):
        last = _ascends(last, r.below(R))
        owners.append(last)
        if len(owners) > CROWD:
            raise Refused("NON_CANONICAL")
    b = Bucket(lots, notional, first, through, tuple(owners))
    if owners:
        fine = 0 < first <= through <= height and (lots <= notional < lots << 64 if lots else notional == 0)
    else:
        fine = b == Bucket()
    if not fine:
        raise Refused("NON_CANONICAL")
    return b


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
    markets: dict  # records and quotes by id
    heartbeat: int = 0  # k_h; 0 if there are none


@dataclass
class Quote:
    """A market's reference; 0 and 0 if there is none."""

    bid: int
    ask: int
    swing: int = 0  # bp

    @property
    def mid(self):
        return (self.bid + self.ask) // 2


def free(e, a, chain):
    """Of orders in the book, which are valid and not past their expiry: the chain lets auction a match it."""
    return e.since <= a - chain.min_rest and not e.lock and a >= e.free_until and not e.reserved


def eligible(e, a, chain):
    return free(e, a, chain) and (e.handling["auctions"] == 0 or e.counted)


def begins(book, a, chain):
    """The book after the start of an interval at block a."""
    left = []
    for e in book:
        n, counts = e.handling["auctions"], free(e, a, chain)
        if n == 0:
            left.append(e)
        elif not counts:
            left.append(replace(e, counted=False))
        elif e.seen < n:
            left.append(replace(e, seen=e.seen + 1, counted=True))
    return left


def leave(book, which):
    """The book without the orders that which() takes out."""
    return [replace(e, leaving=True) if which(e) else e for e in book if e.lock or not which(e)]


def rests(o, chain):
    """The order of an opening can be filled, and is large enough."""
    if o["market"] not in chain.markets:
        return False
    r = chain.markets[o["market"]][0]
    try:
        order.validate(o)
    except Refused:
        return False
    return (
        (o["base"], o["quote"], o["lot"]) == (r["base"], r["quote"], r["lotSize"])
        and (o["asset"], o["value"]) == (order.assets(o)[0], o["qty"] * order.unit(o))
        and o["max_fee"] >= r["feeBp"]
        and o["qty"] >= r["minQty"]
    )


def step(state, time, interval, executed, chain, settled=()):
    """The state after a block that admits and locks nothing; executed are actions:
    (id, nullifier that it spent, position of its order's leaf), and settled fills:
    (order in the book, lots, price, position of its remainder's leaf)."""
    h = state.height + 1
    announced, sessions, tape = dict(state.announced), dict(state.sessions), turned(state, chain)
    book = leave(state.book, lambda e: e.opening["expiry"] < h)
    book = leave(book, lambda e: 0 < e.handling["until"] <= time)
    for id, spent, position in executed:
        old = next((e for e in book if e.nullifier() == spent), None)
        book = [e for e in book if e is not old]
        opening, handling = announced.pop(id, (None, None))
        if opening and opening["expiry"] >= h and rests(opening, chain):
            new = Entry(opening, handling, position, h, h)
            book.append(replaced(old, new, h) if old else new)
    for e, lots, price, position in settled:
        o, of = e.opening, (e.opening["market"], e.handling["pool"])
        bought = (lots, lots * price) if order.buys(o) else (0, 0)
        opened, closed = tape.get(of, (Bucket(), Bucket()))
        tape[of] = opened + Bucket(*bought, h, h, (o["oid"],)), closed
        rest = filled(e, lots, price, chain)["remainder"]
        leaving = next(b.leaving for b in book if b.nullifier() == e.nullifier())
        book = [b for b in book if b.nullifier() != e.nullifier()]
        if rest["qty"] > 0 and not leaving:
            book.append(Entry(rest, e.handling, position, e.arrival, h, seen=e.seen))
    silent = {oid for oid, due in sessions.items() if due <= h}
    book = leave(book, lambda e: e.opening["oid"] in silent)
    announced = {id: a for id, a in announced.items() if a[0]["oid"] not in silent}
    sessions = {oid: due for oid, due in sessions.items() if oid not in silent}
    if interval and h % interval == 0:
        book = begins(book, h, chain)
    return State(h, book, announced, sessions, tape)


def filled(e, lots, price, chain):
    """The fill of a locked order, at the mid so that every band allows it."""
    fee_bp = chain.markets[e.opening["market"]][0]["feeBp"]
    return order.apply(e.opening, e.position, lots, price, fee_bp, e.lock, 0)


def replaced(old, new, height):
    """The order of an action that spent another one in the book, as it rests."""
    a, b = old.opening, new.opening
    terms = {name: a[name] for name, _ in order.TERMS_FIELDS} | {"qty": b["qty"], "min": min(a["min"], b["qty"])}
    smaller = b["qty"] <= a["qty"] and terms == {name: b[name] for name, _ in order.TERMS_FIELDS}
    keeps = smaller and a["oid"] == b["oid"] and old.handling == new.handling
    return replace(new, arrival=old.arrival if keeps else height, since=height, seen=old.seen if keeps else 0)


class Cleared:
    """The auction of a state's height."""

    def __init__(self, state, chain, secret):
        self.height, self.chain, self.draws = state.height, chain, Auction(secret, state.height)
        self.up = tie(schedule(secret), state.height)
        self.groups, self.orders, self.commons, left = [], {}, {}, chain.max_legs
        entries = [e for e in state.book if eligible(e, self.height, chain)]
        pools = [(m, kind) for m in chain.markets for kind in range(order.POOLS)]
        for m, kind in sorted(pools, key=lambda p: self.draws.seed(PLACE, pool(*p))):
            mine = [e for e in entries if (e.opening["market"], e.handling["pool"]) == (m, kind)]
            room = max((n for n in chain.size_classes if n <= left), default=0)
            record, quote = chain.markets[m]
            call = self.call(record, quote, room, mine)
            outcome = auction.clear(call)
            if mine:
                self.record(m, kind, quote, call, outcome, mine)
            if outcome.result == auction.CLEARED:
                self.groups.append(self.group(record, quote.mid, pool(m, kind), outcome, mine))
                left -= len(self.groups[-1]["legs"])
        self.groups.sort(key=settlement.group_hash)
        self.hashes = [settlement.group_hash(g) for g in self.groups]
        self.nullifiers = sorted(leg["nf"] for g in self.groups for leg in g["legs"])
        self.outcome = settlement.outcome(self.height, self.hashes)
        self.transcript = transcript.auction(self.height, self.orders, self.commons)

    def call(self, record, quote, room, entries):
        def one(e):
            o, h, rank = e.opening, e.handling, self.draws.rank(e.nullifier())
            terms = o["side"], o["qty"], o["limit"], o["min"], o["band"], o["oid"]
            return auction.Order(*terms, e.arrival, rank, h["peg"], h["offset"], h["self_trade"])

        rules = record["tick"], record["collar"], quote.bid, quote.mid, quote.ask, room, self.up
        return auction.Call(*rules, list(map(one, entries)), quote.swing > record["halt"])

    def record(self, m, kind, quote, call, outcome, entries):
        """What the transcript says of the orders of a pool; an interval has one block."""
        last = {auction.SELL: bytes(21), auction.BUY: bytes(21)}
        for i, (e, o) in enumerate(zip(entries, call.orders)):
            price = call.inside(o) if quote.mid else None
            price, size_class = (0, 0) if price is None else (price, o.qty.bit_length())
            lots = o.qty - outcome.withheld.get(i, 0), outcome.lots(i)
            said = m, kind, price, size_class, o.arrival, o.rank, *lots
            key, value = transcript.outcome(self.height, e.nullifier(), e.opening["s"], *said)
            self.orders[key] = value
            if outcome.lots(i):
                rank = transcript.place(o.side == auction.BUY, price, size_class, o.arrival, o.rank)
                last[o.side] = max(last[o.side], rank)
        draw = lambda index: self.draws.seed(VEIL, pool(m, kind), index)
        ends = [transcript.commit(draw(1 + side), last[side]) for side in (auction.SELL, auction.BUY)]
        three = quote.bid, quote.mid, quote.ask
        result = outcome.result, outcome.price, outcome.exact
        key, value = transcript.common(draw(0), m, kind, three, *result, self.draws.seed(RANK), ends)
        self.commons[key] = value

    def group(self, record, reference, number, outcome, entries):
        a, m, price = self.height, record["market"], outcome.price
        draw = lambda purpose, index=0: self.draws.element(purpose, number, index)
        blind = lambda purpose, index=0: self.draws.scalar(purpose, number, index)
        dev, fee_bp = market.deviation(price, reference), record["feeBp"]
        legs = [(entries[i].opening, entries[i].position, n) for i, n in outcome.fills]
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
            "opening": seal_fee(treasury, self.draws.seed(FEE_SEED, number), pc, encode_plaintext(text)),
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
