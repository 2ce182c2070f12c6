"""auction.json: calls of the price rules and their results (spec/13).

Every rule has calls of its own; the last ones are drawn, so that rules meet.
"""

import auction as au
from auction import (
    BOTH, BUY, CLEARED, CONSIDERED, DECREMENT, MARKET, MID, NEWEST, NO_BOUND, NO_PEG, OLDEST, PRICES, PRIMARY, RESULTS,
    SELL, SPANS, Call, Log, Order,
)
from market import deviation
from wire import label

MOST = 2**64 - 1


def make():
    return [vector(name, c) for name, c in (*ours(), *drawn(72), *thin())]


def vector(name, c):
    o = au.clear(c)
    return {
        "name": name,
        "tick": c.tick,
        "collar": c.collar,
        "bid": c.bid,
        "mid": c.mid,
        "ask": c.ask,
        "unstable": c.unstable,
        "up": c.up,
        "maxFills": c.max_fills,
        "orders": [line(x) for x in c.orders],
        "reason": RESULTS[o.result],
        "price": o.price,
        "dev": deviation(o.price, c.mid) if o.result == CLEARED else 0,
        "fills": [f"{n} of {i}" for i, n in o.fills],
    }


def line(o):
    side = "buy" if o.side == BUY else "sell"
    return (
        f"{side} {o.qty} @ {o.limit}, min {o.min_fill}, band {o.band}, peg {o.peg} {o.offset:+d}, self {o.self_trade}, "
        f"owner {o.owner}, block {o.arrival}, tie {o.rank}"
    )


def order(side, qty, limit, min=0, band=NO_BOUND, owner=None, block=1, tie=None, peg=NO_PEG, off=0, mode=NEWEST):
    """The owner and the keyed hash follow from the place if they are not given."""
    return Order(side, qty, limit, min, band, owner, block, tie, peg, off, mode)


def buy(*a, **k):
    return order(BUY, *a, **k)


def sell(*a, **k):
    return order(SELL, *a, **k)


def whole(make_, qty, limit, **k):
    """All or none."""
    return make_(qty, limit, min=qty, **k)


def call(*orders, tick=2, collar=1000, mid=100, bid=None, ask=None, most=64, up=False, unstable=False):
    for i, o in enumerate(orders):
        o.owner = 100 + i if o.owner is None else o.owner
        o.rank = 1 + i if o.rank is None else o.rank
    return Call(tick, collar, mid if bid is None else bid, mid, mid if ask is None else ask, most, up, list(orders), unstable)


def shows(c, **want):
    """The call, if what it stands for happens in it: each a property of the log."""
    log = Log()
    au.clear(c, log)
    for name, good in want.items():
        if not good(getattr(log, name)):
            raise AssertionError(f"{name}: {getattr(log, name)}")
    return c


def ours():
    yield from results()
    yield from rules()
    yield from bounds()
    yield from pegs()
    yield from priority()
    yield from self_trades()
    yield from minima()
    yield from exact()
    yield from work()
    yield from caps()


def results():
    """What ends without a price."""
    yield "no orders", call()
    yield "one side", call(buy(5, 101), buy(5, 99))
    yield "no cross", call(buy(5, 99), sell(5, 101))
    yield "no cross by one step", call(buy(5, 100), sell(5, 101))
    yield "no reference: skipped", call(buy(5, 101), sell(5, 99), mid=0)
    yield "no reference comes before no room", call(buy(5, 101), sell(5, 99), mid=0, most=0)
    yield "an unstable reference: skipped", call(buy(5, 101), sell(5, 99), unstable=True)
    yield "no reference comes before an unstable one", call(buy(5, 101), sell(5, 99), mid=0, unstable=True)
    yield "an unstable reference comes before no room", call(buy(5, 101), sell(5, 99), most=0, unstable=True)
    yield "no room for any fill", call(buy(5, 101), sell(5, 99), most=0)
    yield "no room for two fills", call(buy(5, 101), sell(5, 99), most=1)
    yield "no room comes before too large", call(buy(5, 101), sell(MOST, 99), sell(1, 99), most=1)
    yield "room for two fills", call(buy(5, 101), sell(5, 99), most=2)
    yield "money past 64 bits", call(buy(MOST // 50, 100), sell(5, 99))
    yield "money of 2^64", call(buy(2**63, 2), sell(5, 1), mid=2, collar=10000)
    yield "money of 2^64 in two orders", call(buy(2**62, 2), buy(2**61, 4), sell(5, 1), mid=2, collar=10000)
    yield "money of 2^64 − 1", call(buy(MOST // 3, 3), sell(5, 1), mid=3, collar=10000)
    yield "money is counted at the limit, not at the collar", call(buy(MOST // 110, MOST), sell(5, 99))
    yield "money at the largest limit", call(buy(1, MOST), sell(5, 99))
    yield "money at the largest limit and one more", call(buy(1, MOST), buy(1, 1), sell(5, 99))
    yield "money of sellers does not count", call(buy(5, 101), sell(MOST, MOST // 2, band=0))
    yield "lots of 2^64 − 1", call(buy(5, 101), sell(MOST - 1, 99), sell(1, 99))
    yield "lots of 2^64", call(buy(5, 101), sell(MOST, 99), sell(1, 99))
    yield "2^64 − 1 lots trade", call(buy(MOST, 1), sell(MOST, 1), mid=1)
    yield "lots outside the collar count", call(buy(5, 101), sell(MOST, 111), sell(5, 99))
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
        yield f"rule 4: tie, {way}", call(buy(5, 104), sell(5, 97), mid=101, tick=4, up=up)
        yield f"rule 4: no tie, {way}", call(buy(5, 104), sell(5, 97), mid=101, tick=6, up=up)
    yield "the mid counts, not bid and ask", call(buy(5, 109), sell(5, 91), bid=92, ask=108)


def bounds():
    """Grid, collar, band."""
    yield "grid: half of an even tick", call(buy(5, 103), sell(5, 103))
    yield "grid: an odd tick whole", call(buy(5, 104), sell(5, 103), tick=5)
    yield "grid: limits between prices", call(buy(5, 109), sell(5, 101), tick=5)
    yield "grid: tick 1", call(buy(5, 101), sell(5, 101), tick=1)
    yield "grid: the lowest price is 1", call(buy(5, 1), sell(5, 1), mid=1)
    yield "grid: 0 is no price", call(buy(5, 4), sell(5, 1), mid=4, tick=5, collar=10000)
    yield "grid: a step above the reference", call(buy(5, 9), sell(5, 1), mid=4, tick=5, collar=10000)
    yield "grid: the largest price", call(buy(1, MOST), sell(1, MOST), mid=MOST, tick=1)
    yield "grid: a limit above the largest price", call(buy(1, MOST), sell(1, MOST), mid=MOST, tick=4)
    yield "collar: limits outside are no candidates", call(buy(9, 200), sell(4, 50))
    yield "collar: 0 is the reference alone", call(buy(5, 110), sell(5, 100), collar=0)
    yield "collar: no price inside", call(buy(5, 110), sell(5, 90), collar=10, mid=101, tick=4)
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
    yield "band: around the mid, not around bid or ask", call(buy(5, 110, band=300), sell(5, 90, band=300), bid=90, ask=110)


def pegs():
    """Bid 97, mid 100, ask 103; a tick is two prices of the grid. One lot stands
    at each price on the other side, so that the pegged order's worst is the price."""
    quote = {"bid": 97, "ask": 103}
    names = {MID: "mid", PRIMARY: "primary", MARKET: "market"}
    rungs = lambda make_: [make_(1, p) for p in range(91, 110)]
    for kind, name in names.items():
        for off in (-2, -1, 0, 1, 2):
            yield f"peg: a buyer's {name} {off:+d}", call(buy(30, 109, peg=kind, off=off), *rungs(sell), **quote)
            yield f"peg: a seller's {name} {off:+d}", call(sell(30, 91, peg=kind, off=off), *rungs(buy), **quote)
        yield f"peg: a buyer's limit is the cap of {name}", call(buy(30, 96, peg=kind, off=3), *rungs(sell), **quote)
        yield f"peg: a seller's limit is the cap of {name}", call(sell(30, 104, peg=kind, off=-3), *rungs(buy), **quote)
        for off, what in ((-(2**31), "smallest"), (2**31 - 1, "largest")):
            yield f"peg: a buyer's {name} with the {what} offset", call(buy(30, 104, peg=kind, off=off), *rungs(sell), **quote)
            yield f"peg: a seller's {name} with the {what} offset", call(sell(30, 96, peg=kind, off=off), *rungs(buy), **quote)
    wide = {"collar": NO_BOUND}
    yield "peg: a buyer's of 2", call(buy(5, 109, peg=MID, off=-49), sell(5, 1), **wide)
    yield "peg: a buyer's of 0 takes nothing", call(buy(5, 109, peg=MID, off=-50), sell(5, 1), **wide)
    yield "peg: a buyer's below 0 takes nothing", call(buy(5, 109, peg=MID, off=-51), sell(5, 1), **wide)
    yield "peg: a seller's below 0 is 0", call(sell(5, 1, peg=MID, off=-51), buy(5, 1), **wide)
    last = {"tick": 1, "mid": MOST}
    yield "peg: a seller's of 2^64 − 1", call(sell(1, 1, peg=MID), buy(1, MOST), **last)
    yield "peg: a seller's of 2^64 is 2^64 − 1", call(sell(1, 1, peg=MID, off=1), buy(1, MOST), **last)
    yield "peg: a seller's far past 2^64 is 2^64 − 1", call(sell(1, 1, peg=MID, off=2**31 - 1), buy(1, MOST), **last)
    yield "peg: ticks past 64 bits", call(sell(1, 1, peg=MID, off=5), buy(1, MOST), tick=2**62, mid=2**63, **wide)
    yield "peg: ticks past 64 bits below", call(sell(1, 1, peg=MID, off=-5), buy(1, 2**62), tick=2**62, mid=2**63, **wide)
    yield "peg: a buyer's past 2^64", call(buy(1, MOST, peg=MID, off=5), sell(1, 2**63), tick=2**62, mid=2**63, **wide)
    yield "peg: a seller's past 2^64 off the grid takes nothing", call(
        sell(1, 1, peg=MID, off=5), buy(1, MOST), tick=2**62 + 2, mid=2**63, **wide
    )
    yield "peg: a buyer's between two prices", call(buy(5, 120, peg=MID), *rungs(sell), tick=5, mid=103)
    yield "peg: a seller's between two prices", call(sell(5, 80, peg=MID), *rungs(buy), tick=5, mid=103)
    yield "peg: an odd tick's offset is whole", call(buy(5, 120, peg=MID, off=1), *rungs(sell), tick=5, mid=100)
    yield "peg: a buyer's above the collar is its edge", call(buy(5, 500, peg=MID, off=20), buy(5, 110), sell(5, 100))
    yield "peg: below the collar it takes nothing inside", call(buy(5, 109, peg=MID, off=-6), sell(5, 85))
    yield "peg: the band bounds it", call(buy(30, 109, peg=MARKET, off=2, band=500), *rungs(sell), **quote)
    yield "peg: a band of 0 and a peg off the mid", call(buy(5, 109, peg=PRIMARY, band=0), sell(5, 100), **quote)
    yield "peg: a bid outside the collar", call(buy(5, 109, peg=PRIMARY), sell(5, 85), bid=80, ask=120)
    yield "peg: an ask outside the collar", call(buy(5, 200, peg=MARKET), sell(5, 85), bid=80, ask=120)
    yield "peg: it names a candidate", call(buy(9, 109, peg=MID, off=2), sell(4, 99, peg=MID, off=-2))
    yield "peg: two pegs that do not cross", call(buy(9, 109, peg=PRIMARY), sell(4, 91, peg=PRIMARY), **quote)
    yield "peg: two pegs that cross", call(buy(9, 109, peg=MARKET), sell(4, 91, peg=MARKET), **quote)
    yield "peg: a better one goes first", call(buy(5, 109, peg=MID), buy(5, 109, peg=MID, off=1, block=9), sell(5, 91))
    yield "peg: equal to a limit, the older goes first", call(buy(5, 109, peg=MID, block=2), buy(5, 100), sell(5, 91))


def priority():
    yield "priority: price", call(buy(5, 101), buy(5, 102), sell(5, 100))
    yield "priority: a seller's price", call(sell(5, 101), sell(5, 100), buy(5, 102))
    yield "priority: outside the collar all prices are equal", call(buy(5, 110), buy(5, 500), sell(5, 100))
    yield "priority: size class", call(buy(5, 101), buy(12, 101, block=9), sell(12, 101))
    yield "priority: 7 lots and 8 are two classes", call(buy(7, 101, block=4), buy(8, 101, block=9), sell(8, 101))
    yield "priority: 4 lots and 7 are one", call(buy(4, 101, block=4), buy(7, 101, block=9), sell(5, 101))
    yield "priority: the class counts lots, whatever they cost", call(
        buy(3, 127, block=4), buy(4, 127, block=9), sell(4, 127), mid=127, collar=0
    )
    yield "priority: classes of 63 and 64 bits", call(
        buy(2**63 - 1, 1, block=4), buy(2**63, 1, block=9), sell(2**63, 1), mid=1
    )
    yield "priority: same class, older block", call(buy(7, 101, block=4), buy(6, 101, block=3), sell(6, 101))
    yield "priority: same block, keyed hash", call(buy(5, 101, tie=9), buy(5, 101, tie=2), sell(5, 101))
    yield "priority: largest keyed hash", call(buy(5, 101, tie=MOST), buy(5, 101, tie=MOST - 1), sell(5, 101))
    yield "priority: largest block", call(buy(5, 101, block=2**32 - 1), buy(5, 101, block=2**32 - 2), sell(5, 101))
    yield "priority: a minimum is no disadvantage", call(buy(5, 101, min=3), buy(5, 101, block=2), sell(5, 101))
    yield "priority: a narrow band is no disadvantage", call(buy(5, 101, band=100), buy(5, 101, block=2), sell(5, 101))


def self_trades():
    yield "self trade: in one block the keyed hash decides", call(
        buy(5, 101, owner=1, tie=9), sell(5, 99, owner=1, tie=3), sell(5, 100), buy(5, 101)
    )
    yield "self trade: at one price", call(buy(5, 100, owner=1), sell(5, 100, owner=1), sell(5, 99))
    yield "self trade: no cross, both stay", call(buy(5, 100, owner=1), sell(5, 101, owner=1), sell(5, 99))
    yield "self trade: crossed only inside the collar", call(
        buy(5, 500, owner=1), sell(5, 110, owner=1, block=2), sell(5, 99)
    )
    yield "self trade: one outside the collar meets nobody", call(
        buy(5, 101, owner=1, block=2), sell(5, 89, owner=1, band=0), sell(5, 111, owner=1), sell(5, 99)
    )
    yield "self trade: one side may hold many", call(buy(5, 101, owner=1), buy(5, 102, owner=1), sell(9, 99))
    yield "self trade: one that sits out blocks nobody", call(
        buy(5, 105, owner=1), sell(5, 102, owner=1, block=2), buy(5, 103, owner=1, block=3), sell(9, 103, block=3)
    )
    yield "self trade: pegs that cross", call(
        buy(5, 109, owner=1, peg=MARKET), sell(5, 91, owner=1, peg=PRIMARY, block=2), sell(5, 99), bid=97, ask=103
    )
    yield "self trade: bands that both hold the mid cross", call(
        buy(5, 109, owner=1, band=100), sell(5, 91, owner=1, band=0, block=2), sell(5, 99)
    )
    yield "self trade: two owners do not meet", call(buy(5, 101, owner=1), sell(5, 99, owner=2))
    modes = {NEWEST: "newest", OLDEST: "oldest", BOTH: "both", DECREMENT: "decrement"}
    for x, older in modes.items():
        for y, newer in modes.items():
            yield f"self trade: {older} meets {newer}", call(
                buy(5, 101, owner=1, mode=x), sell(3, 99, owner=1, mode=y, block=2), sell(4, 100), buy(6, 100)
            )
    mine = {"owner": 1, "mode": DECREMENT}
    yield "self trade: decrement leaves one less than its minimum", call(
        buy(5, 101, min=3, **mine), sell(3, 99, block=2, **mine), sell(4, 100), buy(6, 100)
    )
    yield "self trade: decrement leaves one its minimum", call(
        buy(5, 101, min=2, **mine), sell(3, 99, block=2, **mine), sell(4, 100), buy(6, 100)
    )
    yield "self trade: decrement of an all or none", call(
        whole(buy, 5, 101, **mine), sell(3, 99, block=2, **mine), sell(4, 100), buy(6, 100)
    )
    yield "self trade: decrement of equals", call(
        buy(5, 101, **mine), sell(5, 99, block=2, **mine), sell(4, 100), buy(6, 100)
    )
    yield "self trade: decrement and the rest trades on", call(
        buy(9, 101, **mine), sell(3, 99, block=2, **mine), sell(5, 98, block=3, **mine), sell(2, 100)
    )
    yield "self trade: the class is that of all lots", call(
        buy(8, 101, **mine), sell(5, 99, block=2, **mine), buy(7, 101, block=2), sell(5, 99)
    )
    yield "self trade: the best price first", call(
        sell(3, 99, owner=1, mode=DECREMENT), sell(3, 97, owner=1, mode=DECREMENT, block=2),
        buy(4, 101, block=3, **mine), buy(6, 101)
    )
    yield "self trade: a buyer's best price first", call(
        buy(3, 101, **mine), buy(3, 103, block=2, **mine), sell(4, 99, block=3, **mine), sell(6, 99)
    )
    yield "self trade: at one price the oldest first", call(
        sell(3, 99, block=2, **mine), sell(3, 99, **mine), buy(4, 101, block=3, **mine), buy(6, 101)
    )
    yield "self trade: in one block and at one price the keyed hash", call(
        sell(3, 99, tie=7, **mine), sell(3, 99, tie=3, **mine), buy(4, 101, block=3, **mine), buy(6, 101)
    )
    yield "self trade: until it is out itself", call(
        sell(3, 97, owner=1), sell(3, 98, owner=1, mode=OLDEST), buy(4, 101, owner=1, mode=OLDEST, block=3), buy(6, 101)
    )
    yield "self trade: it takes out several", call(
        sell(3, 97, owner=1, mode=OLDEST), sell(3, 98, owner=1, mode=OLDEST), buy(4, 101, owner=1, mode=OLDEST, block=3),
        sell(6, 99)
    )
    yield "self trade: the older goes through first", call(
        buy(4, 101, owner=1, block=1, mode=OLDEST), sell(3, 99, owner=1, block=2, mode=OLDEST),
        buy(5, 102, owner=1, block=3, mode=OLDEST), sell(9, 100), buy(2, 100)
    )


def minima():
    yield "minimum: met", call(buy(10, 101, min=5), sell(5, 99))
    yield "minimum: missed, nothing left", call(buy(10, 101, min=6), sell(5, 99))
    yield "minimum: 1 is none", call(buy(10, 101, min=1), sell(5, 99))
    yield "minimum: the whole order", call(buy(5, 101, min=5), sell(5, 99))
    yield "minimum: what is left is less, all of it will do", call(buy(5, 101, min=9), sell(5, 99))
    yield "minimum: largest", call(buy(5, 101, min=MOST), sell(5, 99))
    yield "minimum: passed over, the next takes it", call(buy(10, 102, min=8), buy(6, 101), sell(6, 99))
    yield "minimum: two together spoil what one of them can do", call(
        sell(6, 97, min=6), sell(6, 98, min=6), buy(6, 99), buy(3, 99)
    )
    yield "minimum: one that can't be met moves no price", call(buy(10, 105), buy(900, 104, min=900), sell(10, 97))
    yield "minimum: nor one whose turn never comes", call(buy(10, 105), buy(9, 103, min=9), sell(10, 97))
    yield "minimum: nor one passed over for another", call(buy(900, 105, min=900), buy(10, 105), sell(10, 97))
    yield "minimum: nor one of a limit outside the cross", call(buy(10, 105), buy(9, 91, min=9), sell(10, 97))
    yield "minimum: an order of one lot has none", call(buy(1, 105, min=7), buy(1, 104, min=7), sell(1, 97))
    for n in (2, 16, 40):
        crowd = [buy(3, 101, min=3, block=i) for i in range(n)]
        yield f"minimum: {n} that all miss", call(*crowd, sell(2, 99), buy(1, 101))
    yield "minimum: more volume without the last", call(
        *(buy(3, 101, min=3, block=i) for i in range(20)), sell(7, 99), sell(4, 100, min=4), buy(1, 102)
    )
    yield "minimum: one that leaves lets a later round trade more elsewhere", call(
        buy(8, 104, min=8), buy(5, 101), sell(5, 97), sell(4, 103, min=4), sell(2, 104)
    )
    for number, rounds in CHAINS:
        c = draw("chain", number, 24, strict=True)
        yield f"minimum: {rounds} rounds, {number}", shows(c, rounds=lambda r: len(r) == rounds)


def exact():
    """Volumes that greed does not find."""
    once = {"shared": lambda n: n > 0}
    yield "exact: the first is left out", shows(
        call(whole(sell, 7, 98), whole(sell, 5, 98), whole(sell, 4, 98), buy(9, 100)), **once
    )
    yield "exact: the best that lets the others make it up", shows(
        call(sell(9, 97, min=3), whole(sell, 4, 98), whole(sell, 6, 99), buy(11, 100)), **once
    )
    yield "exact: both sides", shows(
        call(whole(sell, 10, 98), whole(sell, 7, 98), whole(sell, 5, 98), whole(buy, 8, 101), whole(buy, 4, 101)), **once
    )
    yield "exact: an order with lots to spare gets less for another's minimum", shows(
        call(sell(10, 97, min=2), whole(sell, 9, 98), buy(12, 100)), **once
    )
    yield "exact: one without a minimum fills the gap", shows(
        call(whole(sell, 7, 97), whole(sell, 6, 98), sell(2, 99), buy(8, 100), whole(buy, 2, 100)), **once
    )
    less = {"disappointed": lambda n: n > 0}
    yield "exact: less than bid and offered", shows(call(whole(sell, 6, 98), whole(sell, 6, 98), buy(9, 100)), **less)
    yield "exact: no volume in common", shows(
        call(whole(sell, 6, 98), whole(sell, 10, 98), whole(buy, 7, 100), whole(buy, 8, 100)), **less
    )
    yield "exact: a common one is half", shows(
        call(whole(sell, 6, 98), whole(sell, 10, 98), whole(buy, 7, 100), whole(buy, 6, 100)), **less
    )
    yield "exact: another price trades more", shows(
        call(whole(buy, 9, 102), whole(buy, 7, 104), whole(sell, 8, 98), whole(sell, 4, 99), sell(3, 103)), **less
    )
    yield "exact: of several that trade the same, the four rules", shows(
        call(whole(buy, 9, 106), whole(sell, 6, 95), whole(sell, 6, 96), whole(buy, 6, 103), whole(sell, 1, 104)), **less
    )
    yield "exact: surplus is what is bid and offered, not what trades", shows(
        call(buy(9, 106, min=5), whole(sell, 7, 95), whole(sell, 7, 99), whole(sell, 4, 102), buy(2, 101)), **less
    )
    yield "exact: a minimum above the volume is not asked", shows(
        call(whole(buy, 40, 101), whole(buy, 6, 101), whole(buy, 5, 101), sell(5, 99), whole(sell, 5, 98)),
        shared=lambda n: n == 0,
    )
    yield "exact: spans that touch are one", shows(
        call(sell(4, 97, min=3), sell(8, 98, min=5), whole(sell, 17, 98), buy(18, 100)), **once
    )
    half = 2**62
    yield "exact: lots near 2^63", shows(
        call(whole(sell, half + 3, 1), whole(sell, half, 1), whole(sell, half, 1), buy(2**63, 1), mid=1), **once
    )
    yield "exact: lots near 2^64", shows(
        call(whole(buy, 2**63, 1), whole(buy, 2**63 - 2, 1), sell(2**63 + 5, 1), whole(sell, 2**62, 1), mid=1), **less
    )


def work():
    """The bounds of the exact step, met and missed by one."""
    # The buyers' sets are even numbers: 2, 4, … 2^19 spans, and 2^20 - 8. The sellers'
    # are 2, 4, and 4 if the first one's lots touch the second's.
    buyers = lambda: [whole(buy, 2 ** (i + 1), 101) for i in range(19)] + [whole(buy, 2**20 - 16, 101)]
    for more in (0, 1):
        first = 2**20 + 1 + 2 * more
        sellers = [whole(sell, first, 99), whole(sell, 2**20, 99), whole(sell, 2**20 - 18, 99)]
        yield f"work: 2^21 spans{' and one more' * more}", shows(
            call(*buyers(), *sellers, collar=0),
            spans=lambda n: n == SPANS + more, gave_up=lambda g: g == ["spans"] * more,
        )
    sellers = lambda: [whole(sell, 2000, 99), whole(sell, 1999, 99), whole(sell, 25, 99)]
    for n, which, volume in (CONSIDERED - 1, "is the last considered", 2000), (CONSIDERED, "comes one too late", 25):
        ones = [buy(1, 102, tie=i) for i in range(n)]
        c = call(*ones, whole(buy, 1000, 101), *sellers(), most=4096)
        yield f"work: an order that {which}", shows(c, rounds=lambda r: r[0] == (volume, volume))
    for n in (PRICES - 1, PRICES):
        ladder = [whole(sell, 600, 101 - i) for i in range(n)]
        pair = [whole(buy, 5, 101), whole(sell, 5, 101 - n + 1), buy(1, 101), sell(1, 101 - n + 1, block=7)]
        yield f"work: {n} prices that disappoint", shows(
            call(whole(buy, 1000, 101), *ladder, *pair, collar=NO_BOUND),
            disappointed=lambda d: d == n, gave_up=lambda g: g == ["prices"] * (n == PRICES),
        )


def caps():
    yield "cap: the best of both sides", call(buy(3, 103), buy(3, 102), buy(3, 101), sell(9, 99), most=3)
    yield "cap: the last one is cut", call(buy(5, 103), buy(5, 102), sell(4, 99), sell(4, 100), most=3)
    yield "cap: as even as can be, then one too many", call(buy(5, 103), buy(5, 102), sell(5, 99), sell(5, 100), most=3)
    yield "cap: exactly reached", call(buy(5, 103), buy(5, 102), sell(5, 99), sell(5, 100), most=4)
    yield "cap: one side fills it alone", call(*(buy(2, 103) for _ in range(7)), sell(14, 99), most=4)
    yield "cap: a minimum behind it is not asked", call(
        *(buy(2, 103) for _ in range(7)), whole(buy, 9, 102), sell(14, 99), most=4
    )
    weak = {"weak": lambda n: n == 1}
    yield "cap: the cut one misses its minimum", shows(
        call(buy(5, 103), buy(5, 102), sell(8, 99, min=6), sell(4, 100), most=2), **weak
    )
    yield "cap: it leaves alone", shows(
        call(buy(5, 103), buy(5, 102), sell(8, 99, min=6), sell(6, 100, min=3), whole(sell, 2, 101), most=2), **weak
    )
    yield "cap: the cut one meets its minimum", call(buy(5, 103), buy(5, 102), sell(8, 99, min=5), sell(4, 100), most=2)
    yield "cap: what it leaves out moves no price", call(
        buy(5, 103), buy(5, 102, min=5), sell(5, 99), sell(5, 100), most=2
    )
    yield "cap: nothing remains to be cut when a minimum is missed", call(
        buy(5, 103, min=2), buy(5, 103), buy(1, 103), sell(30, 99, min=30), buy(10, 103, min=10), most=3
    )
    for number in EXACT_UNDER_CAP:
        c = draw("exact under the cap", number, 14, most=(2, 3, 5, 7), strict=True)
        yield f"cap: on fills of the exact step, {number}", shows(
            c, shared=lambda n: n > 0, rounds=lambda r: any(lots < whole_ for whole_, lots in r)
        )
    for number in WEAK:
        c = draw("weak", number, 16, most=(3, 5, 7), strict=True)
        yield f"cap: some leave alone, {number}", shows(c, weak=lambda n: n > 1)
    for number in FALLING:
        c = draw("falling", number, 30, most=(2, 3, 5, 7))
        yield f"cap: a later round reaches less under it, the one before stands, {number}", shows(
            c, rounds=lambda r: len(r) > 1 and r[-1][1] < r[-2][1]
        )


# Numbers of drawn calls, searched for; shows() holds them to what they stand for.
CHAINS = ((0, 2), (1, 2), (141, 3), (198, 3))
EXACT_UNDER_CAP = (67, 85, 125)
WEAK = (26, 27, 124)
FALLING = (220, 309)


def thin():
    """A dark pool's usual book: few orders, all or none."""
    for n in (12, 12, 12, 12, 18, 18, 30, 30):
        name = f"thin {n}"
        number = thin.count = getattr(thin, "count", 0) + 1

        def one(i):
            pick = lambda what, choices: choices[int.from_bytes(label(name, number, i, what), "big") % len(choices)]
            side, qty = pick("side", (BUY, SELL)), pick("qty", range(1, 1001))
            return order(side, qty, pick("limit", range(99_900, 100_101)), qty, block=i)

        yield f"{name}, {number}", call(*map(one, range(n)), mid=100_000)


def drawn(count):
    for i in range(count):
        yield f"drawn {i}", draw("drawn", i, 4 + i // 3)


def draw(name, number, size, most=(2, 3, 4, 5, 7, 9, 64, 64, 64), strict=False):
    """A call made of SHA-256 of labels."""

    def pick(what, choices):
        return choices[int.from_bytes(label("auction", name, number, what), "big") % len(choices)]

    mid = pick("mid", (7, 99, 100, 100, 100, 101, 1000))

    def one(i):
        p = lambda what, choices: pick(f"{i} {what}", choices)
        qty = p("qty", (1, 2, 3, 5, 6, 9, 10, 12, 30))
        limit = max(1, mid + p("limit", range(-12, 13)))
        minimum = p("min", (0, 0, 0, 1, 2, 3, 5, qty, qty + 3))
        if strict:
            minimum = p("strict", (minimum, qty, qty, 1 + qty // 2))
        band = p("band", (NO_BOUND, NO_BOUND, NO_BOUND, NO_BOUND, 0, 100, 300, 500))
        owner = p("owner", (100 + i, 100 + i, 1, 2, 3))
        side, block, tie = p("side", (BUY, SELL)), p("block", (1, 1, 2, 3)), p("tie", range(2**32))
        peg = p("peg", (NO_PEG, NO_PEG, NO_PEG, MID, PRIMARY, MARKET))
        off = p("offset", range(-4, 5)) if peg != NO_PEG else 0
        return order(side, qty, limit, minimum, band, owner, block, tie, peg, off, p("mode", range(4)))

    return call(
        *map(one, range(size)),
        tick=pick("tick", (1, 2, 2, 3, 4, 5, 8)),
        collar=pick("collar", (300, 1000, 1000, 2000, NO_BOUND)),
        mid=mid,
        bid=mid - pick("bid", (0, 1, 2, 3)),
        ask=mid + pick("ask", (0, 1, 2, 3)),
        most=pick("most", most),
        up=pick("up", (False, True)),
    )
