"""action.json: actions with their hashes and public inputs; what their decoder and rk refuse."""

import action as ac
import jubjub
from field import LAST, R, e32, sample
from jubjub import L, SPEND, add, encode, mul, neg, torsion
from wire import edit, label, mutation, refused_with, u64

CHAIN, FEE_ASSET, SECRET = "nightjar-test", 2, 0x5EED
U32, U64 = 2**32 - 1, 2**64 - 1

# Where fields start (spec/07).
ANCHOR, NF, CM, RK, EPOCH, FEE, X, ASSET, AMOUNT = 2, 34, 130, 226, 258, 266, 274, 275, 279
RECIPIENT, RETURN, EPK, OUTPUTS, INSTRUCTION, PROOF, SIGNATURE = 287, 351, 383, 415, 847, 2303, 2495


def run(first, n):
    """A run of n bytes, each one more than the last."""
    return bytes((first + i) % 256 for i in range(n))


SAMPLE = {
    "version": 1, "anchor": 100, "nf": [200, 201, 202], "cm": [300, 301, 302], "epoch": 5, "fee": 1_000,
    "x": 0, "asset": 0, "amount": 0, "recipient": bytes(64), "return": 0,
    "epk": run(9, 32), "outputs": run(0, 144) + run(50, 144) + run(100, 144), "instruction": run(77, 1456),
    "proof": run(33, 192),
}
ETHEREUM = ac.recipient(b"0x00112233445566778899aabbccddeeff00112233")
WITHDRAWAL = SAMPLE | {"x": 1, "asset": 7, "amount": 5_000, "recipient": ETHEREUM, "return": 400}


def actions():
    """(name, chain, fee asset, action)."""
    def made(name, of=SAMPLE, chain=CHAIN, fee_asset=FEE_ASSET, secret=SECRET, **changes):
        return name, chain, fee_asset, ac.signed(of | changes, chain, secret)

    yield made("sample")
    yield made("withdrawal", WITHDRAWAL)
    yield made("upgraded", version=2)
    yield made("another chain", chain="nightjar-main")
    yield made("a chain without a name", chain="")
    yield made("another fee asset", fee_asset=U32)
    yield made("another key", secret=L - 1)
    yield made("zeros", anchor=0, nf=[0, 0, 0], cm=[0, 0, 0], epoch=0, fee=0, epk=bytes(32), outputs=bytes(432),
               instruction=bytes(1456), proof=bytes(192), secret=1)
    ends = {
        "version": 255, "anchor": LAST, "nf": [LAST] * 3, "cm": [LAST] * 3, "epoch": U64, "fee": U64,
        "epk": b"\xff" * 32, "outputs": b"\xff" * 432, "instruction": b"\xff" * 1456, "proof": b"\xff" * 192,
    }
    yield made("ends", **ends)
    yield made("withdrawal at its ends", WITHDRAWAL, **ends, asset=U32, amount=U64,
               recipient=ac.recipient(b"\xff" * 63), **{"return": LAST})
    yield made("the smallest withdrawal", WITHDRAWAL, asset=0, amount=1, recipient=ac.recipient(b"\0"), **{"return": 1})
    yield made("random", anchor=sample("anchor"), nf=[sample("nf", i) for i in range(3)],
               cm=[sample("cm", i) for i in range(3)], epk=label("epk"), outputs=label("outputs", size=432),
               instruction=label("instruction", size=1456), proof=label("proof", size=192))


def describe(name, chain, fee_asset, a):
    data = ac.encode(a)
    decoded = ac.decode(data)
    ac.verify_signature(decoded, chain)
    if len(data) != ac.SIZE or decoded != a:
        raise AssertionError(name)
    return {
        "name": name,
        "chain": chain,
        "feeAsset": fee_asset,
        "bytes": data.hex(),
        "digest": e32(ac.digest(a, chain)).hex(),
        "sighash": ac.sighash(a, chain).hex(),
        "id": ac.txid(a, chain).hex(),
        "aad": ac.aad(a).hex(),
        "publicInputs": [e32(v).hex() for v in ac.public_inputs(a, chain, fee_asset)],
    }


def refused(made):
    """Edits of the sample and of the withdrawal that no longer decode."""
    def bad(name, code, offset=0, replacement=b"", of="sample", **more):
        return mutation(name, code, ac.decode, of, made[of], offset, replacement, **more)

    yield bad("no bytes", "TRUNCATED", cut=ac.SIZE)
    yield bad("the kind alone", "TRUNCATED", cut=ac.SIZE - 1)
    yield bad("without proof and signature", "TRUNCATED", cut=256)
    yield bad("the last byte missing", "TRUNCATED", cut=1)
    yield bad("one byte more", "TRAILING_BYTES", append=b"\0")
    yield bad("two signatures", "TRAILING_BYTES", append=bytes(64))
    for kind in (0, 2, 255):
        yield bad(f"kind {kind}", "UNKNOWN_KIND", 0, bytes([kind]))
    yield bad("version 0", "UNKNOWN_VERSION", 1, b"\0")
    elements = {"anchor": ANCHOR} | {f"nf_{i}": NF + 32 * i for i in range(3)} | {f"cm_{i}": CM + 32 * i for i in range(3)}
    for name, at in elements.items():
        value = int.from_bytes(made["sample"][at : at + 32], "big")
        yield bad(f"{name} at the modulus", "NON_CANONICAL", at, e32(R))
        yield bad(f"{name} plus the modulus", "NON_CANONICAL", at, e32(R + value))
        yield bad(f"{name} all ones", "NON_CANONICAL", at, b"\xff" * 32)
    off = next(y for y in range(2, 100) if jubjub.lift(y, False) is None)
    points = {
        "at the modulus": e32(R), "all ones": b"\xff" * 32, "off the curve": e32(off), "the identity": e32(1),
        "the identity with a sign": e32(1 | 1 << 255), "the identity plus the modulus": e32(R + 1),
    }
    key = mul(SECRET, SPEND)
    for i, t in enumerate(torsion()[1:], 1):
        points |= {f"torsion point {i}": encode(t), f"of composite order, {i}": encode(add(key, t))}
    for name, point in points.items():
        yield bad(f"rk {name}", "BAD_POINT", RK, point)
    for x in (2, 255):
        yield bad(f"x is {x}", "NON_CANONICAL", X, bytes([x]))
    yield bad("x without a withdrawal", "BAD_WITHDRAWAL", X, b"\1")
    yield bad("an asset without an amount", "BAD_WITHDRAWAL", ASSET + 3, b"\7")
    yield bad("a recipient without an amount", "BAD_WITHDRAWAL", RECIPIENT, b"\1\xab")
    yield bad("a recipient's length without an amount", "BAD_WITHDRAWAL", RECIPIENT, b"\1")
    yield bad("a recipient's last byte without an amount", "BAD_WITHDRAWAL", RECIPIENT + 63, b"\1")
    yield bad("a return commitment without an amount", "BAD_WITHDRAWAL", RETURN + 31, b"\1")
    yield bad("an amount alone", "BAD_WITHDRAWAL", AMOUNT + 7, b"\1")
    yield bad("an amount and x alone", "BAD_WITHDRAWAL", X, b"\1" + bytes(4) + u64(1))

    def out(name, code, offset, replacement):
        return bad(name, code, offset, replacement, of="withdrawal")

    yield out("a withdrawal without x", "BAD_WITHDRAWAL", X, b"\0")
    yield out("x without an amount", "BAD_WITHDRAWAL", AMOUNT, bytes(8))
    yield out("an output without amount and x", "BAD_WITHDRAWAL", X, bytes(1 + 4 + 8))
    yield out("no recipient", "BAD_WITHDRAWAL", RECIPIENT, bytes(64))
    yield out("a recipient of no length", "BAD_WITHDRAWAL", RECIPIENT, b"\0")
    yield out("a recipient of 64 bytes", "BAD_WITHDRAWAL", RECIPIENT, b"\x40")
    yield out("a recipient of 255 bytes", "BAD_WITHDRAWAL", RECIPIENT, b"\xff")
    yield out("a length one byte short", "BAD_WITHDRAWAL", RECIPIENT, bytes([ETHEREUM[0] - 1]))
    yield out("a byte after the recipient", "BAD_WITHDRAWAL", RECIPIENT + 1 + ETHEREUM[0], b"\1")
    yield out("the last byte after the recipient", "BAD_WITHDRAWAL", RECIPIENT + 63, b"\1")
    yield out("no return commitment", "BAD_WITHDRAWAL", RETURN, bytes(32))
    yield out("a return commitment at the modulus", "NON_CANONICAL", RETURN, e32(R))
    yield out("a return commitment plus the modulus", "NON_CANONICAL", RETURN, e32(R + 400))


def unsigned(made):
    """Edits that decode, and under which rk's signature does not hold."""
    def bad(name, offset=0, replacement=b"", of="sample", chain=CHAIN):
        def check(data):
            ac.verify_signature(ac.decode(data), chain)

        return {"chain": chain} | mutation(name, "BAD_SPEND_SIGNATURE", check, of, made[of], offset, replacement)

    data = made["withdrawal"]
    s = int.from_bytes(data[SIGNATURE + 32 :], "big")
    key = mul(SECRET, SPEND)
    yield bad("on another chain", chain="nightjar-main")
    yield bad("for another version", 1, b"\2")
    yield bad("for version 255", 1, b"\xff")
    for name, at, size in (
        ("anchor", ANCHOR, 32), ("nf_0", NF, 32), ("nf_2", NF + 64, 32), ("cm_0", CM, 32), ("cm_2", CM + 64, 32),
        ("epoch", EPOCH, 8), ("fee", FEE, 8), ("asset", ASSET, 4), ("amount", AMOUNT, 8), ("return", RETURN, 32),
        ("epk", EPK, 32), ("outputs", OUTPUTS, 432), ("instruction", INSTRUCTION, 1456), ("signature", SIGNATURE, 64),
    ):
        last = at + size - 1
        yield bad(f"{name}, its last byte changed", last, bytes([data[last] ^ 1]), of="withdrawal")
    yield bad("a recipient's byte changed", RECIPIENT + 1, b"1", of="withdrawal")
    yield bad("rk with the other sign", RK, encode(neg(key)))
    yield bad("rk of somebody else", RK, encode(mul(SECRET + 1, SPEND)))
    yield bad("S plus the order", SIGNATURE + 32, e32(s + L), of="withdrawal")
    yield bad("S at the order", SIGNATURE + 32, e32(L))
    yield bad("a signature of zeros", SIGNATURE, bytes(64))
    yield bad("the withdrawal's signature", SIGNATURE, data[SIGNATURE:])


def make():
    described = [describe(*a) for a in actions()]
    made = {v["name"]: bytes.fromhex(v["bytes"]) for v in described}
    # Controls: the proof is not signed, and decodes whatever it is.
    if refused_with(lambda b: ac.verify_signature(ac.decode(b), CHAIN), edit(made["sample"], PROOF, bytes(192))):
        raise AssertionError("the proof is signed")
    return {"actions": described, "refused": list(refused(made)), "unsigned": list(unsigned(made))}
