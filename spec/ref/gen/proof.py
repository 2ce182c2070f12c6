"""proof.json: keys, proofs and batches of proofs (spec/11).

The keys are toys with known trapdoors: whoever reads this file can prove
anything under them. Negatives are as sharp as the trapdoors allow: where a
name says "the equation holds", nothing but the named check refuses it.
"""

from bls12_381 import G1, G2, ORDER, P
from groth16 import Claim, coefficients, commit, decode_key, scalar, toy_key, verify_batch
from wire import edit, mutation, refused_with, u16

SIZES = {"fifteen inputs": 15, "ten inputs": 10, "eight inputs": 8, "fewest inputs": 1, "most inputs": 64}
EDGES = [0, 1, 2**32 - 1, 2**64 - 1, ORDER - 1]
INFINITY = {48: G1.encode(None), 96: G2.encode(None)}
PROOF_PARTS = {"A": (0, G1), "B": (48, G2), "C": (144, G1)}


def small(group, name):
    """A scalar whose point has an x that, p added, still fits into 381 bits."""
    i = 0
    while True:
        s = scalar("small", name, i)
        x, _ = group.mul(s, group.generator)
        if max(x.c0, x.c1) < 2**381 - P:
            return s
        i += 1


def torsion(group):
    """A point of the curve whose order divides the cofactor: it vanishes in every pairing."""
    return group.mul(ORDER, group.outside())


def shifted(group, encoding):
    """The same point to a pairing, outside the subgroup."""
    return group.encode(group.add(group.decode(encoding), torsion(group)))


def past_modulus(encoding, part):
    """The encoding with p added to one coordinate."""
    b = bytearray(encoding)
    flags, b[0] = b[0] & 0xE0, b[0] & 0x1F
    raised = int.from_bytes(b[48 * part : 48 * part + 48], "big") + P
    b[48 * part : 48 * part + 48] = raised.to_bytes(48, "big")
    if b[0] >= 0x20:
        raise AssertionError("x + p does not fit")
    b[0] |= flags
    return bytes(b)


def make():
    keys = {name: toy_key(name, n) for name, n in SIZES.items()}
    claims = good_claims(keys)
    named = {c["name"]: Claim(keys[c["key"]], [int(x, 16) for x in c["public"]], bytes.fromhex(c["proof"])) for c in claims}
    return {
        "keys": [{"name": n, "bytes": k.encode().hex(), "hash": k.hash().hex()} for n, k in keys.items()],
        "refusedKeys": refused_keys(keys),
        "claims": claims,
        "refused": refused_claims(keys, named),
        "batches": batches(keys, named),
    }


def element(x):
    return x.to_bytes(32, "big").hex()


def good_claims(keys):
    out = []

    def add(name, key, public, proof):
        Claim(keys[key], public, proof).verify()
        out.append({"name": name, "key": key, "public": [element(x) for x in public], "proof": proof.hex()})

    def random(name, n):
        return [scalar("public input", name, i) for i in range(n)]

    a, b = small(G1, "A"), small(G2, "B")
    for name, n in SIZES.items():
        public = random(name, n)
        add(name, name, public, keys[name].prove(public, a, b))

    ten = keys["ten inputs"]
    edges = EDGES + EDGES[::-1]
    add("inputs at their bounds", "ten inputs", edges, ten.prove(edges, scalar("a"), scalar("b")))
    add("inputs of 0", "ten inputs", [0] * 10, ten.prove([0] * 10, scalar("a"), scalar("b")))
    vanishing = random("L at infinity", 9)
    rest = ten.l(vanishing + [0])
    vanishing.append(-rest * pow(ten.ks[10], -1, ORDER) % ORDER)
    if ten.l(vanishing):
        raise AssertionError("L is not infinity")
    add("inputs that make L infinity", "ten inputs", vanishing, ten.prove(vanishing, scalar("a"), scalar("b")))

    public = random("ten inputs", 10)
    half = pow(2, -1, ORDER)
    moved = commit(G1, 2 * a) + commit(G2, b * half) + ten.prove(public, a, b)[144:]
    add("re-randomised: [2]A, [1/2]B, C", "ten inputs", public, moved)
    k = scalar("k")
    add("re-randomised: A, B + [k]δ, C + [k]A", "ten inputs", public, ten.prove(public, a, b + k * ten.delta))
    add("the generators as A and B", "ten inputs", public, ten.prove(public, 1, 1))
    return out


def refused_keys(keys):
    name = "ten inputs"
    raw = keys[name].encode()
    out = []

    def add(what, code, *at, **how):
        out.append(mutation(what, code, decode_key, name, raw, *at, **how))

    add("nothing", "TRUNCATED", cut=len(raw))
    add("the last byte missing", "TRUNCATED", cut=1)
    add("the last K missing", "TRUNCATED", cut=48)
    add("one byte more", "TRAILING_BYTES", append=b"\0")
    add("one K more", "TRAILING_BYTES", append=commit(G1, 1))
    add("version 0", "UNKNOWN_VERSION", 0, b"\x00")
    add("version 2", "UNKNOWN_VERSION", 0, b"\x02")
    first = 339
    add("no K", "OUT_OF_RANGE", 337, u16(0), cut=11 * 48)
    add("one K", "OUT_OF_RANGE", 337, u16(1), cut=10 * 48)
    add("a count of one K less than there are", "TRAILING_BYTES", 337, u16(10))
    add("a count of one K more than there are", "TRUNCATED", 337, u16(12))
    add("66 K", "OVERSIZED", 337, u16(66), append=commit(G1, 1) * 55)
    add("65535 K", "OVERSIZED", 337, u16(65535))

    for what, at, group in (
        ("α", 1, G1), ("β", 49, G2), ("γ", 145, G2), ("δ", 241, G2),
        ("K_0", first, G1), ("K_5", first + 5 * 48, G1), ("K_10", first + 10 * 48, G1),
    ):
        here = raw[at : at + group.size]
        add(f"{what} at infinity", "BAD_POINT", at, INFINITY[group.size])
        add(f"{what} off the curve", "BAD_POINT", at, group.no_point())
        add(f"{what} outside the subgroup, the same in every pairing", "BAD_POINT", at, shifted(group, here))
    for what, at, group in (("α", 1, G1), ("γ", 145, G2), ("K_10", first + 480, G1)):
        here = raw[at : at + group.size]
        add(f"{what} all zeros", "BAD_POINT", at, bytes(group.size))
        add(f"{what} without the compression flag", "BAD_POINT", at, bytes([here[0] & 0x7F]))
        add(f"{what} with the infinity flag", "BAD_POINT", at, bytes([here[0] | 0x40]))
        add(f"{what} with all flags, else zeros", "BAD_POINT", at, b"\xe0" + bytes(group.size - 1))
        add(f"{what} with x at the modulus", "BAD_POINT", at, past_modulus(bytes([0x80]) + bytes(group.size - 1), 0))
    add("γ with c0 at the modulus", "BAD_POINT", 145, past_modulus(raw[145:193] + bytes(48), 1))
    return out


def refused_claims(keys, named):
    """Each is a good claim with another key, other inputs or another proof."""
    out = []

    def add(name, of, *, key=None, public=None, proof=None):
        good = named[of]
        c = Claim(keys[key] if key else good.key, good.public if public is None else public, proof or good.proof)
        code = refused_with(lambda _: c.verify(), None)
        if code != "BAD_PROOF":
            raise AssertionError(f"{name}: {code}")
        v = {"name": name, "of": of}
        if key:
            v["key"] = key
        if public is not None:
            v["public"] = [element(x) for x in public]
        if proof:
            v["proof"] = proof.hex()
        out.append(v | {"code": code})

    of = "ten inputs"
    good = named[of]
    key, public, raw = good.key, good.public, good.proof

    # The bytes of a point.
    for what, (at, group) in PROOF_PARTS.items():
        here = raw[at : at + group.size]
        replaced = {
            "all zeros": bytes(group.size),
            "without the compression flag": bytes([here[0] & 0x7F]) + here[1:],
            "with the infinity flag": bytes([here[0] | 0x40]) + here[1:],
            "at infinity": INFINITY[group.size],
            "at infinity with the sign flag": bytes([0xE0]) + bytes(group.size - 1),
            "off the curve": group.no_point(),
            "with the other root": bytes([here[0] ^ 0x20]) + here[1:],
            "outside the subgroup": group.encode(group.outside()),
            "outside the subgroup, the equation holds": shifted(group, here),
        }
        for how, b in replaced.items():
            add(f"{what} {how}", of, proof=edit(raw, at, b))
    add("A with x + p, the equation holds", of, proof=edit(raw, 0, past_modulus(raw[:48], 0)))
    add("B with c1 + p, the equation holds", of, proof=edit(raw, 48, past_modulus(raw[48:144], 0)))
    add("B with c0 + p, the equation holds", of, proof=edit(raw, 48, past_modulus(raw[48:144], 1)))
    b = raw[48:144]
    exchanged = bytes([b[0] & 0xE0 | b[48]]) + b[49:] + bytes([b[0] & 0x1F]) + b[1:48]
    add("B with c0 before c1", of, proof=edit(raw, 48, exchanged))
    add("all zeros", of, proof=bytes(192))

    # Infinity where the equation holds all the same: 0 = αβ + lγ + cδ, and c = 0.
    ab = (key.alpha * key.beta + key.l(public) * key.gamma) % ORDER
    c = -ab * pow(key.delta, -1, ORDER) % ORDER
    add("A at infinity, the equation holds", of, proof=INFINITY[48] + commit(G2, 7) + commit(G1, c))
    add("B at infinity, the equation holds", of, proof=commit(G1, 7) + INFINITY[96] + commit(G1, c))
    add("C at infinity, the equation holds", of, proof=commit(G1, ab) + commit(G2, 1) + INFINITY[48])

    # Points of the group that are the wrong ones.
    add("A and C exchanged", of, proof=raw[144:] + raw[48:144] + raw[:48])
    add("A doubled", of, proof=commit(G1, 2 * small(G1, "A")) + raw[48:])
    add("C of another proof", of, proof=raw[:144] + named["inputs of 0"].proof[144:])
    add("α, β and a point for C", of, proof=commit(G1, key.alpha) + commit(G2, key.beta) + commit(G1, 1))

    # The inputs.
    for i in (0, 4, 9):
        add(f"input {i + 1} and 1", of, public=public[:i] + [(public[i] + 1) % ORDER] + public[i + 1 :])
    add("the first two inputs exchanged", of, public=[public[1], public[0]] + public[2:])
    add("all inputs 0", of, public=[0] * 10)
    add("no inputs", of, public=[])
    add("an input too few", of, public=public[:9])
    add("an input too many", of, public=public + [0])
    add("an input too few, which was 0", "inputs of 0", public=[0] * 9)

    # The key.
    add("another key, and inputs to fit", of, public=[0] * 8, key="eight inputs")
    add("another key, of fewer inputs", of, key="eight inputs")
    add("another key, of more inputs", of, key="fifteen inputs")
    add("another key, of more inputs, 0 added", of, key="fifteen inputs", public=public + [0] * 5)
    return out


def batches(keys, named):
    """Each with its coefficients; a code if it is refused."""
    out = []

    def add(name, members, code=None):
        claims = []
        for m in members:
            good = named[m["of"]]
            public = [int(x, 16) for x in m["public"]] if "public" in m else good.public
            claims.append(Claim(good.key, public, bytes.fromhex(m["proof"]) if "proof" in m else good.proof))
        got = refused_with(lambda _: verify_batch(claims), None)
        if got != code:
            raise AssertionError(f"{name}: {got}, not {code}")
        v = {"name": name, "claims": members, "coefficients": [element(r) for r in coefficients(claims)]}
        out.append(v | ({"code": code} if code else {}))

    of = lambda name: {"of": name}
    first, second = "ten inputs", "inputs at their bounds"
    add("no claims", [])
    add("one", [of(first)])
    add("all claims", [of(n) for n in named])
    add("all claims, the other way round", [of(n) for n in reversed(named)])
    add("one claim three times", [of(first)] * 3)

    def moved(name, public=None, c=None):
        v = of(name)
        if public:
            v["public"] = [element(x) for x in public]
        if c is not None:
            good = named[name]
            v["proof"] = (good.proof[:144] + G1.encode(G1.add(G1.decode(good.proof[144:]), c))).hex()
        return v

    # Errors that cancel when all coefficients are equal. The shifted points
    # are [c ± 1]G1: their logarithms have to be known.
    for n, step in ((first, 1), (second, -1)):
        g = named[n]
        known = (g.key.alpha * g.key.beta + g.key.l(g.public) * g.key.gamma) % ORDER
        a, b = (small(G1, "A"), small(G2, "B")) if n == first else (scalar("a"), scalar("b"))
        commit(G1, ((a * b - known) * pow(g.key.delta, -1, ORDER) + step) % ORDER)
    one = G1.generator
    p, q = named[first].public, named[second].public
    up, down = [(p[0] + 1) % ORDER] + p[1:], [(q[0] - 1) % ORDER] + q[1:]
    more, less = moved(first, c=one), moved(second, c=G1.neg(one))
    add("C + G and C − G", [more, less], "BAD_PROOF")
    add("C + G and C − G, good claims between", [more, of("eight inputs"), of("inputs of 0"), less], "BAD_PROOF")
    add("an input and 1, another less 1", [moved(first, up), moved(second, down)], "BAD_PROOF")
    add("inputs of two claims exchanged", [moved(first, q), moved(second, p)], "BAD_PROOF")
    add("one bad claim among good ones", [of(n) for n in named] + [moved(first, up)], "BAD_PROOF")
    add("a proof outside the subgroup among good ones, the equation holds", [
        of(second), {"of": first, "proof": (shifted(G1, named[first].proof[:48]) + named[first].proof[48:]).hex()},
    ], "BAD_PROOF")
    return out
