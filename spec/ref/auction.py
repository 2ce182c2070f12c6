"""spec/13: one market's price and fills, for books small enough to read.

Written for comparing, not for speed: every question is asked of every order
again in every round.
"""

from dataclasses import dataclass
from itertools import count

from market import deviation

BUY, SELL = 1, 0
NO_BOUND = 65535
RESULTS = ["no reference", "no room", "too large", "no cross", "cleared"]
NO_REFERENCE, NO_ROOM, TOO_LARGE, NO_CROSS, CLEARED = range(5)


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

    def minimum(self):
        return min(self.min_fill, self.qty)


@dataclass
class Call:
    tick: int
    collar: int
    reference: int
    max_fills: int
    up: bool  # the tie bit
    orders: list

    def step(self):
        """Between two prices of the grid."""
        return self.tick // 2 if self.tick % 2 == 0 else self.tick

    def span(self, bp):
        """The lowest and highest integers P with deviation(P) <= bp."""
        if bp == NO_BOUND:
            return 1, 2**64 - 1
        width = bp * self.reference // 10**4
        return max(1, self.reference - width), min(2**64 - 1, self.reference + width)

    def takes(self, o, price):
        """price is on the grid and inside the collar."""
        inside = deviation(price, self.reference) <= o.band
        return inside and (price <= o.limit if o.side == BUY else price >= o.limit)

    def effective(self, o):
        """The worst price for its owner that o takes, wherever the collar is; or None."""
        return self._worst(o, o.band)

    def inside(self, o):
        """The same of the prices inside the collar."""
        return self._worst(o, min(o.band, self.collar))

    def _worst(self, o, bp):
        low, high = self.span(bp)
        step = self.step()
        if o.side == BUY:
            price = min(high, o.limit) // step * step
            return price if price >= low else None
        price = -(-max(low, o.limit) // step) * step
        return price if price <= high else None

    def size_class(self, o):
        return (o.qty * self.reference).bit_length()

    def key(self, o):
        """Priority on its side, best first."""
        price = self.inside(o)
        return (-price if o.side == BUY else price, -self.size_class(o), o.arrival, o.rank)


@dataclass
class Outcome:
    result: int
    price: int = 0
    fills: dict = None  # lots by the order's place in the call

    def __post_init__(self):
        self.fills = self.fills or {}


def clear(call, rounds=None):
    """The outcome; of each round that allocates, the volume before the cap, the
    one under it and whether it was reached are added to rounds."""
    rounds = [] if rounds is None else rounds
    if call.reference == 0:
        return Outcome(NO_REFERENCE)
    if call.max_fills < 2:
        return Outcome(NO_ROOM)
    book = [i for i, o in enumerate(call.orders) if call.inside(o) is not None]
    if too_large(call, book):
        return Outcome(TOO_LARGE)
    book = without_self_trades(call, book)

    best = Outcome(NO_CROSS)
    for n in count(1):
        price, volume = price_of(call, book)
        if volume == 0 or volume < lots(call, best.fills):
            return best
        uncapped = volume
        fills, passed, volume = allocate(call, book, price, volume)
        reached = lots(call, fills) == volume
        rounds.append((uncapped, volume, reached))
        if reached:
            if volume < lots(call, best.fills):
                return best
            best = Outcome(CLEARED, price, fills)
            idle = {i for i in book if call.orders[i].minimum() > 1 and i not in fills}
            if not idle or n >= 33:
                return best
            leave = idle
        elif n <= 16:
            leave = {passed[-1]}
        elif n <= 32:
            leave = set(passed)
        else:
            leave = {i for i in book if call.orders[i].minimum() > 1}
        book = [i for i in book if i not in leave]


def lots(call, fills):
    """Lots that both sides trade: the smaller sum, while one is short."""
    return min(sum(n for i, n in fills.items() if call.orders[i].side == side) for side in (BUY, SELL))


def without_self_trades(call, book):
    kept = []
    for i in sorted(book, key=lambda i: (call.orders[i].arrival, call.orders[i].rank)):
        o = call.orders[i]
        others = [call.orders[j] for j in kept if call.orders[j].owner == o.owner and call.orders[j].side != o.side]
        if not any(crosses(call, o, p) for p in others):
            kept.append(i)
    return sorted(kept)


def crosses(call, o, p):
    buy, sell = (o, p) if o.side == BUY else (p, o)
    return call.inside(buy) >= call.inside(sell)


def too_large(call, book):
    orders = [call.orders[i] for i in book]
    sold = sum(o.qty for o in orders if o.side == SELL)
    paid = sum(o.qty * call.inside(o) for o in orders if o.side == BUY)
    return max(sold, paid) >= 2**64


def price_of(call, book):
    """The price and min(D, S) at it; volume 0 if nothing crosses."""
    step = call.step()
    low, high = call.span(call.collar)
    below = call.reference // step * step
    around = {below, below if below == call.reference else below + step}
    candidates = [p for p in around | {call.effective(call.orders[i]) for i in book} if low <= p <= high]

    def depth(side, p):
        return sum(call.orders[i].qty for i in book if call.orders[i].side == side and call.takes(call.orders[i], p))

    points = [(p, depth(BUY, p), depth(SELL, p)) for p in sorted(candidates)]
    volume = max((min(d, s) for _, d, s in points), default=0)
    if volume == 0:
        return 0, 0
    points = [x for x in points if min(x[1], x[2]) == volume]
    surplus = min(abs(d - s) for _, d, s in points)
    points = [x for x in points if abs(x[1] - x[2]) == surplus]
    if all(d > s for _, d, s in points):
        points = points[-1:]
    elif all(d < s for _, d, s in points):
        points = points[:1]
    near = min(abs(p - call.reference) for p, _, _ in points)
    prices = [p for p, _, _ in points if abs(p - call.reference) == near]
    return (max(prices) if call.up else min(prices)), volume


def allocate(call, book, price, volume):
    """Fills by order, those passed over in order of priority, and the volume
    that the cap leaves."""
    sides, passed = [], []
    for side in (BUY, SELL):
        left, list_ = volume, []
        taking = [i for i in book if call.orders[i].side == side and call.takes(call.orders[i], price)]
        for i in sorted(taking, key=lambda i: call.key(call.orders[i])):
            n = min(call.orders[i].qty, left)
            if n == 0:
                break
            if n < call.orders[i].minimum():
                passed.append(i)
                continue
            list_.append((i, n))
            left -= n
        sides.append(list_)
    whole = all(sum(n for _, n in list_) == volume for list_ in sides)
    if whole and sum(map(len, sides)) > call.max_fills:
        sides, cut, volume = capped(call, sides)
        passed = cut or passed
    return dict(sides[0] + sides[1]), passed, volume


def capped(call, sides):
    """The first orders of both sides up to the cap, in lots as even as can be."""
    taken = [[], []]
    total = lambda list_: sum(n for _, n in list_)
    for _ in range(call.max_fills):
        behind = 0 if total(taken[0]) <= total(taken[1]) else 1
        taken[behind].append(sides[behind][len(taken[behind])])
    volume = min(map(total, taken))
    cut = []
    for list_ in taken:
        if (over := total(list_) - volume) > 0:
            i, n = list_.pop()
            if n - over >= max(1, call.orders[i].minimum()):
                list_.append((i, n - over))
            elif n - over > 0:
                cut.append(i)
    return taken, cut, volume
