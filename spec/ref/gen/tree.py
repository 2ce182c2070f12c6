"""tree.json: roots, paths, frontiers, keepers and tables; what their decoders refuse."""

from field import LAST, R, e32, sample
from tree import (
    CAPACITY, DEPTH, EMPTY, TABLE_DEPTH, TABLE_SIZE, Frontier, Tree, decode_frontier, decode_keeper, kept,
)
from wire import edit, refusal, refused_with, u32, u64


def leaves(n):
    """Leaf i of every tree is 2^32 + i."""
    return [2**32 + i for i in range(n)]


def hexes(elements):
    return [e32(v).hex() for v in elements]


def tree(n, marks):
    t = Tree(leaves(n))
    f = t.frontier()
    if f.root() != t.root() or Frontier(0, [[] for _ in range(DEPTH + 1)]).append(leaves(n)).encode() != f.encode():
        raise AssertionError(f"{n} leaves: three ways to one tree differ")
    decode_keeper(t.keeper(marks))
    return {
        "leaves": n,
        "root": e32(t.root()).hex(),
        "frontier": f.encode().hex(),
        "paths": [{"position": m, "siblings": hexes(t.siblings(m))} for m in marks],
        "keeper": t.keeper(marks).hex(),
    }


def table(n, index):
    t = Tree(leaves(n), TABLE_DEPTH)
    return {"leaves": n, "root": e32(t.root()).hex(), "index": index, "siblings": hexes(t.siblings(index))}


def frontier(size):
    """A frontier of any size, with nodes that look random: nobody can make so many leaves."""
    waiting = [[sample("tree", size, level, i) for i in range(size // 3**level % 3)] for level in range(DEPTH + 1)]
    return Frontier(size, waiting)


def appended(f, new):
    g = f.append(new)
    return {
        "frontier": f.encode().hex(),
        "root": e32(f.root()).hex(),
        "leaves": hexes(new),
        "after": g.encode().hex(),
        "root_after": e32(g.root()).hex(),
    }


def appends():
    yield appended(frontier(0), [])
    yield appended(frontier(0), [1, LAST])
    yield appended(frontier(3**22 - 1), [1])  # carries into every level
    yield appended(frontier(3**22), [1, 2, 3])
    yield appended(frontier(2 * 3**22 + 3**11 + 2), [1, 1, 1, 1])
    yield appended(frontier(2**32 - 1), [sample("leaf")])
    yield appended(frontier(CAPACITY - 1), [LAST])  # the last leaf
    yield appended(frontier(CAPACITY - 10), list(range(1, 11)))
    yield appended(frontier(CAPACITY), [])


def refused_appends():
    for name, code, f, new in (
        ("a leaf of zero", "ZERO_COMMITMENT", frontier(4), [0]),
        ("a leaf of zero among others", "ZERO_COMMITMENT", frontier(4), [1, 0, 2]),
        ("a leaf of zero first in the tree", "ZERO_COMMITMENT", frontier(0), [0]),
        ("a leaf too many", "OUT_OF_RANGE", frontier(CAPACITY), [1]),
        ("two leaves, room for one", "OUT_OF_RANGE", frontier(CAPACITY - 1), [1, 2]),
    ):
        if refused_with(f.append, new) != code:
            raise AssertionError(name)
        yield {"name": name, "frontier": f.encode().hex(), "leaves": hexes(new), "code": code}


def refused():
    t = Tree(leaves(4))
    f, k = t.frontier().encode(), t.keeper([1, 3])
    last = frontier(CAPACITY - 1).encode()

    def bad(kind, name, code, data):
        return {"type": kind} | refusal(name, code, decode_frontier if kind == "frontier" else decode_keeper, data)

    yield bad("frontier", "no bytes", "TRUNCATED", b"")
    yield bad("frontier", "half a size", "TRUNCATED", f[:4])
    yield bad("frontier", "no nodes", "TRUNCATED", f[:8])
    yield bad("frontier", "half a node", "TRUNCATED", f[:-16])
    yield bad("frontier", "a node missing of 46", "TRUNCATED", last[:-32])
    yield bad("frontier", "a byte after the last node", "TRAILING_BYTES", f + b"\0")
    yield bad("frontier", "a node too many", "TRAILING_BYTES", f + e32(1))
    yield bad("frontier", "a node in an empty tree", "TRAILING_BYTES", u64(0) + e32(1))
    yield bad("frontier", "two nodes of a full tree", "TRAILING_BYTES", u64(CAPACITY) + e32(1) + e32(2))
    yield bad("frontier", "a size past the capacity", "OUT_OF_RANGE", u64(CAPACITY + 1))
    yield bad("frontier", "the largest size", "OUT_OF_RANGE", u64(2**64 - 1))
    yield bad("frontier", "the leaf at the modulus", "NON_CANONICAL", edit(f, 8, e32(R)))
    yield bad("frontier", "the leaf plus the modulus", "NON_CANONICAL", edit(f, 8, e32(R + 2**32 + 3)))
    yield bad("frontier", "a node at the modulus", "NON_CANONICAL", edit(f, 40, e32(R)))
    yield bad("frontier", "a node all ones", "NON_CANONICAL", edit(f, 40, b"\xff" * 32))
    yield bad("frontier", "the last node at the modulus", "NON_CANONICAL", edit(last, len(last) - 32, e32(R)))
    yield bad("frontier", "a leaf of zero", "ZERO_COMMITMENT", edit(f, 8, bytes(32)))
    yield bad("frontier", "the second leaf zero", "ZERO_COMMITMENT", edit(last, 40, bytes(32)))
    at = len(f) + 4
    yield bad("keeper", "no bytes", "TRUNCATED", b"")
    yield bad("keeper", "a frontier alone", "TRUNCATED", f)
    yield bad("keeper", "a frontier refused", "OUT_OF_RANGE", u64(CAPACITY + 1) + u32(0))
    yield bad("keeper", "a mark missing", "TRUNCATED", k[: at + 8])
    yield bad("keeper", "more marks than bytes", "TRUNCATED", edit(k[: at + 8], at - 4, u32(2**32 - 1)))
    yield bad("keeper", "marks in descending order", "NON_CANONICAL", edit(k, at, u64(3) + u64(1)))
    yield bad("keeper", "a mark given twice", "NON_CANONICAL", edit(k, at + 8, u64(1)))
    yield bad("keeper", "a mark at the size", "NON_CANONICAL", edit(k, at + 8, u64(4)))
    yield bad("keeper", "the largest mark", "NON_CANONICAL", edit(k, at + 8, u64(2**64 - 1)))
    yield bad("keeper", "a mark in an empty tree", "NON_CANONICAL", u64(0) + u32(1) + u64(0))
    yield bad("keeper", "a kept node missing", "TRUNCATED", k[:-32])
    yield bad("keeper", "half a kept node", "TRUNCATED", k[:-16])
    yield bad("keeper", "a kept node too many", "TRAILING_BYTES", k + bytes(32))
    yield bad("keeper", "a kept node without a mark", "TRAILING_BYTES", f + u32(0) + e32(1))
    yield bad("keeper", "a byte more", "TRAILING_BYTES", k + b"\0")
    for i in range(sum(1 for _ in kept(4, [1, 3]))):
        yield bad("keeper", f"kept node {i} at the modulus", "NON_CANONICAL", edit(k, at + 16 + 32 * i, e32(R)))


def make():
    return {
        "empty": hexes(EMPTY),
        "trees": [
            tree(n, marks)
            for n, marks in (
                (0, []), (1, [0]), (1, []), (2, [0, 1]), (3, [2]), (4, [1, 3]), (8, [7]), (9, [4]), (10, [0, 9]),
                (27, [0, 1, 2]), (28, [26, 27]), (82, [0, 80, 81]), (100, [0, 50, 99]), (100, []), (100, list(range(9))),
            )
        ],
        "tables": [table(n, i) for n, i in ((0, 3), (1, 0), (5, 3), (5, 728), *((TABLE_SIZE, i) for i in (0, 364, 728)))],
        "appends": list(appends()),
        "refused_appends": list(refused_appends()),
        "refused": list(refused()),
    }
