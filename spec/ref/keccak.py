"""Keccak-256 with the original padding; hashlib has only SHA-3's."""

MASK = (1 << 64) - 1
RATE = 136


def _rol(v, n):
    return ((v << n) | (v >> (64 - n))) & MASK


def _permute(state):
    """Keccak-f[1600] over state[x][y]."""
    lfsr = 1
    for _ in range(24):
        c = [s[0] ^ s[1] ^ s[2] ^ s[3] ^ s[4] for s in state]
        d = [c[(x - 1) % 5] ^ _rol(c[(x + 1) % 5], 1) for x in range(5)]
        state = [[state[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, state[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, state[x][y] = state[x][y], _rol(current, (t + 1) * (t + 2) // 2 % 64)
        for y in range(5):
            row = [state[x][y] for x in range(5)]
            for x in range(5):
                state[x][y] = row[x] ^ (~row[(x + 1) % 5] & MASK & row[(x + 2) % 5])
        for j in range(7):
            if lfsr & 1:
                state[0][0] ^= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
    return state


def absorb(data: bytes, padding: int) -> bytes:
    """256 bits of the sponge; padding is the byte after the data: 1 of Keccak, 6 of SHA-3."""
    padded = bytearray(data + bytes([padding]) + b"\0" * (-(len(data) + 1) % RATE))
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), RATE):
        for i in range(RATE // 8):
            word = int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
            state[i % 5][i // 5] ^= word
        state = _permute(state)
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def keccak256(data: bytes) -> bytes:
    return absorb(data, 1)
