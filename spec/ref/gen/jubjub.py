"""jubjub.json: generators, multiples, signatures, points and scalars on the wire."""

import jubjub as jj
from field import R, e32, wide
from jubjub import GENERATORS, IDENTITY, L, SPEND, add, encode, mul, neg, torsion
from wire import Reader, label, refusal

SPEND_SIG, BINDING_SIG = "nightjar/spend-signature/v1", "nightjar/binding-signature/v1"


def decode_point(data):
    r = Reader(data)
    jj.read(r)
    r.done()


def decode_scalar(data):
    r = Reader(data)
    r.below(L)
    r.done()


def named(name, p):
    return {"name": name, "x": e32(p[0]).hex(), "y": e32(p[1]).hex(), "wire": encode(p).hex()}


def multiple(base, k):
    return {"base": base, "scalar": e32(k).hex(), "wire": encode(mul(k, GENERATORS[base])).hex()}


def signature(context, base, k, message, entropy):
    return {
        "context": context,
        "base": base,
        "secret": e32(k).hex(),
        "key": encode(mul(k, GENERATORS[base])).hex(),
        "message": message.hex(),
        "entropy": entropy.hex(),
        "signature": jj.sign(context, GENERATORS[base], k, message, entropy).hex(),
    }


def forged(name, context, base, key, message, sig):
    """A signature that does not verify, with a key that may be the identity."""
    if jj.verify(context, GENERATORS[base], key, message, sig):
        raise AssertionError(f"{name}: it verifies")
    return {
        "name": name, "context": context, "base": base, "key": encode(key).hex(),
        "message": message.hex(), "signature": sig.hex(),
    }


def forgeries():
    k, m = 42, b"nightjar"
    key = mul(k, SPEND)
    good = jj.sign(SPEND_SIG, SPEND, k, m)
    r, s = good[:32], int.from_bytes(good[32:], "big")
    point = jj._decode(r)
    negated = encode(neg(point))
    cases = [
        ("another message", SPEND_SIG, "spend", key, m + b"\0", good),
        ("another context", BINDING_SIG, "spend", key, m, good),
        ("another base", SPEND_SIG, "blind", key, m, good),
        ("another key", SPEND_SIG, "spend", mul(k + 1, SPEND), m, good),
        ("the negated key", SPEND_SIG, "spend", neg(key), m, good),
        ("S plus the order", SPEND_SIG, "spend", key, m, r + e32(s + L)),
        ("S plus twice the order", SPEND_SIG, "spend", key, m, r + e32(s + 2 * L)),
        ("S negated", SPEND_SIG, "spend", key, m, r + e32(L - s)),
        ("R negated", SPEND_SIG, "spend", key, m, negated + good[32:]),
        ("R's y plus the modulus", SPEND_SIG, "spend", key, m, e32(point[1] + R) + good[32:]),
        ("R and S exchanged", SPEND_SIG, "spend", key, m, good[32:] + r),
        ("all zeros", SPEND_SIG, "spend", key, m, bytes(64)),
        # Under the identity as key, R = [S]B would do for every message.
        ("the identity as key", SPEND_SIG, "spend", IDENTITY, m, encode(SPEND) + e32(1)),
        ("the identity as key and as R", SPEND_SIG, "spend", IDENTITY, m, encode(IDENTITY) + e32(0)),
    ]
    for i, t in enumerate(torsion()[1:], 1):
        cases.append((f"R plus torsion point {i}", SPEND_SIG, "spend", key, m, encode(add(point, t)) + good[32:]))
    return [forged(*c) for c in cases]


def refusals():
    g, small = encode(SPEND), torsion()
    off = next(y for y in range(2, 100) if jj.lift(y, False) is None)
    # The base of a generator before its cofactor is cleared: on the curve only.
    full = next(p for y in range(2, 100) if (p := jj.lift(y, False)) and mul(4, mul(L, p)) != IDENTITY)
    cases = [
        ("nothing", "TRUNCATED", b""),
        ("the last byte missing", "TRUNCATED", g[:-1]),
        ("a byte more", "TRAILING_BYTES", g + b"\0"),
        ("the identity", "BAD_POINT", encode(IDENTITY)),
        ("the identity with a sign", "BAD_POINT", e32(1 | 1 << 255)),
        ("of order 2 with a sign", "BAD_POINT", e32(R - 1 | 1 << 255)),
        ("y at the modulus", "BAD_POINT", e32(R)),
        ("y at the modulus, with a sign", "BAD_POINT", e32(R | 1 << 255)),
        ("the identity's y plus the modulus", "BAD_POINT", e32(R + 1)),
        ("off the curve's y plus the modulus", "BAD_POINT", e32(R + off)),
        ("all ones", "BAD_POINT", b"\xff" * 32),
        ("not on the curve", "BAD_POINT", e32(off)),
        ("not on the curve, with a sign", "BAD_POINT", e32(off | 1 << 255)),
        ("of composite order", "BAD_POINT", encode(full)),
    ]
    small_y = next(mul(k, SPEND) for k in range(1, 99) if mul(k, SPEND)[1] + R < 2**255)
    cases.append(("a good point's y plus the modulus", "BAD_POINT", e32(small_y[1] + R | (encode(small_y)[0] >> 7) << 255)))
    for i, t in enumerate(small[1:], 1):
        cases.append((f"torsion point {i}", "BAD_POINT", encode(t)))
        cases.append((f"spend plus torsion point {i}", "BAD_POINT", encode(add(SPEND, t))))
    return [refusal(name, code, decode_point, data) for name, code, data in cases]


def make():
    multiples = [multiple(name, k) for name in GENERATORS for k in (1, 2, L - 1)]
    for name in GENERATORS:
        multiples.append(multiple(name, wide("nightjar/generator/v1", label("jubjub", name)) % L))
    return {
        "generators": [named(name, p) for name, p in GENERATORS.items()],
        "multiples": multiples,
        "signatures": [
            signature(SPEND_SIG, "spend", 1000, b"nightjar", b""),
            signature(SPEND_SIG, "spend", 1000, b"nightjar", b"\1\2\3"),
            signature(BINDING_SIG, "blind", 1001, b"nightjar", b"\1\2\3"),
            signature(SPEND_SIG, "spend", 1, b"", b""),
            signature(SPEND_SIG, "spend", L - 1, label("message", size=300), label("entropy")),
        ],
        "forged": forgeries(),
        "refused": refusals(),
        "refused_scalars": [
            refusal(name, code, decode_scalar, data)
            for name, code, data in (
                ("the last byte missing", "TRUNCATED", e32(1)[:-1]),
                ("a byte more", "TRAILING_BYTES", e32(1) + b"\0"),
                ("the order", "NON_CANONICAL", e32(L)),
                ("the order plus 1", "NON_CANONICAL", e32(L + 1)),
                ("the modulus of F less 1", "NON_CANONICAL", e32(R - 1)),
                ("all ones", "NON_CANONICAL", b"\xff" * 32),
            )
        ],
    }
