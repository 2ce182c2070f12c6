"""reference.json: quotes made of votes, and how far they move (spec/04, spec/10)."""

import market as mk
from wire import label

U64 = 2**64 - 1


def drawn(name, count, *bounds):
    """Numbers below bounds, again and again, that look random."""
    out = []
    for i in range(count):
        digest = int.from_bytes(label(name, i), "big")
        row = []
        for b in bounds:
            row.append(digest % b)
            digest //= b
        out.append(row)
    return out


def votes():
    """Name, all power, (power, bid, ask) of those that count."""
    equal = [(10, 100, 102), (10, 300, 306), (10, 200, 204), (10, 400, 408)]
    yield "one", 1, [(1, 7, 9)]
    yield "one whose bid is its ask", 1, [(1, 7, 7)]
    yield "nobody", 1, []
    yield "four: the lower of the two in the middle", 40, equal
    yield "three of four", 40, equal[:3]
    yield "three of four, another sequence", 40, equal[2::-1]
    yield "two of four: not more than two thirds", 40, equal[:2]
    yield "two thirds exactly", 30, equal[:2]
    yield "a unit more than two thirds", 29, equal[:2]
    yield "bid and ask of two validators", 30, [(10, 90, 140), (10, 98, 105), (10, 97, 200)]
    yield "a spread around everybody", 40, [(10, 1, U64), (10, 99, 101), (10, 99, 101), (10, 100, 102)]
    yield "an odd sum: down", 1, [(1, 100, 101)]
    yield "the largest", 1, [(1, U64, U64)]
    yield "the largest sum", 2, [(1, U64 - 1, U64), (1, U64, U64)]
    yield "half of the power at one price", 20, [(10, 5, 50), (10, 6, 60)]
    yield "a unit less than half", 21, [(10, 5, 50), (11, 6, 60)]
    yield "a third that lies low", 31, [(10, 1, 1), (10, 500, 501), (11, 502, 503)]
    yield "a third that lies high", 31, [(10, U64, U64), (10, 500, 501), (11, 502, 503)]
    yield "large powers", 16 * 2**40, [(2**40, 1000 - i, 1000 + i) for i in range(16)]
    for i in range(20):
        rows = [(1 + w, 1 + b, 1 + b + s) for w, b, s in drawn(f"votes {i}", 1 + i % 7, 30, 40, 20)]
        power = sum(w for w, _, _ in rows)
        yield f"drawn {i}", power + power // 2 * (i % 2), rows


def histories():
    """Name, interval, mid after every block from 0 on."""
    yield "nothing ever", 4, [0] * 10
    yield "the first reference", 4, [0, 0, 10_000, 10_000, 10_000, 10_000]
    yield "from block 0 on", 4, [10_000] * 6
    yield "there and back", 4, [0] * 7 + [10_000, 10_050, 10_201, 10_000, 9_990, 10_190, 10_190, 10_190, 10_190]
    yield "in the first block", 3, [100, 100, 100, 103, 103, 103, 103]
    yield "intervals of one block", 1, [10_000, 10_000, 10_100, 10_100, 10_000, 0, 0, 10_000, 10_000]
    yield "a gap", 4, [100, 100, 100, 100, 100, 0, 100, 100, 100, 100]
    yield "a gap that an interval begins with", 4, [100, 100, 100, 0, 100, 100, 100, 100, 100, 100]
    yield "saturated", 4, [1, 1, 1, 1, U64, U64, 7, 8, 8]
    yield "the largest", 2, [U64, U64, U64 - 1, 2**63, 0, U64]
    for n in (1, 2, 5, 16):
        yield f"drawn, n = {n}", n, [9_900 + v for (v,) in drawn(f"history {n}", 40, 200)]


def make():
    out = {"quotes": [], "swings": []}
    for name, total, cast in votes():
        bid, mid, ask = mk.quote(cast, total)
        rows = [{"power": w, "bid": b, "ask": a} for w, b, a in cast]
        out["quotes"].append({"name": name, "total": total, "votes": rows, "bid": bid, "mid": mid, "ask": ask})
    for name, n, mids in histories():
        after = [mk.swing(mids[: h + 1], n) for h in range(len(mids))]
        opens, swings = (list(column) for column in zip(*after))
        out["swings"].append({"name": name, "interval": n, "mids": mids, "opens": opens, "swings": swings})
    return out
