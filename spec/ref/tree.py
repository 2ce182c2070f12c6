"""spec/06: the commitment tree, frontiers, paths, keepers, tables."""

from field import K, R, e32
from wire import Reader, Refused, u32, u64

DEPTH, TABLE_DEPTH, TABLE_SIZE = 23, 6, 729
CAPACITY = 3**DEPTH


def _empty():
    roots = [0]
    for _ in range(DEPTH):
        roots.append(K(roots[-1], roots[-1], roots[-1]))
    return roots


EMPTY = _empty()


class Tree:
    """All nodes over some leaves, level by level; whatever is missing is empty."""

    def __init__(self, leaves, depth=DEPTH):
        self.size, self.levels = len(leaves), [list(leaves)]
        for level in range(depth):
            nodes = self.levels[-1] + [EMPTY[level]] * (-len(self.levels[-1]) % 3)
            self.levels.append([K(*nodes[i : i + 3]) for i in range(0, len(nodes), 3)])

    def node(self, level, i):
        return self.levels[level][i] if i < len(self.levels[level]) else EMPTY[level]

    def root(self):
        return self.node(len(self.levels) - 1, 0)

    def siblings(self, position):
        """From the leaf up, left to right."""
        out = []
        for level in range(len(self.levels) - 1):
            first = position - position % 3
            out += [self.node(level, i) for i in range(first, first + 3) if i != position]
            position //= 3
        return out

    def frontier(self):
        """The waiting nodes of each level: full, with a parent that is not."""
        out = []
        for level in range(DEPTH + 1):
            full = self.size // 3**level
            out.append(self.levels[level][full - full % 3 : full])
        return Frontier(self.size, out)

    def keeper(self, marks):
        """The encoding of a keeper with these marks, ascending."""
        out = self.frontier().encode() + u32(len(marks)) + b"".join(map(u64, marks))
        return out + b"".join(e32(self.node(*place)) for place in kept(self.size, marks))


def kept(size, marks):
    """(level, index) of the nodes that a keeper stores, in the order of its encoding."""
    for level in range(DEPTH):
        under = [m // 3**level for m in marks]  # the child over each mark
        for family in sorted({child // 3 for child in under}):
            mine = [child for child in under if child // 3 == family]
            for child in range(3 * family, 3 * family + 3):
                full = (child + 1) * 3**level <= size
                if full and any(c != child for c in mine):
                    yield level, child


class Frontier:
    def __init__(self, size, waiting):
        self.size, self.waiting = size, waiting

    def encode(self):
        return u64(self.size) + b"".join(e32(v) for level in self.waiting for v in level)

    def root(self):
        if self.size == CAPACITY:
            return self.waiting[DEPTH][0]
        partial = 0
        for level in range(DEPTH):
            children = self.waiting[level] + [partial] + 2 * [EMPTY[level]]
            partial = K(*children[:3])
        return partial

    def append(self, leaves):
        """The frontier after these leaves: a third node of a level becomes one of the next."""
        if self.size + len(leaves) > CAPACITY:
            raise Refused("OUT_OF_RANGE")
        if 0 in leaves:
            raise Refused("ZERO_COMMITMENT")
        waiting = [list(level) for level in self.waiting]
        for node in leaves:
            for level in waiting:
                level.append(node)
                if len(level) < 3:
                    break
                node = K(*level)
                level.clear()
        return Frontier(self.size + len(leaves), waiting)


def read_frontier(reader):
    if (size := reader.u64()) > CAPACITY:
        raise Refused("OUT_OF_RANGE")
    waiting = []
    for level in range(DEPTH + 1):
        waiting.append([reader.below(R) for _ in range(size // 3**level % 3)])
        if level == 0 and 0 in waiting[0]:
            raise Refused("ZERO_COMMITMENT")
    return Frontier(size, waiting)


def decode_frontier(data):
    reader = Reader(data)
    f = read_frontier(reader)
    reader.done()
    return f


def decode_keeper(data):
    reader = Reader(data)
    f, marks = read_frontier(reader), []
    for _ in range(reader.u32()):
        mark = reader.u64()
        if (marks and mark <= marks[-1]) or mark >= f.size:
            raise Refused("NON_CANONICAL")
        marks.append(mark)
    for _ in kept(f.size, marks):
        reader.below(R)
    reader.done()
