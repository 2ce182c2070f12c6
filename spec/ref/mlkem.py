"""ML-KEM-768 of FIPS 203, deterministic: the caller brings the randomness."""

import hashlib

N, Q, RANK = 256, 3329, 3
ETA, DU, DV = 2, 10, 4
EK, CT = 1184, 1088


def _reversed(i):
    return int(f"{i:07b}"[::-1], 2)


ZETA = [pow(17, _reversed(i), Q) for i in range(128)]
GAMMA = [pow(17, 2 * _reversed(i) + 1, Q) for i in range(128)]


def ntt(f):
    f, i, size = list(f), 1, 128
    while size >= 2:
        for start in range(0, N, 2 * size):
            for j in range(start, start + size):
                t = ZETA[i] * f[j + size] % Q
                f[j], f[j + size] = (f[j] + t) % Q, (f[j] - t) % Q
            i += 1
        size //= 2
    return f


def inverse_ntt(f):
    f, i, size = list(f), 127, 2
    while size <= 128:
        for start in range(0, N, 2 * size):
            for j in range(start, start + size):
                f[j], f[j + size] = (f[j] + f[j + size]) % Q, ZETA[i] * (f[j + size] - f[j]) % Q
            i -= 1
        size *= 2
    return [v * 3303 % Q for v in f]  # 3303 = 1/128


def add(*polynomials):
    return [sum(c) % Q for c in zip(*polynomials)]


def product(f, g):
    """In the domain of the NTT."""
    out = []
    for i, gamma in enumerate(GAMMA):
        (a, b), (c, d) = f[2 * i : 2 * i + 2], g[2 * i : 2 * i + 2]
        out += [(a * c + b * d * gamma) % Q, (a * d + b * c) % Q]
    return out


def dot(fs, gs):
    return add(*map(product, fs, gs))


def encode(f, d):
    """ByteEncode: d bits a coefficient, lowest bit first."""
    packed = sum(v << (d * i) for i, v in enumerate(f))
    return packed.to_bytes(32 * d, "little")


def decode(b, d):
    packed = int.from_bytes(b, "little")
    return [packed >> (d * i) & ((1 << d) - 1) for i in range(N)]


def compress(f, d):
    return [((v << d) + Q // 2) // Q % (1 << d) for v in f]


def decompress(f, d):
    return [(v * Q + (1 << (d - 1))) >> d for v in f]


def sample_ntt(seed):
    """Uniform, by rejection; 2000 bytes have enough with overwhelming probability."""
    stream, out = hashlib.shake_128(seed).digest(2000), []
    for a, b, c in zip(*[iter(stream)] * 3):
        out += [v for v in (a + 256 * (b % 16), b // 16 + 16 * c) if v < Q]
    return out[:N]


def sample_cbd(key, nonce):
    bits = int.from_bytes(hashlib.shake_256(key + bytes([nonce])).digest(64 * ETA), "little")
    out = []
    for i in range(N):
        four = bits >> (4 * i)
        out.append(((four & 1) + (four >> 1 & 1) - (four >> 2 & 1) - (four >> 3 & 1)) % Q)
    return out


def matrix(rho):
    return [[sample_ntt(rho + bytes([j, i])) for j in range(RANK)] for i in range(RANK)]


def chunks(b, size):
    return [b[i : i + size] for i in range(0, len(b), size)]


class Key:
    """The private key of the seeds d and z."""

    def __init__(self, d, z):
        g = hashlib.sha3_512(d + bytes([RANK])).digest()
        rho, sigma = g[:32], g[32:]
        self.s = [ntt(sample_cbd(sigma, i)) for i in range(RANK)]
        e = [ntt(sample_cbd(sigma, RANK + i)) for i in range(RANK)]
        t = [add(dot(row, self.s), e[i]) for i, row in enumerate(matrix(rho))]
        self.ek, self.z = b"".join(encode(f, 12) for f in t) + rho, z

    def decapsulate(self, ct):
        u = [ntt(decompress(decode(b, DU), DU)) for b in chunks(ct[: 32 * DU * RANK], 32 * DU)]
        v = decompress(decode(ct[32 * DU * RANK :], DV), DV)
        w = add(v, [-c for c in inverse_ntt(dot(self.s, u))])
        shared, again = encapsulate(self.ek, encode(compress(w, 1), 1))
        return shared if again == ct else hashlib.shake_256(self.z + ct).digest(32)


def encapsulate(ek, m):
    """The shared secret and the ciphertext for the 32 random bytes m."""
    g = hashlib.sha3_512(m + hashlib.sha3_256(ek).digest()).digest()
    shared, r = g[:32], g[32:]
    t, rho = [decode(b, 12) for b in chunks(ek[:-32], 384)], ek[-32:]
    y = [ntt(sample_cbd(r, i)) for i in range(RANK)]
    e1 = [sample_cbd(r, RANK + i) for i in range(RANK)]
    e2 = sample_cbd(r, 2 * RANK)
    columns = zip(*matrix(rho))
    u = [add(inverse_ntt(dot(column, y)), e1[i]) for i, column in enumerate(columns)]
    v = add(inverse_ntt(dot(t, y)), e2, decompress(decode(m, 1), 1))
    return shared, b"".join(encode(compress(f, DU), DU) for f in u) + encode(compress(v, DV), DV)
