"""engine-state.json: states of enclaves and the auctions they make (spec/13)."""

import market
import order
from field import LAST, R, e32, sample
from keys import Account
from machine import Bucket, Chain, Cleared, Entry, Quote, State, decode, filled, prints, step
from negatives import Negatives
from wire import label, u8, u16, u32, u64

CHAIN_ID = "test"
SECRET = label("epoch secret")
BUY, SELL = 1, 0
HEIGHT = 50
NATURAL = {"pool": 1}


def chain():
    treasury = Account(label("treasury", size=64))
    record = lambda id, base, lot, tick, fee, collar, halt=200: {
        "market": id, "base": base, "quote": 20, "lotSize": lot, "tick": tick, "feeBp": fee, "collar": collar, "minQty": 1,
        "halt": halt,
    }
    return Chain(
        min_rest=3,
        heartbeat=10,
        size_classes=[2, 4, 8],
        max_legs=12,
        treasury=treasury.address(treasury.diversifier(0)),
        markets={
            1: (record(1, 10, 5, 2, 10, 1000), Quote(98, 102)),
            4: (record(4, 11, 3, 1, 0, order.NO_BAND), Quote(50, 51, 200)),
            5: (record(5, 12, 1, 2, 25, 300), Quote(1000, 1000)),
            6: (record(6, 13, 1, 2, 25, 300), Quote(0, 0)),
            7: (record(7, 15, 1, 2, 25, 300), Quote(99, 101, 201)),
            8: (record(8, 16, 1, 2, 25, 300, 65535), Quote(99, 101, 65535)),
            728: (record(728, 14, 7, 3, 10_000, 2000), Quote(32, 35)),
        },
    )


def terms(c, m, side, qty, limit, min=0, band=order.NO_BAND, expiry=1000):
    r = c.markets[m][0]
    return {
        "market": m, "base": r["base"], "quote": 20, "lot": r["lotSize"], "side": side, "limit": limit, "qty": qty,
        "min": min, "expiry": expiry, "band": band, "max_fee": 10_000,
    }


class Book:
    """Entries with secrets that follow from their names."""

    def __init__(self, c):
        self.chain, self.entries = c, []

    def order(self, name, m, side, qty, limit, owner=None, **more):
        secrets = sample("oid", owner or name), sample("C", name), sample("s", name)
        return order.funded(terms(self.chain, m, side, qty, limit, **more), *secrets)

    def add(self, name, m, side, qty, limit, *, arrival=10, since=None, how={}, **more):
        fields = "lock", "free_until", "seen", "reserved", "leaving", "counted"
        entry = {k: more.pop(k) for k in fields if k in more}
        opening = self.order(name, m, side, qty, limit, **more)
        since = arrival if since is None else since
        position = 3 * len(self.entries) + (2 if since > arrival else 0)  # a remainder is its fill's third leaf
        self.entries.append(Entry(opening, order.PLAIN | how, position, arrival, since, **entry))


def states(c):
    yield "empty, height 0", State(0)
    yield "empty", State(HEIGHT)

    b = Book(c)
    b.add("a", 1, BUY, 10, 101)
    b.add("b", 1, SELL, 4, 99)
    b.add("c", 1, SELL, 3, 99)
    yield "an auction with padding", State(HEIGHT, b.entries)

    b = Book(c)
    b.add("a", 1, BUY, 10, 99)
    b.add("b", 1, SELL, 4, 101)
    b.add("c", 6, SELL, 4, 101)
    b.add("d", 6, BUY, 4, 102)
    b.add("e", 5, BUY, 4, 1000, band=0)
    b.add("f", 5, SELL, 4, 1031)
    b.add("g", 7, SELL, 4, 99)
    b.add("h", 7, BUY, 4, 101)
    yield "no cross, no reference, no price inside the collar, an unstable reference", State(HEIGHT, b.entries)

    b = Book(c)
    for m in (7, 8):
        b.add(f"buy {m}", m, BUY, 4, 101)
        b.add(f"sell {m}", m, SELL, 4, 99)
    yield "a halt of 65535 bp is none", State(HEIGHT, b.entries)

    b = Book(c)
    for i, kind in enumerate(({}, NATURAL)):
        b.add(f"buy {i}", 1, BUY, 5 + i, 101, how=kind)
        b.add(f"sell {i}", 1, SELL, 3 + i, 99, how=kind)
    yield "both pools of a market", State(HEIGHT, b.entries)

    b = Book(c)
    b.add("a", 1, BUY, 5, 101, how=NATURAL)
    b.add("b", 1, SELL, 5, 99)
    yield "a buyer and a seller in two pools", State(HEIGHT, b.entries)

    b = Book(c)
    b.add("natural", 1, SELL, 9, 90, how=NATURAL)
    for i, (peg, offset) in enumerate(((1, 0), (1, -1), (2, 1), (3, -1), (3, 0))):
        b.add(f"pegged {peg} {offset:+d}", 1, BUY, 2, 109, how={"peg": peg, "offset": offset})
        b.add(f"pegged to sell {peg} {offset:+d}", 1, SELL, 2, 91, how={"peg": peg, "offset": -offset})
    b.add("owner's buy", 1, BUY, 9, 104, owner="one", how={"self_trade": 3})
    b.add("owner's sell", 1, SELL, 4, 96, owner="one", how={"self_trade": 2}, arrival=11)
    b.add("all or none", 1, SELL, 40, 96, min=40)
    yield "pegs, an owner who meets themselves, a minimum", State(HEIGHT, b.entries)

    b = Book(c)
    b.add("seller", 1, SELL, 20, 95)
    three = {"auctions": 3}
    b.add("counted once", 1, BUY, 1, 101, how=three, seen=1, counted=True)
    b.add("counted, its last", 1, BUY, 1, 101, how=three, seen=3, counted=True)
    b.add("not counted yet", 1, BUY, 1, 101, how=three)
    b.add("counted before, not in this interval", 1, BUY, 1, 101, how=three, seen=2)
    b.add("65535 auctions", 1, BUY, 1, 101, how={"auctions": 65535}, seen=65535, counted=True)
    b.add("a time that is over is for the next block to see", 1, BUY, 1, 101, how={"until": 1})
    yield "orders good for a number of auctions", State(HEIGHT, b.entries)

    b = Book(c)
    for m, price in ((1, 100), (4, 50), (5, 1000), (728, 33)):
        for i in range(3):
            b.add(f"buy {m} {i}", m, BUY, 5 + i, price + i, owner=f"buyer {i}")
            b.add(f"sell {m} {i}", m, SELL, 6 + i, price - i, owner=f"seller {i}")
    yield "four markets for twelve legs", State(HEIGHT, b.entries)

    b = Book(c)
    for m, price in ((1, 100), (4, 50), (5, 1000), (728, 33)):
        b.add(f"only buy {m}", m, BUY, 5, price)
        b.add(f"only sell {m}", m, SELL, 6, price)
    yield "a group in each of four markets", State(HEIGHT, b.entries)

    b = Book(c)
    b.add("plain", 1, SELL, 9, 95, arrival=9)
    b.add("at the end of its life", 1, BUY, 1, 100, expiry=HEIGHT)
    b.add("rested just long enough", 1, BUY, 1, 100, arrival=HEIGHT - 3)
    b.add("one block too young", 1, BUY, 1, 100, arrival=HEIGHT - 2)
    b.add("exit window ends", 1, BUY, 1, 100, lock=0, free_until=HEIGHT)
    b.add("exit window goes on", 1, BUY, 1, 100, free_until=HEIGHT + 1)
    b.add("reserved", 1, BUY, 1, 100, reserved=True)
    b.add("locked", 1, BUY, 1, 100, lock=HEIGHT - 1)
    b.add("locked and leaving", 1, BUY, 1, 100, lock=HEIGHT - 1, leaving=True)
    flags = {"lock": HEIGHT - 1, "leaving": True, "reserved": True}
    b.add("locked, leaving, reserved, an old window", 1, BUY, 1, 100, free_until=40, **flags)
    b.add("a remainder", 1, BUY, 1, 100, since=40)
    b.add("the seller's own", 1, BUY, 1, 100, owner="plain")
    how = {"peg": 2, "offset": -7, "self_trade": 3, "auctions": 9, "until": 2**64 - 1}
    b.add("every handling", 1, BUY, 1, 101, how=how, seen=8, counted=True)
    b.add("every handling, locked", 1, BUY, 1, 101, how=how | NATURAL, seen=9, counted=True, lock=HEIGHT - 1)
    announced = {
        label("action", i): (b.order(f"announced {i}", 4, SELL, 4 + i, 48), order.PLAIN | how | {"pool": i % 2})
        for i in range(3)
    }
    sessions = {sample("oid", "plain"): HEIGHT + 1, sample("oid", "reserved"): 2**32 - 1, 0: HEIGHT + 9, LAST: HEIGHT + 9}
    yield "everything at once", State(HEIGHT, b.entries, announced, sessions, tape(c))


OIDS = tuple(sorted(sample("oid", f"owner {i}") for i in range(5)))


def tape(c):
    """Buckets of every kind. 50 is a height of heartbeats, 40 the last that is old enough."""
    of = lambda lots, price, first, last, owners: Bucket(lots, lots * price, first, last, OIDS[:owners])
    some = of(7, 100, 41, 50, 2)
    return {
        (1, 0): (some, of(1000, 99, 3, 40, 3)),
        (1, 1): (Bucket(), Bucket(1023, 1023 * 101 + 1022, 39, 40, OIDS[1:4])),
        (4, 0): (some, of(10, 50, 1, 40, 2)),
        (4, 1): (of(2, 3, 42, 42, 3), of(10, 50, 1, 41, 3)),
        (5, 0): (Bucket(0, 0, 50, 50, OIDS[:3]), of(2**64 - 1, 2**64 - 1, 1, 1, 3)),
        (5, 1): (of(1, 1, 50, 50, 1), Bucket()),
        (6, 0): (Bucket(), of(2**64 - 7, 1, 1, 2, 2)),
        (7, 0): (Bucket(0, 0, 9, 9, OIDS[3:]), Bucket(0, 0, 8, 8, OIDS[:3])),
        (8, 1): (of(1, 9, 30, 30, 1), of(2**63, 5, 1, 1, 3)),
        (728, 0): (some, Bucket(3, 3 * 3 + 2, 2, 29, OIDS[2:])),
        (728, 1): (some, Bucket(3, 3 * 6 - 1, 2, 29, OIDS[2:])),
        (999, 0): (some, of(1, 1, 1, 1, 3)),
    }


def steps(c):
    """(name, state before, time, interval, executed, more): blocks that change a book."""
    b = Book(c)
    b.add("a", 1, BUY, 1, 101, expiry=HEIGHT)
    b.add("b", 1, BUY, 1, 101, expiry=HEIGHT + 1)
    b.add("c", 1, BUY, 1, 101, expiry=HEIGHT, lock=HEIGHT)
    for until in (0, 1, 1000, 1001, 2**64 - 1):
        b.add(f"until {until}", 1, BUY, 1, 101, how={"until": until})
        b.add(f"locked, until {until}", 1, BUY, 1, 101, how={"until": until}, lock=HEIGHT)
    yield "times that are over", State(HEIGHT, b.entries), 1000, 0, []

    b = Book(c)
    for seen in range(3):
        how = {"auctions": 2}
        b.add(f"seen {seen}", 1, BUY, 1, 101, how=how, seen=seen, counted=seen > 0)
        b.add(f"seen {seen}, locked", 1, BUY, 1, 101, how=how, seen=seen, lock=HEIGHT, counted=seen > 0)
        b.add(f"seen {seen}, reserved", 1, BUY, 1, 101, how=how, seen=seen, reserved=True)
        b.add(f"seen {seen}, exit window ends", 1, BUY, 1, 101, how=how, seen=seen, free_until=HEIGHT + 1)
        b.add(f"seen {seen}, exit window", 1, BUY, 1, 101, how=how, seen=seen, free_until=HEIGHT + 2)
        b.add(f"seen {seen}, just old enough", 1, BUY, 1, 101, how=how, seen=seen, since=HEIGHT - 2)
        b.add(f"seen {seen}, too young", 1, BUY, 1, 101, how=how, seen=seen, since=HEIGHT - 1, counted=seen > 0)
        b.add(f"seen {seen}, expiring", 1, BUY, 1, 101, how=how, seen=seen, expiry=HEIGHT + 1)
    b.add("not counted", 1, BUY, 1, 101)
    for interval, what in ((HEIGHT + 1, "the start of an interval"), (HEIGHT, "no start"), (1, "an interval of one"), (0, "none called")):
        yield f"orders that count auctions: {what}", State(HEIGHT, b.entries), 0, interval, []

    how = {"auctions": 4, "peg": 1}
    changes = {
        "the same": {}, "one lot less": {"qty": 9}, "the minimum's lots": {"qty": 6}, "the minimum falls with it": {"qty": 5, "min": 5},
        "a minimum that falls too far": {"qty": 5, "min": 4}, "a minimum that falls alone": {"min": 5}, "one lot more": {"qty": 11},
        "another limit": {"qty": 9, "limit": 102}, "another band": {"qty": 9, "band": 77}, "a later expiry": {"qty": 9, "expiry": 1001},
        "the other side": {"qty": 9, "side": SELL}, "another owner": {"qty": 9, "owner": "other"},
        "another handling": {"qty": 9, "how": how | {"auctions": 5}}, "another market": {"qty": 9, "m": 4},
        "under the market's fee": {"qty": 9, "max_fee": 9}, "of no market": {"qty": 9, "market": 9},
        "past its expiry": {"qty": 9, "expiry": HEIGHT},
    }
    b, announced, executed = Book(c), {}, []
    for i, (name, change) in enumerate(changes.items()):
        o = {"m": 1, "side": BUY, "qty": 10, "limit": 101, "min": 6, "owner": "owner", "how": how} | change
        b.add(f"first {name}", 1, BUY, 10, 101, min=6, owner="owner", how=how, seen=2, counted=True, reserved=True)
        o_how = order.PLAIN | o.pop("how")
        direct = {k: o.pop(k) for k in ("max_fee", "market") if k in o}
        opening = b.order(f"second {name}", *(o.pop(k) for k in ("m", "side", "qty", "limit")), **o) | direct
        announced[label("replace", i)] = (opening, o_how)
        executed.append((label("replace", i), b.entries[-1].nullifier(), 1000 + 3 * i))
    executed += [(label("unknown"), b.entries[0].nullifier(), 7), (label("not announced"), 5, 10)]
    yield "orders that replace others", State(HEIGHT, b.entries, announced), 0, 0, executed

    b = Book(c)
    fresh = {label("new", i): (b.order(f"new {i}", 4, SELL, 4, 48, owner=o), order.PLAIN | how) for i, o in enumerate("abc")}
    for owner in "abc":
        b.add(f"of {owner}", 1, BUY, 1, 101, owner=owner)
        b.add(f"of {owner}, locked", 1, BUY, 1, 101, owner=owner, lock=HEIGHT)
    sessions = {sample("oid", "a"): HEIGHT + 1, sample("oid", "b"): HEIGHT + 2}
    yield "a heartbeat that did not come", State(HEIGHT, b.entries, fresh, sessions), 0, 0, [(label("new", 0), 5, 300)]

    late = State(HEIGHT, [], {}, {}, tape(c))
    yield "after a height of heartbeats", late, 0, 0, []
    for height, what in ((HEIGHT + 1, "no height of heartbeats"), (HEIGHT + 10, "a later heartbeat")):
        yield f"the same buckets after {what}", State(height, [], {}, {}, tape(c)), 0, 0, []

    b = Book(c)
    settled = []
    for i, (kind, lots) in enumerate(((0, 5), (0, 9), (1, 7), (1, 9))):
        for side, limit in ((BUY, 101), (SELL, 99)):
            name = f"{side} {kind} {lots}"
            b.add(name, 1, side, 9, limit, owner=f"owner {i}" if side == BUY else None, how={"pool": kind}, lock=HEIGHT - 1)
            settled.append((b.entries[-1], lots, 100, 2000 + 3 * len(settled)))
    b.add("leaving", 1, BUY, 9, 101, lock=HEIGHT - 1, leaving=True)
    settled.append((b.entries[-1], 4, 100, 3000))
    yield "fills", State(HEIGHT, b.entries, {}, {}, tape(c)), 0, 0, [], settled
    yield "fills in a block after none", State(HEIGHT, b.entries), 0, 0, [], settled[:2] + settled[-1:]
    full = {(1, 0): (Bucket(2**64 - 5, 2**64 - 5, 2, 51, OIDS[:1]), Bucket())}
    yield "lots that would reach 2^64", State(HEIGHT + 1, b.entries, {}, {}, full), 0, 0, [], [settled[0]]
    yield "lots that stay below 2^64", State(HEIGHT + 1, b.entries, {}, {}, full), 0, 0, [], [settled[-1]]


def stepped(c, name, state, time, interval, executed, settled=()):
    before = state.encode()
    after = step(state, time, interval, executed, c, settled)
    decode(before)
    decode(after.encode())
    return {
        "name": name,
        "before": before.hex(),
        "time": time,
        "interval": interval,
        "executed": [{"id": i.hex(), "nullifier": e32(nf).hex(), "position": p} for i, nf, p in executed],
        "settled": [settlement(c, *x) for x in settled],
        "after": after.encode().hex(),
    }


def settlement(c, e, lots, price, position):
    """A leg as the chain shows it."""
    f = filled(e, lots, price, c)
    return {
        "auction": e.lock, "nullifier": e32(f["nullifier"]).hex(), "remainder": e32(order.commitment(f["remainder"])).hex(),
        "position": position, "report": e32(f["report"]).hex(),
    }


def make():
    c = chain()
    out, raw = [], {}
    for name, state in states(c):
        raw[name] = state.encode()
        decode(raw[name])
        a = Cleared(state, c, SECRET)
        out.append({
            "name": name,
            "state": raw[name].hex(),
            "digest": state.digest().hex(),
            "intake": state.intake().hex(),
            "prints": [list(p) for p in prints(state, c)],
            "transcript": a.transcript.hex(),
            "nullifiers": [e32(n).hex() for n in a.nullifiers],
            "outcome": a.outcome.hex(),
            "settlements": [a.settle(i, CHAIN_ID).hex() for i in range(len(a.groups))],
        })
    return {
        "chain": CHAIN_ID,
        "secret": SECRET.hex(),
        "minRest": c.min_rest,
        "sizeClasses": c.size_classes,
        "maxLegs": c.max_legs,
        "heartbeat": c.heartbeat,
        "treasury": c.treasury.hex(),
        "markets": [
            {"record": market.encode(r).hex(), "bid": q.bid, "ask": q.ask, "swing": q.swing} for r, q in c.markets.values()
        ],
        "states": out,
        "steps": [stepped(c, *s) for s in steps(c)],
        "refused": refused(raw),
    }


def refused(raw):
    n = Negatives(decode, raw)
    of = "everything at once"
    state = raw[of]
    told = order.OPENING_SIZE + order.HANDLING_SIZE
    header, entry, pending, session = 9, told + 27, 32 + told, 36
    announced = header + 14 * entry + 4
    sessions = announced + 3 * pending + 4
    tapes = sessions + 4 * session + 4

    n.add(of, "nothing", "TRUNCATED", cut=len(state))
    n.add(of, "the last byte missing", "TRUNCATED", cut=1)
    n.add(of, "the last pool missing", "TRUNCATED", cut=len(state) - state.rindex(u32(999)))
    n.add(of, "one byte more", "TRAILING_BYTES", append=b"\0")
    n.add(of, "a session fewer is said", "NON_CANONICAL", sessions - 4, u32(3))
    n.add("empty", "an order is said, none follows", "TRUNCATED", header - 4, u32(1))
    n.add("empty", "2^32 − 1 orders are said", "TRUNCATED", header - 4, u32(2**32 - 1))
    for v in (0, 1, 3, 255):
        n.add(of, f"version {v}", "UNKNOWN_VERSION", 0, bytes([v]))

    swap = lambda at, size: (at, state[at + size : at + 2 * size] + state[at : at + size])
    twice = lambda at, size: (at + size, state[at : at + size])
    lists = ("order", header, entry), ("announced order", announced, pending), ("session", sessions, session)
    for what, at, size in lists:
        n.add(of, f"{what}s in descending order", "NON_CANONICAL", *swap(at, size))
        n.add(of, f"the first {what} twice", "NON_CANONICAL", *twice(at, size))

    flags = lambda i: header + i * entry + entry - 1
    for v in (8, 128):
        n.add(of, f"flag {v}", "NON_CANONICAL", flags(0), bytes([v]))
    seen, lock, leaf = (lambda i: flags(i) - 2), (lambda i: flags(i) - 10), (lambda i: flags(i) - 14)
    leaving = next(i for i in range(14) if state[flags(i)] == 2)
    n.add(of, "leaving without a lock", "NON_CANONICAL", lock(leaving), u32(0))
    plain = next(i for i in range(14) if state[flags(i)] == 0 and not any(state[lock(i) : flags(i)]))
    n.add(of, "leaving without ever a lock", "NON_CANONICAL", flags(plain), b"\2")
    arrival = int.from_bytes(state[leaf(plain) - 4 : leaf(plain)], "big")
    n.add(of, "a leaf a block older than its order", "NON_CANONICAL", leaf(plain), u32(arrival - 1))
    n.add(of, "an auction counted by an order that counts none", "NON_CANONICAL", seen(plain), u16(1))
    n.add(of, "an order without a bound counts this interval", "NON_CANONICAL", flags(plain), b"\4")
    counting = next(i for i in range(14) if state[flags(i)] == 4 and state[seen(i) + 1] == 8)
    n.add(of, "an auction more than an order is good for", "NON_CANONICAL", seen(counting), u16(10))
    n.add(of, "65535 of 9 auctions", "NON_CANONICAL", seen(counting), u16(65535))
    n.add(of, "this interval counted, and none before it", "NON_CANONICAL", seen(counting), u16(0))
    how = header + order.OPENING_SIZE
    for what, at, v in (("peg", 0, 4), ("mode", 5, 4), ("pool", 6, 2)):
        n.add(of, f"an order whose {what} is {v}", "NON_CANONICAL", how + at, bytes([v]))
        n.add(of, f"an announced order whose {what} is {v}", "NON_CANONICAL", announced + 32 + order.OPENING_SIZE + at, bytes([v]))
    n.add(of, "an offset without a peg", "NON_CANONICAL", how, u8(0) + u32(1))
    n.add(of, "an order whose side is 2", "NON_CANONICAL", header + 20, b"\2")
    for what, at in (("oid", 65), ("C", 97), ("s", 129)):
        n.add(of, f"an order whose {what} is the modulus", "NON_CANONICAL", header + at, e32(R))
    n.add(of, "an announced order whose s is the modulus", "NON_CANONICAL", announced + 32 + 129, e32(R))
    n.add(of, "a session of the modulus", "NON_CANONICAL", sessions + 3 * session, e32(R))
    n.add(of, "a session that ended with the block", "NON_CANONICAL", sessions + 32, u32(HEIGHT))
    n.add(of, "a session of block 0", "NON_CANONICAL", sessions + 32, u32(0))
    buckets(n, of, state, tapes)
    return n.list


def buckets(n, of, state, at):
    """What is refused of the buckets that begin at an offset; the first two pools are market 1's."""
    head, owner = 8 + 16 + 4 + 4 + 1, 32
    opened = at + 5
    closed = opened + head + 2 * owner
    second = closed + head + 3 * owner
    empty = second + 5
    third = empty + head + head + 3 * owner
    assert state[second : second + 5] == u32(1) + u8(1) and state[third : third + 4] == u32(4)
    n.add(of, "a pool fewer is said", "TRAILING_BYTES", at - 4, u32(11))
    n.add(of, "a pool more is said", "TRUNCATED", at - 4, u32(13))
    n.add(of, "a pool twice", "NON_CANONICAL", second, u32(1) + u8(0))
    n.add(of, "markets in descending order", "NON_CANONICAL", third, u32(0))
    n.add(of, "pool 2", "NON_CANONICAL", second + 4, u8(2))
    blocks, count = 24, 32
    for what, b in (("an open", opened), ("a closed", closed)):
        n.add(of, f"{what} bucket's first block after its last", "NON_CANONICAL", b + blocks, u32(51))
        n.add(of, f"{what} bucket of block 0", "NON_CANONICAL", b + blocks, u32(0))
        n.add(of, f"{what} bucket's last block is the next", "NON_CANONICAL", b + blocks + 4, u32(51))
        n.add(of, f"{what} bucket's first owner twice", "NON_CANONICAL", b + head + owner, state[b + head : b + head + owner])
        n.add(of, f"{what} bucket's owners in descending order", "NON_CANONICAL", b + head, e32(OIDS[1]) + e32(OIDS[0]))
        n.add(of, f"{what} bucket's owner is the modulus", "NON_CANONICAL", b + head, e32(R))
        n.add(of, f"{what} bucket's notional below its lots", "NON_CANONICAL", b + 8, bytes(15) + b"\6")
        n.add(of, f"{what} bucket's notional without lots", "NON_CANONICAL", b, u64(0))
        lots = state[b : b + 8]
        n.add(of, f"{what} bucket's average price is 2^64", "NON_CANONICAL", b + 8, lots + bytes(8))
    n.add(of, "a bucket that closed when the open one began", "NON_CANONICAL", opened + blocks, u32(40))
    n.add(of, "four owners", "NON_CANONICAL", closed + count, u8(4))
    for what, offset in (("lots", 7), ("notional", 23), ("first block", 27), ("last block", 31)):
        n.add(of, f"an empty bucket with a {what}", "NON_CANONICAL", empty + offset, b"\1")
