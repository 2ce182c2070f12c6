"""auction.json: calls of the price rules and their results (spec/13).

Every rule has calls of its own; the last ones are drawn, so that rules meet.
"""

import auction as au
from auction import BUY, CLEARED, NO_BOUND, RESULTS, SELL, Call, Order
from market import deviation
from wire import label

MOST = 2**64 - 1


def make():
    return [vector(name, c) for name, c in (*ours(), *drawn(48))]


def vector(name, c):
    o = au.clear(c)
    return {
        "name": name,
        "tick": c.tick,
        "collar": c.collar,
        "reference": c.reference,
        "up": c.up,
        "maxFills": c.max_fills,
        "orders": [line(x) for x in c.orders],
        "reason": RESULTS[o.result],
        "price": o.price,
        "dev": deviation(o.price, c.reference) if o.result == CLEARED else 0,
        "fills": [f"{n} of {i}" for i, n in sorted(o.fills.items())],
    }


def line(o):
    side = "buy" if o.side == BUY else "sell"
    return (
        f"{side} {o.qty} @ {o.limit}, min {o.min_fill}, band {o.band}, owner {o.owner}, "
        f"block {o.arrival}, tie {o.rank}"
    )


def order(side, qty, limit, min=0, band=NO_BOUND, owner=None, block=1, tie=None):
    """The owner and the keyed hash follow from the place if they are not given."""
    return Order(side, qty, limit, min, band, owner, block, tie)


def buy(*a, **k):
    return order(BUY, *a, **k)


def sell(*a, **k):
    return order(SELL, *a, **k)


def call(*orders, tick=2, collar=1000, reference=100, most=64, up=False):
    for i, o in enumerate(orders):
        o.owner = 100 + i if o.owner is None else o.owner
        o.rank = 1 + i if o.rank is None else o.rank
    return Call(tick, collar, reference, most, up, list(orders))


def ours():
    yield from results()
    yield from rules()
    yield from bounds()
    yield from priority()
    yield from minima()
    yield from caps()


def results():
    """What ends without a price."""
    yield "no orders", call()
    yield "one side", call(buy(5, 101), buy(5, 99))
    yield "no cross", call(buy(5, 99), sell(5, 101))
    yield "no cross by one step", call(buy(5, 100), sell(5, 101))
    yield "no reference: skipped", call(buy(5, 101), sell(5, 99), reference=0)
    yield "no reference comes before no room", call(buy(5, 101), sell(5, 99), reference=0, most=0)
    yield "no room for any fill", call(buy(5, 101), sell(5, 99), most=0)
    yield "no room for two fills", call(buy(5, 101), sell(5, 99), most=1)
    yield "room for two fills", call(buy(5, 101), sell(5, 99), most=2)
    yield "money past 64 bits", call(buy(MOST // 50, 100), sell(5, 99))
    yield "money of 2^64", call(buy(2**63, 2), sell(5, 1), reference=2, collar=10000)
    yield "money of 2^64 − 1", call(buy(MOST // 3, 3), sell(5, 1), reference=3, collar=10000)
    yield "money is counted at the collar, not at the limit", call(buy(MOST // 110, MOST), sell(5, 99))
    yield "money past 64 bits at the collar", call(buy(MOST // 110 + 1, MOST), sell(5, 99))
    yield "lots of 2^64 − 1", call(buy(5, 101), sell(MOST - 1, 99), sell(1, 99))
    yield "lots of 2^64", call(buy(5, 101), sell(MOST, 99), sell(1, 99))
    yield "2^64 − 1 lots trade", call(buy(MOST, 1), sell(MOST, 1), reference=1)
    yield "lots outside the collar do not count", call(buy(5, 101), sell(MOST, 111), sell(5, 99))
    yield "lots that sit out count", call(buy(5, 101, owner=1), sell(MOST, 99, owner=1, block=2), sell(5, 99))


def rules():
    """The choice of the price."""
    yield "rule 1: most volume", call(buy(10, 103), buy(4, 105), sell(4, 98), sell(6, 103))
    yield "rule 2: least surplus", call(buy(9, 102), buy(1, 100), sell(9, 98))
    yield "rule 3: surplus of buyers, highest", call(buy(10, 104), sell(4, 97))
    yield "rule 3: surplus of sellers, lowest", call(buy(4, 104), sell(10, 97))
    yield "rule 3: surpluses of both sides, nearest", call(
        buy(6, 104), sell(4, 97), buy(2, 99), sell(4, 103, band=0), sell(2, 105), sell(2, 103)
    )
    yield "rule 4: at the reference", call(buy(5, 104), sell(5, 97))
    yield "rule 4: nearest below", call(buy(5, 98), sell(5, 95))
    yield "rule 4: nearest above", call(buy(5, 105), sell(5, 102))
    for up in (False, True):
        way = "up" if up else "down"
        yield f"rule 4: tie, {way}", call(buy(5, 104), sell(5, 97), reference=101, tick=4, up=up)
        yield f"rule 4: no tie, {way}", call(buy(5, 104), sell(5, 97), reference=101, tick=6, up=up)


def bounds():
    """Grid, collar, band."""
    yield "grid: half of an even tick", call(buy(5, 103), sell(5, 103))
    yield "grid: an odd tick whole", call(buy(5, 104), sell(5, 103), tick=5)
    yield "grid: limits between prices", call(buy(5, 109), sell(5, 101), tick=5)
    yield "grid: tick 1", call(buy(5, 101), sell(5, 101), tick=1)
    yield "grid: the lowest price is 1", call(buy(5, 1), sell(5, 1), reference=1)
    yield "grid: 0 is no price", call(buy(5, 4), sell(5, 1), reference=4, tick=5, collar=10000)
    yield "grid: a step above the reference", call(buy(5, 9), sell(5, 1), reference=4, tick=5, collar=10000)
    yield "grid: the largest price", call(buy(1, MOST), sell(1, MOST), reference=MOST, tick=1)
    yield "grid: a limit above the largest price", call(buy(1, MOST), sell(1, MOST), reference=MOST, tick=4)
    yield "collar: limits outside are no candidates", call(buy(9, 200), sell(4, 50))
    yield "collar: 0 is the reference alone", call(buy(5, 110), sell(5, 100), collar=0)
    yield "collar: no price inside", call(buy(5, 110), sell(5, 90), collar=10, reference=101, tick=4)
    yield "collar: deviation is the collar", call(buy(5, 110), sell(5, 110))
    yield "collar: deviation is one more", call(buy(5, 110), sell(5, 110), collar=999)
    yield "collar: 65535 is none, the deviation saturates", call(buy(5, 1000), sell(5, 900), collar=NO_BOUND)
    yield "collar: 65534 is one", call(buy(5, 1000), sell(5, 900), collar=NO_BOUND - 1)
    yield "band: 0 trades at the reference only", call(buy(5, 110, band=0), buy(9, 110), sell(14, 95))
    yield "band: deviation is the band", call(buy(5, 110, band=500), sell(5, 105))
    yield "band: deviation is one more", call(buy(5, 110, band=499), sell(5, 105))
    yield "band: a buyer's worst price", call(buy(9, 110, band=300), sell(5, 95))
    yield "band: a seller's worst price", call(sell(9, 90, band=300), buy(5, 105))
    yield "band: a seller too far above", call(buy(5, 98), sell(5, 90, band=100))
    yield "band: a buyer leaves below it", call(buy(5, 110, band=100), sell(5, 90), sell(5, 97))
    yield "band: wider than the collar", call(buy(9, 200, band=5000), sell(5, 95))


def priority():
    yield "priority: price", call(buy(5, 101), buy(5, 102), sell(5, 100))
    yield "priority: a seller's price", call(sell(5, 101), sell(5, 100), buy(5, 102))
    yield "priority: outside the collar all prices are equal", call(buy(5, 110), buy(5, 500), sell(5, 100))
    yield "priority: size class", call(buy(5, 101), buy(12, 101, block=9), sell(12, 101))
    yield "priority: the class counts money, not lots", call(
        buy(7, 101, block=4), buy(8, 101, block=9), sell(8, 101), reference=101, collar=0
    )
    yield "priority: same class, older block", call(buy(7, 101, block=4), buy(6, 101, block=3), sell(6, 101))
    yield "priority: same block, keyed hash", call(buy(5, 101, tie=9), buy(5, 101, tie=2), sell(5, 101))
    yield "priority: largest keyed hash", call(buy(5, 101, tie=MOST), buy(5, 101, tie=MOST - 1), sell(5, 101))
    yield "self trade: the newer sits out", call(buy(5, 101, owner=1), sell(5, 99, owner=1, block=2), sell(5, 100))
    yield "self trade: in one block the keyed hash decides", call(
        buy(5, 101, owner=1, tie=9), sell(5, 99, owner=1, tie=3), sell(5, 100), buy(5, 101)
    )
    yield "self trade: at one price", call(buy(5, 100, owner=1), sell(5, 100, owner=1), sell(5, 99))
    yield "self trade: no cross, both stay", call(buy(5, 100, owner=1), sell(5, 101, owner=1), sell(5, 99))
    yield "self trade: crossed only inside the collar", call(
        buy(5, 500, owner=1), sell(5, 110, owner=1, block=2), sell(5, 99)
    )
    yield "self trade: one side may hold many", call(buy(5, 101, owner=1), buy(5, 102, owner=1), sell(9, 99))
    yield "self trade: one that sits out blocks nobody", call(
        buy(5, 105, owner=1), sell(5, 102, owner=1, block=2), buy(5, 103, owner=1, block=3), sell(9, 103, block=3)
    )


def minima():
    yield "minimum: met", call(buy(10, 101, min=5), sell(5, 99))
    yield "minimum: missed, nothing left", call(buy(10, 101, min=6), sell(5, 99))
    yield "minimum: 1 is none", call(buy(10, 101, min=1), sell(5, 99))
    yield "minimum: the whole order", call(buy(5, 101, min=5), sell(5, 99))
    yield "minimum: what is left is less, all of it will do", call(buy(5, 101, min=9), sell(5, 99))
    yield "minimum: largest", call(buy(5, 101, min=MOST), sell(5, 99))
    yield "minimum: passed over, the next takes it", call(buy(10, 102, min=8), buy(6, 101), sell(6, 99))
    yield "minimum: weakest leaves, repriced", call(
        buy(10, 105, min=10), buy(10, 104, min=10), sell(14, 97), buy(4, 103, min=4)
    )
    yield "minimum: two together spoil what one of them can do", call(
        sell(6, 97, min=6), sell(6, 98, min=6), buy(6, 99), buy(3, 99)
    )
    yield "minimum: one that can't be met moves no price", call(buy(10, 105), buy(900, 104, min=900), sell(10, 97))
    yield "minimum: nor one whose turn never comes", call(buy(10, 105), buy(9, 103, min=9), sell(10, 97))
    yield "minimum: nor one passed over for another", call(buy(900, 105, min=900), buy(10, 105), sell(10, 97))
    yield "minimum: nor one of a limit outside the cross", call(buy(10, 105), buy(9, 91, min=9), sell(10, 97))
    yield "minimum: an order of one lot has none", call(buy(1, 105, min=7), buy(1, 104, min=7), sell(1, 97))
    for n in (16, 17, 32, 33, 34, 40):
        crowd = [buy(3, 101, min=3, block=i) for i in range(n)]
        yield f"minimum: {n} that all miss", call(*crowd, sell(2, 99), buy(1, 101))
    yield "minimum: more volume without the last", call(
        *(buy(3, 101, min=3, block=i) for i in range(20)), sell(7, 99), sell(4, 100, min=4), buy(1, 102)
    )


def caps():
    yield "cap: the best of both sides", call(buy(3, 103), buy(3, 102), buy(3, 101), sell(9, 99), most=3)
    yield "cap: the last one is cut", call(buy(5, 103), buy(5, 102), sell(4, 99), sell(4, 100), most=3)
    yield "cap: as even as can be, then one too many", call(buy(5, 103), buy(5, 102), sell(5, 99), sell(5, 100), most=3)
    yield "cap: exactly reached", call(buy(5, 103), buy(5, 102), sell(5, 99), sell(5, 100), most=4)
    yield "cap: the cut one misses its minimum", call(
        buy(5, 103), buy(5, 102), sell(8, 99, min=6), sell(4, 100), most=2
    )
    yield "cap: the cut one meets its minimum", call(buy(5, 103), buy(5, 102), sell(8, 99, min=5), sell(4, 100), most=2)
    yield "cap: what it leaves out moves no price", call(
        buy(5, 103), buy(5, 102, min=5), sell(5, 99), sell(5, 100), most=2
    )
    yield "cap: nothing remains to be cut when a minimum is missed", call(
        buy(5, 103, min=2), buy(5, 103), buy(1, 103), sell(30, 99, min=30), buy(10, 103, min=10), most=3
    )
    yield "cap: a later round reaches less under it, and is the last", falling(True, 386)
    yield "cap: a later round can't reach what is less under it, and others follow", falling(False, 3955)


def falling(reached, number):
    """A drawn call in which an outcome is followed by a round that has its
    volume before the cap but less under it; the number was searched for."""
    c = draw(f"falling, {reached}", number, 30, most=(2, 3, 5, 7))
    rounds = []
    au.clear(c, rounds)
    for (_, lots, good), later in zip(rounds, rounds[1:]):
        if good and later[0] >= lots > later[1] and later[2] == reached and (reached or later != rounds[-1]):
            return c
    raise AssertionError(f"no such rounds: {rounds}")


def drawn(count):
    for i in range(count):
        yield f"drawn {i}", draw("drawn", i, 4 + i // 3)


def draw(name, number, size, most=(2, 3, 4, 5, 7, 9, 64, 64, 64)):
    """A call made of SHA-256 of labels."""

    def pick(what, choices):
        return choices[int.from_bytes(label("auction", name, number, what), "big") % len(choices)]

    reference = pick("reference", (7, 99, 100, 100, 100, 101, 1000))

    def one(i):
        p = lambda what, choices: pick(f"{i} {what}", choices)
        qty = p("qty", (1, 2, 3, 5, 6, 9, 10, 12, 30))
        limit = max(1, reference + p("limit", range(-12, 13)))
        minimum = p("min", (0, 0, 0, 1, 2, 3, 5, qty, qty + 3))
        band = p("band", (NO_BOUND, NO_BOUND, NO_BOUND, NO_BOUND, 0, 100, 300, 500))
        owner = p("owner", (100 + i, 100 + i, 1, 2, 3))
        side, block, tie = p("side", (BUY, SELL)), p("block", (1, 1, 2, 3)), p("tie", range(2**32))
        return order(side, qty, limit, minimum, band, owner, block, tie)

    return call(
        *map(one, range(size)),
        tick=pick("tick", (1, 2, 2, 3, 4, 5, 8)),
        collar=pick("collar", (300, 1000, 1000, 2000, NO_BOUND)),
        reference=reference,
        most=pick("most", most),
        up=pick("up", (False, True)),
    )
