"""engine-state.json: states of enclaves and the auctions they make (spec/13)."""

import market
import order
from field import LAST, R, e32, sample
from keys import Account
from machine import Chain, Cleared, Entry, State, decode
from negatives import Negatives
from wire import label, u32

CHAIN_ID = "test"
SECRET = label("epoch secret")
BUY, SELL = 1, 0
HEIGHT = 50


def chain():
    treasury = Account(label("treasury", size=64))
    record = lambda id, base, lot, tick, fee, collar: {
        "market": id, "base": base, "quote": 20, "lotSize": lot, "tick": tick, "feeBp": fee, "collar": collar, "minQty": 1,
    }
    return Chain(
        min_rest=3,
        size_classes=[2, 4, 8],
        max_legs=12,
        treasury=treasury.address(treasury.diversifier(0)),
        markets={
            1: (record(1, 10, 5, 2, 10, 1000), 100),
            4: (record(4, 11, 3, 1, 0, order.NO_BAND), 50),
            5: (record(5, 12, 1, 2, 25, 300), 1000),
            6: (record(6, 13, 1, 2, 25, 300), 0),
            728: (record(728, 14, 7, 3, 10_000, 2000), 33),
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

    def add(self, name, m, side, qty, limit, *, arrival=10, since=None, **more):
        entry = {k: more.pop(k) for k in ("lock", "free_until", "reserved", "leaving") if k in more}
        opening = self.order(name, m, side, qty, limit, **more)
        since = arrival if since is None else since
        position = 3 * len(self.entries) + (2 if since > arrival else 0)  # a remainder is its fill's third leaf
        self.entries.append(Entry(opening, position, arrival, since, **entry))


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
    yield "no cross, no reference, no price inside the collar", State(HEIGHT, b.entries)

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
    announced = {label("action", i): b.order(f"announced {i}", 4, SELL, 4 + i, 48) for i in range(3)}
    sessions = {sample("oid", "plain"): HEIGHT + 1, sample("oid", "reserved"): 2**32 - 1, 0: HEIGHT + 9, LAST: HEIGHT + 9}
    yield "everything at once", State(HEIGHT, b.entries, announced, sessions)


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
        "treasury": c.treasury.hex(),
        "markets": [{"record": market.encode(r).hex(), "reference": ref} for r, ref in c.markets.values()],
        "states": out,
        "refused": refused(raw),
    }


def refused(raw):
    n = Negatives(decode, raw)
    of = "everything at once"
    state = raw[of]
    header, entry, pending, session = 9, order.OPENING_SIZE + 25, 32 + order.OPENING_SIZE, 36
    announced = header + 12 * entry + 4
    sessions = announced + 3 * pending + 4
    assert len(state) == sessions + 4 * session

    n.add(of, "nothing", "TRUNCATED", cut=len(state))
    n.add(of, "the last byte missing", "TRUNCATED", cut=1)
    n.add(of, "the last session missing", "TRUNCATED", cut=session)
    n.add(of, "one byte more", "TRAILING_BYTES", append=b"\0")
    n.add(of, "a session fewer is said", "TRAILING_BYTES", sessions - 4, u32(3))
    n.add("empty", "an order is said, none follows", "TRUNCATED", header - 4, u32(1))
    n.add("empty", "2^32 − 1 orders are said", "TRUNCATED", header - 4, u32(2**32 - 1))
    for v in (0, 2, 255):
        n.add(of, f"version {v}", "UNKNOWN_VERSION", 0, bytes([v]))

    swap = lambda at, size: (at, state[at + size : at + 2 * size] + state[at : at + size])
    twice = lambda at, size: (at + size, state[at : at + size])
    lists = ("order", header, entry), ("announced order", announced, pending), ("session", sessions, session)
    for what, at, size in lists:
        n.add(of, f"{what}s in descending order", "NON_CANONICAL", *swap(at, size))
        n.add(of, f"the first {what} twice", "NON_CANONICAL", *twice(at, size))

    flags = lambda i: header + i * entry + entry - 1
    for v in (4, 128):
        n.add(of, f"flag {v}", "NON_CANONICAL", flags(0), bytes([v]))
    leaving = next(i for i in range(12) if state[flags(i)] == 2)
    n.add(of, "leaving without a lock", "NON_CANONICAL", flags(leaving) - 8, u32(0))
    plain = next(i for i in range(12) if state[flags(i)] == 0 and not any(state[flags(i) - 8 : flags(i)]))
    n.add(of, "leaving without ever a lock", "NON_CANONICAL", flags(plain), b"\2")
    arrival = int.from_bytes(state[flags(plain) - 16 : flags(plain) - 12], "big")
    n.add(of, "a leaf a block older than its order", "NON_CANONICAL", flags(plain) - 12, u32(arrival - 1))
    n.add(of, "an order whose side is 2", "NON_CANONICAL", header + 20, b"\2")
    for what, at in (("oid", 65), ("C", 97), ("s", 129)):
        n.add(of, f"an order whose {what} is the modulus", "NON_CANONICAL", header + at, e32(R))
    n.add(of, "an announced order whose s is the modulus", "NON_CANONICAL", announced + 32 + 129, e32(R))
    n.add(of, "a session of the modulus", "NON_CANONICAL", sessions + 3 * session, e32(R))
    n.add(of, "a session that ended with the block", "NON_CANONICAL", sessions + 32, u32(HEIGHT))
    n.add(of, "a session of block 0", "NON_CANONICAL", sessions + 32, u32(0))
    return n.list
