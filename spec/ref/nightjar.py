"""Nightjar's hashes, curves, keys and ciphertexts, from the specification.

Written from spec/00 to 06 and 08 with the standard library only; it shares no
code with the Go packages. Slow, not constant-time: for checking vectors and
nothing else.
"""

import hashlib
import hmac

# --- spec/00: field and hash ------------------------------------------------

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
FULL, PARTIAL = 8, 56


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with the original padding (hashlib has only SHA-3's)."""
    mask = (1 << 64) - 1
    rol = lambda v, n: ((v << n) | (v >> (64 - n))) & mask if n else v
    state = [[0] * 5 for _ in range(5)]
    rate = 136
    padded = bytearray(data + b"\x01" + b"\0" * (-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            word = int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
            state[i % 5][i // 5] ^= word
        lfsr = 1
        for _ in range(24):
            c = [s[0] ^ s[1] ^ s[2] ^ s[3] ^ s[4] for s in state]
            d = [c[(x - 1) % 5] ^ rol(c[(x + 1) % 5], 1) for x in range(5)]
            state = [[state[x][y] ^ d[x] for y in range(5)] for x in range(5)]
            x, y, current = 1, 0, state[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, state[x][y] = state[x][y], rol(current, (t + 1) * (t + 2) // 2 % 64)
            for y in range(5):
                row = [state[x][y] for x in range(5)]
                for x in range(5):
                    state[x][y] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5])
            for j in range(7):
                if lfsr & 1:
                    state[0][0] ^= 1 << ((1 << j) - 1)
                lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def _constants():
    h = keccak256(b"Poseidon2-BLS12_381[t=3,rF=8,rP=56,d=5]")
    rounds = []
    for i in range(FULL + PARTIAL):
        row = []
        for _ in range(1 if FULL // 2 <= i < FULL // 2 + PARTIAL else 3):
            h = keccak256(h)
            row.append(int.from_bytes(h, "big") % R)
        rounds.append(row)
    return rounds


CONSTANTS = _constants()


def P(a, b, c):
    external = lambda s: [(v + sum(s)) % R for v in s]
    s = external([a, b, c])
    for row in CONSTANTS:
        for i, k in enumerate(row):
            s[i] = pow(s[i] + k, 5, R)
        if len(row) == 3:
            s = external(s)
        else:
            t = sum(s)
            s = [(s[0] + t) % R, (s[1] + t) % R, (2 * s[2] + t) % R]
    return s


def K(a, b, c):
    return (P(a, b, c)[0] + a) % R


def K2(a, b, c):
    s = P(a, b, c)
    return (s[0] + a) % R, (s[1] + b) % R


def H(tag, *xs):
    s = [0, 0, tag + (len(xs) << 32)]
    for i in range(0, len(xs), 2):
        s[0] = (s[0] + xs[i]) % R
        if i + 1 < len(xs):
            s[1] = (s[1] + xs[i + 1]) % R
        s = P(*s)
    return s[0]


def var(b: bytes) -> bytes:
    return len(b).to_bytes(2, "big") + b


def wide(context: str, *parts: bytes) -> int:
    data = var(context.encode())
    for p in parts:
        data += len(p).to_bytes(4, "big") + p
    return int.from_bytes(hashlib.sha512(data).digest(), "big")


def e32(v: int) -> bytes:
    return v.to_bytes(32, "big")


NOTE, ORDER, NF, ONF, TERMS, PK, OWNER, OID, RSD, SSD, RDEP, RRET = range(1, 13)
RCPT, PC, MKT, REF, RHO_DUM = range(17, 22)

# --- spec/00: Jubjub --------------------------------------------------------

L = 0x0E7DB4EA6533AFA906673B0101343B00A6682093CCC81082D0970E5ED6F72CB7
D = -10240 * pow(10241, -1, R) % R
IDENTITY = (0, 1)


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % R
    return (
        (x1 * y2 + x2 * y1) * pow(1 + t, -1, R) % R,
        (y1 * y2 + x1 * x2) * pow(1 - t, -1, R) % R,
    )


def mul(k, p):
    out = IDENTITY
    while k:
        if k & 1:
            out = add(out, p)
        p, k = add(p, p), k >> 1
    return out


def neg(p):
    return (-p[0] % R, p[1])


def sqrt(v):
    """Tonelli-Shanks; None if v is no square."""
    if v == 0:
        return 0
    if pow(v, (R - 1) // 2, R) != 1:
        return None
    q, s = R - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, 100) if pow(z, (R - 1) // 2, R) != 1)
    m, c, t, r = s, pow(z, q, R), pow(v, q, R), pow(v, (q + 1) // 2, R)
    while t != 1:
        i, u = 0, t
        while u != 1:
            u, i = u * u % R, i + 1
        b = pow(c, 1 << (m - i - 1), R)
        m, c, t, r = i, b * b % R, t * b * b % R, r * b % R
    return r


def lift(y, larger):
    """The point with this y and the larger or smaller root x, or None."""
    x = sqrt((1 - y * y) * pow(-1 - D * y * y, -1, R) % R)
    if x is None or (x == 0 and larger):
        return None
    return (max(x, R - x) if larger else min(x, -x % R), y)


def encode_point(p):
    b = bytearray(e32(p[1]))
    if p[0] > R - p[0]:
        b[0] |= 0x80
    return bytes(b)


def decode_point(b):
    """The point, or the name of the code with which b is refused."""
    if len(b) != 32:
        return "TRUNCATED" if len(b) < 32 else "TRAILING_BYTES"
    y = int.from_bytes(b, "big") & ~(1 << 255)
    p = lift(y, b[0] >> 7 == 1) if y < R else None
    if p is None or p == IDENTITY or mul(L, p) != IDENTITY:
        return "BAD_POINT"
    return p


def generator(name):
    counter = 0
    while True:
        data = b"nightjar/generator/v1\0" + name.encode() + counter.to_bytes(4, "big")
        p = lift(int.from_bytes(hashlib.sha256(data).digest(), "big") % R, False)
        if p is not None and mul(8, p) != IDENTITY:
            return mul(8, p)
        counter += 1


SPEND = generator("spend")


def sign(context, base, k, message, entropy):
    n = wide("nightjar/schnorr-nonce/v1", context.encode(), e32(k), entropy, message) % L
    r = encode_point(mul(n, base))
    c = wide(context, r, encode_point(mul(k, base)), message) % L
    return r + e32((n + c * k) % L)


# --- spec/01: keys ----------------------------------------------------------


def hkdf(secret, info, n=32, hash="sha256"):
    mac = lambda key, data: hmac.new(key, data, hash).digest()
    root = mac(b"\0" * hashlib.new(hash).digest_size, secret)
    out, last, i = b"", b"", 1
    while len(out) < n:
        last = mac(root, last + info + bytes([i]))
        out, i = out + last, i + 1
    return out[:n]


Q = 2**255 - 19


def x25519(k: bytes, u: bytes) -> bytes:
    """RFC 7748, clamping included."""
    n = int.from_bytes(k, "little") & ~7 & ((1 << 254) - 1) | 1 << 254
    x1 = int.from_bytes(u, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        if n >> t & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % Q, b * b % Q, d * a % Q, c * b % Q
        x3, z3 = (da + cb) ** 2 % Q, x1 * (da - cb) ** 2 % Q
        e = aa - bb
        x2, z2 = aa * bb % Q, e * (aa + 121665 * e) % Q
        if n >> t & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, -1, Q) % Q if z2 else 0).to_bytes(32, "little")


def on_curve(u):
    return u < Q and pow(u**3 + 486662 * u * u + u, (Q - 1) // 2, Q) == 1


def diversified_base(d: bytes) -> bytes:
    counter = 0
    while True:
        data = var(b"nightjar/diversified-base/v1") + d + counter.to_bytes(4, "big")
        u = bytearray(hashlib.sha256(data).digest())
        u[31] &= 0x7F
        if on_curve(int.from_bytes(u, "little")):
            g = x25519(bytes(32), bytes(u))
            if any(g):
                return g
        counter += 1


class Account:
    def __init__(self, seed: bytes, index: int = 0):
        info = b"nightjar/account/v1" + index.to_bytes(4, "big")
        root = hkdf(seed, info, 64, "sha512")
        c = 0
        while not (ask := wide("nightjar/ask/v1", root, bytes([c])) % L):
            c += 1
        self.ask, self.ak = ask, mul(ask, SPEND)
        self.nk = wide("nightjar/nk/v1", root) % R
        self.dk = wide("nightjar/dk/v1", root) % R
        self.oid = H(OID, self.nk)
        self.self_key = hkdf(e32(self.dk), b"nightjar/self/v1")
        self.scan_key = hkdf(e32(self.dk), b"nightjar/scan/v1")

    def diversifier(self, i):
        return hkdf(e32(self.dk), b"nightjar/diversifier/v1" + i.to_bytes(4, "big"), 16)

    def pk_d(self, d):
        return H(PK, *self.ak, self.nk, int.from_bytes(d, "big"))

    def address(self, d):
        return b"\x01" + d + e32(self.pk_d(d)) + x25519(self.scan_key, diversified_base(d))

    def r(self, nf0, j):
        return H(RSD, self.dk, nf0, j)

    def s(self, nf0):
        return H(SSD, self.dk, nf0)


def owner(pk_d, r):
    return H(OWNER, pk_d, r)


CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32m(hrp: str, data: bytes) -> str:
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    chk = 1
    for v in [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp] + values + [0] * 6:
        top = chk >> 25
        chk = (chk & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            chk ^= g if top >> i & 1 else 0
    chk ^= 0x2BC830A3
    values += [chk >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(CHARSET[v] for v in values)


# --- spec/02 note, spec/03 order, spec/04 market, spec/05 fill, spec/06 tree ---


def money(tag, asset, value):
    return value + (asset << 64) + (tag << 96)


def note(asset, value, rho, c):
    return K(money(NOTE, asset, value), rho, c)


def nullifier(nk, cm, position):
    return K(nk, cm, position + (NF << 64))


TERMS_FIELDS = (
    ("market", 4), ("base", 4), ("quote", 4), ("lot", 8), ("side", 1), ("limit", 8),
    ("qty", 8), ("min", 8), ("expiry", 4), ("band", 2), ("max_fee", 2),
)
OPENING_FIELDS = TERMS_FIELDS + (("asset", 4), ("value", 8), ("oid", 32), ("c", 32), ("s", 32))


def unpack(fields, b):
    out = {}
    for name, size in fields:
        out[name], b = int.from_bytes(b[:size], "big"), b[size:]
    return out


def pack(fields, v):
    return b"".join(v[name].to_bytes(size, "big") for name, size in fields)


def terms_hash(t):
    t1 = (
        t["market"] + (t["base"] << 32) + (t["quote"] << 64) + (t["lot"] << 96) + (t["side"] << 160)
        + (t["expiry"] << 161) + (t["band"] << 193) + (t["max_fee"] << 209)
    )
    return K(t1, t["limit"] + (t["qty"] << 64) + (t["min"] << 128), TERMS)


def covenant(o):
    return K(terms_hash(o), o["oid"], o["s"])


def order(o):
    return K(money(ORDER, o["asset"], o["value"]), covenant(o), o["c"])


def order_nullifier(o, position):
    """nf_o and s'."""
    return K2(o["s"], order(o), position + (ONF << 64))


def market_leaf(m, base, quote, lot, fee_bp, tick):
    return K(m + (base << 32) + (quote << 64) + (lot << 96) + (fee_bp << 160) + (MKT << 192), tick, 0)


def reference_leaf(m, ref):
    return K(m + (REF << 192), ref, 0)


def price_commitment(m, base, quote, lot, dev, fee_bp, price, height, salt):
    record = m + (base << 32) + (quote << 64) + (lot << 96) + (dev << 160) + (fee_bp << 176) + (PC << 192)
    return K(record, price + (height << 64), salt)


def deviation(price, ref):
    return min(-(-abs(price - ref) * 10000 // ref), 65535) if ref else 65535


def fill(o, position, lots, price, fee_bp, height):
    """The legs, outputs and report of a fill that the terms allow."""
    buy, notional = o["side"] == 1, lots * price
    unit = o["limit"] - (-o["limit"] * o["max_fee"] // 10000) if buy else o["lot"]
    fee, base = notional * fee_bp // 10000, lots * o["lot"]
    quote = notional + fee if buy else notional - fee
    paid, proceeds = (quote, base) if buy else (base, quote)
    bought, funding = (o["base"], o["quote"]) if buy else (o["quote"], o["base"])
    nf, s = order_nullifier(o, position)
    pad, rho = K2(o["s"], nf, height + (RCPT << 64))
    left = o["qty"] - lots
    return {
        "baseLeg": base, "quoteLeg": quote, "fee": fee, "nullifier": nf,
        "proceeds": (bought, proceeds, rho), "refund": (funding, lots * unit - paid, (rho + 1) % R),
        "remainder": dict(o, qty=left, asset=funding, value=left * unit, s=s),
        "report": (lots + (price << 64) + (fee_bp << 128) + pad) % R,
    }


def tree_root(leaves, depth):
    """The root over leaves from position 0; empty subtrees have fixed roots."""
    empty = 0
    for _ in range(depth):
        leaves = leaves + [empty] * (-len(leaves) % 3)
        leaves = [K(*leaves[i : i + 3]) for i in range(0, len(leaves), 3)]
        empty = K(empty, empty, empty)
    return leaves[0] if leaves else empty


# --- spec/08: ciphertexts ---------------------------------------------------


def _chacha_block(key, counter, nonce):
    mask = 0xFFFFFFFF
    words = lambda b: [int.from_bytes(b[i : i + 4], "little") for i in range(0, len(b), 4)]
    start = words(b"expand 32-byte k" + key) + [counter] + words(nonce)
    s = list(start)
    for _ in range(10):
        for a, b, c, d in (
            (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
        ):
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & mask
                v = s[z] ^ s[x]
                s[z] = (v << n | v >> 32 - n) & mask
    return b"".join(((x + y) & mask).to_bytes(4, "little") for x, y in zip(s, start))


def chacha20poly1305(key, nonce, text):
    """RFC 8439 sealing without associated data."""
    stream = b"".join(_chacha_block(key, 1 + i, nonce) for i in range(-(-len(text) // 64)))
    ct = bytes(a ^ b for a, b in zip(text, stream))
    once = _chacha_block(key, 0, nonce)[:32]
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    data = ct + b"\0" * (-len(ct) % 16) + (0).to_bytes(8, "little") + len(ct).to_bytes(8, "little")
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    tag = (acc + int.from_bytes(once[16:], "little")) % 2**128
    return ct + tag.to_bytes(16, "little")


def seal_outputs(account, nf0, plaintexts, payment_slot, payee, entropy):
    """The 464 bytes of an action's outputs; payee is an address of 81 bytes."""
    info = b"nightjar/ephemeral/v1" + e32(nf0) + b"".join(plaintexts) + payee
    e = hkdf(entropy + account.self_key, info, 48)[:32]
    epk = x25519(e, diversified_base(payee[1:17]))
    own = hkdf(account.self_key, b"nightjar/output-self/v1" + epk + e32(nf0))
    foreign = hkdf(x25519(e, payee[49:]), b"nightjar/output-foreign/v1" + epk + e32(nf0))
    out = epk
    for j, text in enumerate(plaintexts):
        key = foreign if j == payment_slot else own
        out += chacha20poly1305(key, bytes(11) + bytes([j]), text)
    return out


def seal_fee(treasury, seed, pc, text):
    e = hkdf(seed, b"nightjar/ephemeral/v1" + e32(pc) + text)
    epk = x25519(e, diversified_base(treasury[1:17]))
    key = hkdf(x25519(e, treasury[49:]), b"nightjar/fee-seal/v1" + epk + e32(pc))
    return epk + chacha20poly1305(key, bytes(12), text)
