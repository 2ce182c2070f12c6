"""spec/13: one pool's price and fills, for books small enough to read.

Written for comparing, not for speed: every question is asked of every order
again in every round.
"""

from dataclasses import dataclass, field as default

BUY, SELL = 1, 0
NO_PEG, MID, PRIMARY, MARKET = range(4)
NEWEST, OLDEST, BOTH, DECREMENT = range(4)
NO_BOUND = 65535
TOP = 2**64 - 1
RESULTS = ["no reference", "no room", "too large", "no cross", "cleared", "unstable"]
NO_REFERENCE, NO_ROOM, TOO_LARGE, NO_CROSS, CLEARED, UNSTABLE = range(6)
ROUNDS, PRICES, CONSIDERED, SPANS = 32, 32, 1024, 2**21
WEAKEST_FIRST = (DECREMENT, NEWEST, OLDEST, BOTH)


@dataclass
class Order:
    side: int
    qty: int
    limit: int
    min_fill: int
    band: int
    owner: int
    arrival: int
    rank: int  # the keyed hash
    peg: int = NO_PEG
    offset: int = 0
    self_trade: int = NEWEST

    def least(self):
        return min(self.min_fill, self.qty)

    def strict(self):
        return self.least() > 1


@dataclass
class Call:
    tick: int
    collar: int
    bid: int
    mid: int
    ask: int
    max_fills: int
    up: bool  # the tie bit
    orders: list
    unstable: bool = False  # the reference moved too far in this interval

    def step(self):
        """Between two prices of the grid."""
        return self.tick // 2 if self.tick % 2 == 0 else self.tick

    def around(self, bp):
        """The lowest and highest integers P with deviation(P) <= bp."""
        if bp == NO_BOUND:
            return 1, TOP
        width = bp * self.mid // 10**4
        return max(1, self.mid - width), min(TOP, self.mid + width)

    def pegged(self, o):
        """What a peg follows, with its offset."""
        near, far = (self.bid, self.ask) if o.side == BUY else (self.ask, self.bid)
        follows = {MID: self.mid, PRIMARY: near, MARKET: far}[o.peg]
        return min(TOP, max(0, follows + o.offset * self.tick))

    def prices(self, o, bp=NO_BOUND):
        """The lowest and highest price of the grid that o takes, if no farther than
        bp from the mid; lowest > highest if there is none."""
        low, high = self.around(min(o.band, bp))
        bound = [o.limit] if o.peg == NO_PEG else [o.limit, self.pegged(o)]
        low, high = (low, min(high, *bound)) if o.side == BUY else (max(low, *bound), high)
        step = self.step()
        return -(-low // step) * step, high // step * step

    def _worst(self, o, bp):
        low, high = self.prices(o, bp)
        return None if low > high else high if o.side == BUY else low

    def effective(self, o):
        """The worst price for its owner that o takes, inside the collar or not; or None."""
        return self._worst(o, NO_BOUND)

    def inside(self, o):
        """The same of the prices inside the collar."""
        return self._worst(o, self.collar)

    def key(self, o):
        """Priority on its side, best first."""
        price = self.inside(o)
        return (-price if o.side == BUY else price, -o.qty.bit_length(), o.arrival, o.rank)


@dataclass
class Outcome:
    result: int
    price: int = 0
    volume: int = 0
    fills: list = default(default_factory=list)  # (place of the order in the call, lots): buyers, sellers, by priority
    exact: bool = False  # minima decided who trades how much
    withheld: dict = default(default_factory=dict)  # lots that self-trade took, by place

    def lots(self, i):
        return dict(self.fills).get(i, 0)


@dataclass
class Log:
    """What happened on the way to the outcome, for those who choose calls."""

    rounds: list = default(default_factory=list)  # each one's volume, before and under the cap
    prices: list = default(default_factory=list)  # how many each round chose
    disappointed: int = 0  # prices that allow less than bid and offered
    shared: int = 0  # volumes that greed could not hand out and the exact step could
    spans: int = 0
    gave_up: list = default(default_factory=list)  # "spans" or "prices"
    weak: int = 0


class Auction:
    """A call under way: who is in, with how many lots."""

    def __init__(self, call, log):
        self.call, self.log = call, log
        self.in_ = {i: o.qty for i, o in enumerate(call.orders) if call.inside(o) is not None}
        self.takes = {i: call.prices(call.orders[i], call.collar) for i in self.in_}

    def order(self, i):
        return self.call.orders[i]

    def drop(self, which):
        self.in_ = {i: n for i, n in self.in_.items() if i not in which}

    def drop_strict(self):
        self.drop({i for i in self.in_ if self.order(i).strict()})

    # --- self-trade ---

    def without_self_trades(self):
        age = lambda i: (self.order(i).arrival, self.order(i).rank)
        price = lambda i: self.call.inside(self.order(i))
        queue = sorted(self.in_, key=age)
        for n, i in enumerate(queue):
            o = self.order(i)
            buys = o.side == BUY
            met = [j for j in queue[:n] if j in self.in_ and self.order(j).owner == o.owner and self.order(j).side != o.side]
            met = [j for j in met if (price(i) >= price(j) if buys else price(j) >= price(i))]
            for j in sorted(met, key=lambda j: (price(j) if buys else -price(j), age(j))):
                if i in self.in_:
                    self.meet(j, i)

    def meet(self, older, newer):
        mode = min((self.order(i).self_trade for i in (older, newer)), key=WEAKEST_FIRST.index)
        if mode == DECREMENT:
            less = min(self.in_[older], self.in_[newer])
            for i in (older, newer):
                self.in_[i] -= less
                if self.in_[i] < max(1, self.order(i).least()):
                    self.drop({i})
        else:
            self.drop({NEWEST: {newer}, OLDEST: {older}, BOTH: {older, newer}}[mode])

    # --- the price ---

    def depth(self, side, price):
        takes = lambda i: self.takes[i][0] <= price <= self.takes[i][1]
        return sum(n for i, n in self.in_.items() if self.order(i).side == side and takes(i))

    def candidates(self):
        step = self.call.step()
        below = self.call.mid // step * step
        around = {below, below if below == self.call.mid else below + step}
        low, high = self.call.around(self.call.collar)
        return sorted(p for p in around | {self.call.effective(self.order(i)) for i in self.in_} if max(low, 1) <= p <= high)

    def choose(self, less):
        """The price and its volume, or volume 0; less has volumes that turned out
        to be below min(D, S), by price."""
        points = [(p, self.depth(BUY, p), self.depth(SELL, p)) for p in self.candidates()]
        volume = lambda x: less.get(x[0], min(x[1], x[2]))
        most = max(map(volume, points), default=0)
        if most == 0:
            return 0, 0
        points = [x for x in points if volume(x) == most]
        surplus = min(abs(d - s) for _, d, s in points)
        points = [x for x in points if abs(x[1] - x[2]) == surplus]
        if all(d > s for _, d, s in points):
            points = points[-1:]
        elif all(d < s for _, d, s in points):
            points = points[:1]
        near = min(abs(p - self.call.mid) for p, _, _ in points)
        prices = [p for p, _, _ in points if abs(p - self.call.mid) == near]
        return (max(prices) if self.call.up else min(prices)), most

    # --- who trades ---

    def taking(self, side, price):
        """The orders of a side that take a price, by priority."""
        list_ = [i for i in self.in_ if self.order(i).side == side and self.takes[i][0] <= price <= self.takes[i][1]]
        return sorted(list_, key=lambda i: self.call.key(self.order(i)))

    def hand_down(self, list_, volume):
        """Fills of a side, or None if it runs out before volume is given out."""
        fills = []
        for i in list_:
            if volume == 0 or len(fills) == self.call.max_fills:
                break
            if self.order(i).least() <= volume:
                fills.append((i, min(self.in_[i], volume)))
                volume -= fills[-1][1]
        return fills if volume == 0 or len(fills) == self.call.max_fills else None

    def reach(self, list_, volume):
        """Of the orders considered, from each one on, the volumes that those after
        it can trade; None if that is too much work."""
        list_ = [i for i in list_ if self.order(i).least() <= volume][:CONSIDERED]
        sets = [[(0, 0)]]
        for i in reversed(list_):
            least, most = max(1, self.order(i).least()), self.in_[i]
            sets.append(union(sets[-1], [(lo + least, hi + most) for lo, hi in sets[-1]], volume))
            self.log.spans += len(sets[-1])
            if self.log.spans > SPANS:
                return None
        return list_, sets[::-1]

    def share(self, list_, sets, volume):
        """Fills that make volume: each order gets the most that lets the others make the rest."""
        fills = []
        for i, later in zip(list_, sets[1:]):
            least, most = max(1, self.order(i).least()), self.in_[i]
            # The rest is in a span (lo, hi) of later; i trades volume - rest.
            rests = (max(lo, volume - most) for lo, hi in later if hi >= volume - most)
            rest = next((r for r in rests if r <= volume - least), volume)
            if rest < volume:
                fills.append((i, volume - rest))
                volume = rest
        assert volume == 0
        return fills

    def capped(self, sides):
        """The sides' first orders up to the cap, the volume, and the order that it cuts too short."""
        total = lambda list_: sum(n for _, n in list_)
        taken = [[], []]
        if sum(map(len, sides)) <= self.call.max_fills:
            return sides, total(sides[0]), None
        for _ in range(self.call.max_fills):
            behind = 0 if total(taken[0]) <= total(taken[1]) else 1
            taken[behind].append(sides[behind][len(taken[behind])])
        volume = min(map(total, taken))
        for list_ in taken:
            if (over := total(list_) - volume) > 0:
                i, n = list_.pop()
                if 0 < n - over < self.order(i).least():
                    return None, 0, i
                if n > over:
                    list_.append((i, n - over))
        return taken, volume, None

    def round(self):
        less = {}
        self.log.prices.append(0)
        while True:
            if self.log.prices[-1] == PRICES:
                self.log.gave_up.append("prices")
                self.drop_strict()
                less = {}
            price, volume = self.choose(less)
            if volume == 0:
                return Outcome(NO_CROSS)
            self.log.prices[-1] += 1
            lists = [self.taking(side, price) for side in (BUY, SELL)]
            sides = [self.hand_down(list_, volume) for list_ in lists]
            exact = None in sides
            if exact:
                reached = []
                for list_ in lists:
                    if None not in reached:
                        reached.append(self.reach(list_, volume))
                if None in reached:
                    self.log.gave_up.append("spans")
                    self.drop_strict()
                    less = {}
                    continue
                if (best := highest(reached[0][1][0], reached[1][1][0])) < volume:
                    self.log.disappointed += 1
                    less[price] = best
                    continue
                self.log.shared += 1
                sides = [self.share(list_, sets, volume) for list_, sets in reached]
            fills, traded, weak = self.capped(sides)
            if weak is not None:
                self.log.weak += 1
                self.drop({weak})
                less = {}
                continue
            self.log.rounds.append((volume, traded))
            return Outcome(CLEARED, price, traded, fills[0] + fills[1], exact)


def union(a, b, most):
    """Two sets of spans as one, up to most: ascending, disjoint, not adjacent."""
    out = []
    for lo, hi in sorted(a + b):
        if lo > most:
            break
        hi = min(hi, most)
        if out and lo <= out[-1][1] + 1:
            if hi > out[-1][1]:
                out[-1] = (out[-1][0], hi)
        else:
            out.append((lo, hi))
    return out


def highest(a, b):
    """The largest number in both sets."""
    best, later = 0, iter(b)
    span = next(later, None)
    for lo, hi in a:
        while span and span[0] <= hi:
            if (top := min(hi, span[1])) >= max(lo, span[0]):
                best = max(best, top)
            if span[1] > hi:
                break
            span = next(later, None)
    return best


def too_large(call):
    sold = sum(o.qty for o in call.orders if o.side == SELL)
    paid = sum(o.qty * o.limit for o in call.orders if o.side == BUY)
    return max(sold, paid) >= 2**64


def clear(call, log=None):
    if call.mid == 0:
        return Outcome(NO_REFERENCE)
    if call.unstable:
        return Outcome(UNSTABLE)
    if call.max_fills < 2:
        return Outcome(NO_ROOM)
    if too_large(call):
        return Outcome(TOO_LARGE)
    a = Auction(call, log or Log())
    before = dict(a.in_)
    a.without_self_trades()
    withheld = {i: n - a.in_.get(i, 0) for i, n in before.items()}
    best = Outcome(NO_CROSS)
    for _ in range(ROUNDS):
        outcome = a.round()
        if outcome.volume == 0 or outcome.volume < best.volume:
            break
        best = outcome
        trades = dict(best.fills)
        idle = {i for i in a.in_ if a.order(i).strict() and i not in trades}
        if not idle:
            break
        a.drop(idle)
    best.withheld = withheld
    return best
