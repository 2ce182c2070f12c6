"""spec/13, "Transcripts": trees over nullifiers."""

import hashlib

from field import e32
from wire import u8, u32, var


class Tree:
    """Leaves by nullifier, under a context."""

    def __init__(self, context, leaves):
        self.context, self.n = context, len(leaves)
        self.leaves = [self._hash(0, e32(nf) + data) for nf, data in sorted(leaves.items())]

    def _hash(self, kind, data):
        return hashlib.sha256(var(self.context.encode()) + u8(kind) + data).digest()

    def root(self):
        level = self.leaves or [bytes(32)]
        while len(level) > 1:
            pairs = [self._hash(1, level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
            level = pairs + level[len(level) & ~1 :]
        return self._hash(2, u32(self.n) + level[0])
