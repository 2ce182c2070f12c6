"""BLS12-381: the groups G1 and G2 and their compressed encodings (spec/11).

Standard library only, and no pairing: who made a point knows its logarithm,
so that groth16.py checks the verifier's equation in the exponents.
"""

from functools import lru_cache

from wire import Refused

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


class Fp2:
    """c0 + c1·u with u² = −1; elements of Fp are those with c1 = 0."""

    __slots__ = ("c0", "c1")

    def __init__(self, c0, c1=0):
        self.c0, self.c1 = c0 % P, c1 % P

    def __add__(self, o):
        return Fp2(self.c0 + o.c0, self.c1 + o.c1)

    def __sub__(self, o):
        return Fp2(self.c0 - o.c0, self.c1 - o.c1)

    def __neg__(self):
        return Fp2(-self.c0, -self.c1)

    def __mul__(self, o):
        if self.c1 == 0 == o.c1:
            return Fp2(self.c0 * o.c0)
        return Fp2(self.c0 * o.c0 - self.c1 * o.c1, self.c0 * o.c1 + self.c1 * o.c0)

    def __eq__(self, o):
        return self.c0 == o.c0 and self.c1 == o.c1

    def __bool__(self):
        return bool(self.c0 or self.c1)

    def inverse(self):
        n = pow(self.c0 * self.c0 + self.c1 * self.c1, -1, P)
        return Fp2(self.c0 * n, -self.c1 * n)

    def sqrt(self):
        """A root in Fp2 or None. With n the norm's root, ((c0 + n)/2) is the
        square of the root's c0 for one of the two signs of n."""
        if self.c1 == 0:  # −1 is no square in Fp: c0 or −c0 is one
            s = _sqrt(self.c0)
            return Fp2(s) if s is not None else Fp2(0, _sqrt(-self.c0))
        n = _sqrt(self.c0 * self.c0 + self.c1 * self.c1)
        if n is None:
            return None
        half = pow(2, -1, P)
        for sign in (n, -n):
            a = _sqrt((self.c0 + sign) * half)
            if a is not None:
                return Fp2(a, self.c1 * half * pow(a, -1, P))
        return None

    def larger(self):
        """Is this the larger of itself and its negation? c1 decides, then c0."""
        v = self.c1 or self.c0
        return v > P - v


def _sqrt(v):
    """A root in Fp or None; p = 3 mod 4."""
    r = pow(v, (P + 1) // 4, P)
    return r if r * r % P == v % P else None


class Group:
    """The points of y² = x³ + b. A point is (x, y), and None at infinity."""

    def __init__(self, name, b, coordinates, generator):
        self.name, self.b, self.coordinates = name, b, coordinates
        self.size = 48 * coordinates
        self.generator = generator
        assert self.on_curve(generator) and self.mul(ORDER, generator) is None

    def on_curve(self, p):
        x, y = p
        return y * y == x * x * x + self.b

    def neg(self, p):
        return p and (p[0], -p[1])

    def add(self, p, q):
        return self._affine(self._add(self._project(p), self._project(q)))

    def mul(self, k, p):
        """[k]p for any k ≥ 0: k is never reduced, p may be of any order."""
        out, base = (Fp2(1), Fp2(1), Fp2(0)), self._project(p)
        for bit in bin(k)[2:]:
            out = self._double(out)
            if bit == "1":
                out = self._add(out, base)
        return self._affine(out)

    # Jacobian coordinates: x = X/Z², y = Y/Z³, Z = 0 at infinity.

    @staticmethod
    def _project(p):
        return (p[0], p[1], Fp2(1)) if p else (Fp2(1), Fp2(1), Fp2(0))

    @staticmethod
    def _affine(p):
        X, Y, Z = p
        if not Z:
            return None
        z = Z.inverse()
        zz = z * z
        return (X * zz, Y * zz * z)

    @staticmethod
    def _double(p):
        X, Y, Z = p
        yy = Y * Y
        s = X * yy
        s = s + s
        s = s + s
        m = X * X
        m = m + m + m
        x = m * m - s - s
        y4 = yy * yy
        y4 = y4 + y4
        y4 = y4 + y4
        yz = Y * Z
        return (x, m * (s - x) - y4 - y4, yz + yz)

    def _add(self, p, q):
        (X1, Y1, Z1), (X2, Y2, Z2) = p, q
        if not Z1:
            return q
        if not Z2:
            return p
        z1, z2 = Z1 * Z1, Z2 * Z2
        u1, u2 = X1 * z2, X2 * z1
        s1, s2 = Y1 * z2 * Z2, Y2 * z1 * Z1
        h, r = u2 - u1, s2 - s1
        if not h:
            return self._double(p) if not r else (Fp2(1), Fp2(1), Fp2(0))
        hh = h * h
        hhh, v = hh * h, u1 * hh
        x = r * r - hhh - v - v
        return (x, r * (v - x) - s1 * hhh, Z1 * Z2 * h)

    def encode(self, p):
        """x, of G2 with c1 first; 0x80 compressed, 0x40 infinity, 0x20 the
        larger y."""
        if p is None:
            return bytes([0xC0]) + bytes(self.size - 1)
        x, y = p
        parts = (x.c1, x.c0) if self.coordinates == 2 else (x.c0,)
        out = bytearray(b"".join(c.to_bytes(48, "big") for c in parts))
        out[0] |= 0x80 | (0x20 if y.larger() else 0)
        return bytes(out)

    def lift(self, x):
        """A point of the curve, of any order, with this x; None if none has it."""
        y = (x * x * x + self.b).sqrt()
        if y is None or (self.coordinates == 1 and y.c1):
            return None
        return (x, y)

    def decode(self, b):
        """The point of prime order that b encodes; refuses all else with
        BAD_POINT, infinity too."""
        p = _decode(self.name, bytes(b))
        if p is None:
            raise Refused("BAD_POINT")
        return p

    def outside(self):
        """Of the points with x = 1, 2, … the first outside the subgroup."""
        i = 1
        while not (p := self.lift(Fp2(i))) or self.mul(ORDER, p) is None:
            i += 1
        return p

    def no_point(self):
        """The encoding of the first x = 1, 2, … that no point has."""
        i = 1
        while self.lift(Fp2(i)):
            i += 1
        out = bytearray(i.to_bytes(self.size, "big"))
        out[0] |= 0x80
        return bytes(out)


G1 = Group(
    "G1",
    Fp2(4),
    1,
    (
        Fp2(0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB),
        Fp2(0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1),
    ),
)
G2 = Group(
    "G2",
    Fp2(4, 4),
    2,
    (
        Fp2(
            0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
            0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
        ),
        Fp2(
            0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
            0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
        ),
    ),
)


@lru_cache(maxsize=None)
def _decode(name, b):
    """The point, or None for whatever MUST be refused."""
    group = G1 if name == "G1" else G2
    flags, parts = b[0] >> 5, []
    if flags & 0b110 != 0b100:  # not compressed, or infinity
        return None
    for i in range(group.coordinates):
        part = int.from_bytes(b[48 * i : 48 * i + 48], "big")
        if i == 0:
            part &= (1 << 381) - 1
        if part >= P:
            return None
        parts.insert(0, part)
    p = group.lift(Fp2(*parts))
    if p is None:
        return None
    if p[1].larger() != bool(flags & 1):
        p = group.neg(p)
    return p if group.mul(ORDER, p) is None else None
