"""ciphertexts.json: plaintexts, commands, sealed outputs and who believes what of them."""

import chacha
import note
import seal as sl
from curve25519 import diversified_base, x25519
from field import LAST, R, e32, sample
from keys import Account, owner
from gen.order import PEGGED, handlings, refused_handlings
from order import PLAIN, encode_handling, encode_opening, encode_terms, funded
from seal import (
    CANCEL, CANCEL_ALL, HEARTBEAT, NEW_ORDER, NOTHING, OWN_NOTE, OWN_ORDER, PAYMENT, RECEIPT, decode_command,
    decode_plaintext, encode_command, encode_plaintext,
)
from wire import edit, label, refusal, refused_with

U32, U64 = 2**32 - 1, 2**64 - 1
TERMS = {
    "market": 7, "base": 1, "quote": 2, "lot": 1_000, "side": 1, "limit": 2_500,
    "qty": 40, "min": 10, "expiry": 100_000, "band": 50, "max_fee": 20,
}


def seed(n):
    return bytes(63) + bytes([n])


ALICE, BOB, STRANGER, TREASURY = (Account(seed(n)) for n in (1, 2, 3, 8))
HOME = ALICE.diversifier(0)
PAYEE = BOB.address(BOB.diversifier(3))


def own(value=0, asset=0, d=HOME):
    return {"kind": OWN_NOTE, "asset": asset, "value": value, "d": d}


def placed(terms=TERMS, value=100_200, handling=PLAIN):
    return {"kind": OWN_ORDER, "asset": 2, "value": value, "d": HOME, "terms": terms, "handling": handling}


def paid(value=12, r=9, to=PAYEE, asset=2):
    return {"kind": PAYMENT, "asset": asset, "value": value, "d": to[1:17], "r": r}


def receipt(slot=1, to=PAYEE, asset=2, value=12):
    return own(77, 2) | {"kind": RECEIPT, "slot": slot, "paid_asset": asset, "paid_value": value, "to": to}


def plaintexts():
    yield "own note", own(77, 2)
    yield "own empty note", own()
    yield "own note at its ends", own(U64, U32, b"\xff" * 16)
    yield "own note of d zero", own(1, 1, bytes(16))
    yield "own order", placed()
    yield "own order to sell", placed(TERMS | {"side": 0})
    yield "own order of terms that no fill meets", placed(TERMS | {"qty": 0, "limit": 0}, 0)
    for name, h in handlings():
        yield f"own order, handling: {name}", placed(handling=h)
    yield "payment", paid()
    yield "payment with r of 0", paid(r=0)
    yield "payment with r of r - 1", paid(U64, LAST)
    for slot in range(3):
        yield f"receipt for slot {slot}", receipt(slot)
    yield "receipt at its ends", receipt(2, PAYEE, U32, U64)


def describe_plaintext(name, p):
    out = {"name": name, "bytes": encode_plaintext(p).hex(), "kind": p["kind"], "asset": p["asset"], "value": p["value"]}
    out["d"] = p["d"].hex()
    if p["kind"] == OWN_ORDER:
        out |= {"terms": encode_terms(p["terms"]).hex(), "handling": encode_handling(p["handling"]).hex()}
    elif p["kind"] == PAYMENT:
        out["r"] = e32(p["r"]).hex()
    elif p["kind"] == RECEIPT:
        out["paid"] = {"slot": p["slot"], "asset": p["paid_asset"], "value": p["paid_value"], "to": p["to"].hex()}
    return out


def refused_plaintexts():
    note_, order_, payment_, receipt_ = map(encode_plaintext, (own(77, 2), placed(), paid(), receipt()))
    yield "nothing", "TRUNCATED", b""
    for name, data in (("note", note_), ("order", order_), ("payment", payment_), ("receipt", receipt_)):
        yield f"{name}: the last byte missing", "TRUNCATED", data[:-1]
        yield f"{name}: a byte more", "TRAILING_BYTES", data + b"\0"
        yield f"{name}: the last byte of padding", "NON_CANONICAL", edit(data, 127, b"\1")
    yield "kind 0", "UNKNOWN_KIND", edit(note_, 0, b"\0")
    yield "kind 5", "UNKNOWN_KIND", edit(note_, 0, b"\5")
    yield "kind 255", "UNKNOWN_KIND", edit(note_, 0, b"\xff")
    yield "all zeros", "UNKNOWN_KIND", bytes(128)
    yield "half a note", "TRUNCATED", note_[:20]
    yield "note: the first byte of padding", "NON_CANONICAL", edit(note_, 29, b"\1")
    yield "note with an order's terms", "NON_CANONICAL", edit(order_, 0, bytes([OWN_NOTE]))
    yield "note with a payment's r", "NON_CANONICAL", edit(payment_, 0, bytes([OWN_NOTE]))
    yield "order: the first byte of padding", "NON_CANONICAL", edit(order_, 99, b"\1")
    yield "order: cut off in its handling", "TRUNCATED", order_[:98]
    for name, code, data in refused_handlings(whole=True):
        yield f"order: handling, {name}", code, edit(order_, 82, data)
    yield "order: side 2", "NON_CANONICAL", edit(order_, 29 + 20, b"\2")
    yield "payment: r at the modulus", "NON_CANONICAL", edit(payment_, 29, e32(R))
    yield "payment: r plus the modulus", "NON_CANONICAL", edit(payment_, 29, e32(R + 9))
    yield "payment: r all ones", "NON_CANONICAL", edit(payment_, 29, b"\xff" * 32)
    yield "payment: the first byte of padding", "NON_CANONICAL", edit(payment_, 61, b"\1")
    yield "receipt: slot 3", "OUT_OF_RANGE", edit(receipt_, 29, b"\3")
    yield "receipt: slot 255", "OUT_OF_RANGE", edit(receipt_, 29, b"\xff")
    yield "receipt: an address of version 0", "UNKNOWN_VERSION", edit(receipt_, 42, b"\0")
    yield "receipt: an address of version 2", "UNKNOWN_VERSION", edit(receipt_, 42, b"\2")
    yield "receipt: pk_d at the modulus", "NON_CANONICAL", edit(receipt_, 59, e32(R))
    yield "receipt: PK_d of small order", "BAD_POINT", edit(receipt_, 91, bytes(32))
    yield "receipt: PK_d on the twist", "BAD_POINT", edit(receipt_, 91, b"\2" + bytes(31))
    yield "receipt: PK_d with its top bit", "BAD_POINT", edit(receipt_, 122, bytes([receipt_[122] | 0x80]))
    yield "receipt: the first byte of padding", "NON_CANONICAL", edit(receipt_, 123, b"\1")


def commands():
    yield "nothing", {"kind": NOTHING}
    order = funded(TERMS, oid=1, c=2, s=3)
    new = lambda order, handling=PLAIN: {"kind": NEW_ORDER, "order": order, "handling": handling}
    yield "new order", new(order)
    yield "new order at its ends", new(order | {"oid": LAST, "c": LAST, "s": LAST, "value": U64})
    yield "new order, unfunded", new(order | {"value": 0})
    for name, h in handlings():
        yield f"new order, handling: {name}", new(order, h)
    yield "cancel", {"kind": CANCEL, "ocm": 4, "s": 3}
    yield "cancel at its ends", {"kind": CANCEL, "ocm": LAST, "s": LAST}
    yield "cancel all", {"kind": CANCEL_ALL, "oid": 1}
    yield "cancel all of oid 0", {"kind": CANCEL_ALL, "oid": 0}
    yield "heartbeat", {"kind": HEARTBEAT, "oid": 1, "blocks": 120}
    yield "heartbeat of no blocks", {"kind": HEARTBEAT, "oid": 1, "blocks": 0}
    yield "heartbeat for ever", {"kind": HEARTBEAT, "oid": LAST, "blocks": U32}


def describe_command(name, c):
    out = {"name": name, "bytes": encode_command(c).hex(), "kind": c["kind"]}
    if "order" in c:
        out |= {"opening": encode_opening(c["order"]).hex(), "handling": encode_handling(c["handling"]).hex()}
    out |= {n: e32(c[n]).hex() for n in ("ocm", "s", "oid") if n in c}
    return out | ({"blocks": c["blocks"]} if "blocks" in c else {})


def refused_commands():
    made = {name: encode_command(c) for name, c in commands()}
    yield "empty", "TRUNCATED", b""
    ends = {"nothing": 1, "new order": 1 + 161 + 17 + 47, "cancel": 65, "cancel all": 33, "heartbeat": 37}
    for name, end in ends.items():
        yield f"{name}: the last byte missing", "TRUNCATED", made[name][:-1]
        yield f"{name}: a byte more", "TRAILING_BYTES", made[name] + b"\0"
        yield f"{name}: the first byte of padding", "NON_CANONICAL", edit(made[name], end, b"\1")
        yield f"{name}: the last byte of padding", "NON_CANONICAL", edit(made[name], 319, b"\1")
    yield "kind 5", "UNKNOWN_KIND", edit(made["nothing"], 0, b"\5")
    yield "kind 255", "UNKNOWN_KIND", edit(made["nothing"], 0, b"\xff")
    yield "half an order", "TRUNCATED", made["new order"][:100]
    order = made["new order"]
    yield "new order: the first reserved byte", "NON_CANONICAL", edit(order, 179, b"\1")
    yield "new order: the last reserved byte", "NON_CANONICAL", edit(order, 225, b"\1")
    yield "new order: cut off in its handling", "TRUNCATED", order[:178]
    for name, code, data in refused_handlings(whole=True):
        yield f"new order: handling, {name}", code, edit(order, 162, data)
    yield "new order: side 2", "NON_CANONICAL", edit(order, 21, b"\2")
    for name, at in (("oid", 66), ("C", 98), ("s", 130)):
        yield f"new order: {name} at the modulus", "NON_CANONICAL", edit(order, at, e32(R))
    for name, at, what in (("cancel", 1, "ocm"), ("cancel", 33, "s"), ("cancel all", 1, "oid"), ("heartbeat", 1, "oid")):
        yield f"{name}: {what} at the modulus", "NON_CANONICAL", edit(made[name], at, e32(R))
        yield f"{name}: {what} all ones", "NON_CANONICAL", edit(made[name], at, b"\xff" * 32)


def epoch_key():
    """Coefficients below 3329, a seed, and an X25519 key: what a wallet may seal to."""
    coefficients = [int.from_bytes(label("coefficient", i, size=4), "big") % 3329 for i in range(768)]
    pairs = (coefficients[i] | coefficients[i + 1] << 12 for i in range(0, 768, 2))
    polynomials = b"".join(pair.to_bytes(3, "little") for pair in pairs)
    return polynomials + label("seed of a matrix") + x25519(label("an epoch's X25519 key"), b"\x09" + bytes(31))


def refused_epoch_keys():
    good = epoch_key()
    sl.check_epoch_key(good)
    for name, key in (
        ("nothing", b""),
        ("the last byte missing", good[:-1]),
        ("a byte more", good + b"\0"),
        ("the ML-KEM key alone", good[:1184]),
        ("the first coefficient 3329", edit(good, 0, bytes([0x01, good[1] & 0xF0 | 0x0D]))),
        ("the last coefficient 3329", edit(good, 1150, bytes([good[1150] & 0x0F | 0x10, 0xD0]))),
        ("the last coefficient 4095", edit(good, 1150, bytes([good[1150] | 0xF0, 0xFF]))),
        ("all ones", b"\xff" * 1216),
        ("an X25519 key of zero", edit(good, 1184, bytes(32))),
        ("an X25519 key of one", edit(good, 1184, b"\1" + bytes(31))),
    ):
        yield refusal(name, "NON_CANONICAL", sl.check_epoch_key, key)


# --- sealed outputs ---------------------------------------------------------


class Build:
    """The outputs of one action of alice's, sealed as spec/08 says."""

    def __init__(self, name, nf0, plain, payee=None, entropy=label("entropy"), by=ALICE, by_seed=seed(1)):
        self.name, self.nf0, self.by, self.by_seed, self.entropy = name, nf0, by, by_seed, entropy
        self.payee = payee or sl.NOBODY
        self.plain, slot = sl.arrange(by, nf0, plain, self.payee)
        self.texts = [encode_plaintext(p) for p in self.plain]
        self.e, d = sl.ephemeral(by, nf0, self.texts, self.payee, entropy)
        self.epk = x25519(self.e, diversified_base(d if slot is None else self.payee[1:17]))
        self.own = sl.own_key(by, self.epk, nf0)
        self.foreign = sl.foreign_key(x25519(self.e, self.payee[49:]), self.epk, nf0) if payee else b""
        keys = [self.foreign if j == slot else self.own for j in range(3)]
        self.sealed = sl.seal_outputs(self.epk, keys, self.texts)
        self.commitments = [
            sl.payment(by, nf0, j, p["asset"], p["value"], self.payee) if j == slot else sl.output(by, nf0, j, p)
            for j, p in enumerate(self.plain)
        ]

    def vector(self):
        return {
            "name": self.name,
            "payer_seed": self.by_seed.hex(),
            "nf_0": e32(self.nf0).hex(),
            "entropy": self.entropy.hex(),
            "payee_address": self.payee.hex(),
            "plaintexts": [t.hex() for t in self.texts],
            "commitments": [e32(c).hex() for c in self.commitments],
            "e": self.e.hex(),
            "own_key": self.own.hex(),
            "foreign_key": self.foreign.hex(),
            "sealed": self.sealed.hex(),
        }


def builds():
    change = own(77, 2)
    yield Build("order, payment, change", 99, [placed(), paid(), change], PAYEE, b"\5" + bytes(31))
    yield Build("nobody is paid", 99, [own(5, 1), own(6, 2), own()])
    yield Build("order and change", 7, [placed(), change, own()])
    yield Build("a pegged order and change", 7, [placed(handling=PEGGED), change, own()])
    yield Build("payment first", 7, [paid(), change, own()], PAYEE)
    yield Build("payment last", 7, [own(), change, paid()], PAYEE)
    yield Build("order and payment, nothing left for a receipt's note", 7, [placed(), own(), paid()], PAYEE)
    mine = ALICE.address(ALICE.diversifier(9))
    yield Build("a payment to oneself", 7, [own(), paid(5, to=mine, asset=1), own()], mine)
    yield Build("no entropy", 7, [own(5, 1), paid(), own()], PAYEE, bytes(32))
    yield Build("a nullifier of r - 1", LAST, [own(5, 1), paid(), own()], PAYEE)
    yield Build("values at their ends", sample("nf_0"), [own(U64, U32), paid(U64, asset=U32), own()], PAYEE)


def scan(name, account, number, build, sealed=None, commitments=None, nf0=None, want=None):
    """What an account believes of an action; the generator knows which slots, and why."""
    sealed, commitments = sealed or build.sealed, commitments or build.commitments
    nf0 = build.nf0 if nf0 is None else nf0
    found = [(j, p["kind"]) for j, p in sl.scan(account, nf0, commitments, sealed)]
    if found != want:
        raise AssertionError(f"{name}: {found}, not {want}")
    return {
        "name": name,
        "seed": seed(number).hex(),
        "nf_0": e32(nf0).hex(),
        "commitments": [e32(c).hex() for c in commitments],
        "outputs": sealed.hex(),
        "found": [{"slot": j, "kind": kind} for j, kind in found],
    }


def slot(sealed, j):
    return sealed[32 + 144 * j :][:144]


def scans():
    made = {b.name: b for b in builds()}
    b = made["order, payment, change"]
    order, change, pay = (0, OWN_ORDER), (2, RECEIPT), (1, PAYMENT)
    yield scan("the payer", ALICE, 1, b, want=[order, change])
    yield scan("the payee", BOB, 2, b, want=[pay])
    yield scan("a stranger", STRANGER, 3, b, want=[])
    yield scan("a payer who pays itself", ALICE, 1, made["a payment to oneself"], want=[(0, RECEIPT), pay, (2, OWN_NOTE)])
    yield scan("the stranger of an action that pays nobody", BOB, 2, made["nobody is paid"], want=[])

    for who, account, n, all_found in (("payer", ALICE, 1, [order, change]), ("payee", BOB, 2, [pay])):
        yield scan(f"the {who}, another nullifier", account, n, b, nf0=98, want=[])
        yield scan(f"the {who}, an epk of zero", account, n, b, edit(b.sealed, 0, bytes(32)), want=[])
        yield scan(f"the {who}, another epk", account, n, b, edit(b.sealed, 0, b"\x09" + bytes(31)), want=[])
        yield scan(f"the {who}, epk with its top bit", account, n, b,
                   edit(b.sealed, 31, bytes([b.sealed[31] | 0x80])), want=[])
        for j in range(3):
            left = [f for f in all_found if f[0] != j]
            # A receipt whose payment is not on the chain is dropped, its note is kept.
            dropped = [(2, OWN_NOTE) if f == change and j == 1 else f for f in left]
            lying = [1 if i == j else c for i, c in enumerate(b.commitments)]
            yield scan(f"the {who}, another commitment in slot {j}", account, n, b, commitments=lying, want=dropped)
            flip = 32 + 144 * j
            for what, at in (("first byte", flip), ("tag", flip + 143)):
                garbled = edit(b.sealed, at, bytes([b.sealed[at] ^ 1]))
                yield scan(f"the {who}, slot {j}, its {what} changed", account, n, b, garbled, want=left)
    swapped = b.epk + slot(b.sealed, 2) + slot(b.sealed, 1) + slot(b.sealed, 0)
    yield scan("the payer, slots 0 and 2 exchanged", ALICE, 1, b, swapped, want=[])
    yield from dishonest()


def resealed(b, j, text, key):
    """The outputs with slot j sealed anew."""
    return edit(b.sealed, 32 + 144 * j, chacha.seal(key, bytes(11) + bytes([j]), text))


def dishonest():
    """Ciphertexts that open, on commitments that fit, and are not believed all the same."""
    b = Build("a note for each slot", 7, [own(5, 1), paid(), own(6, 2)], PAYEE)
    rest = [(0, RECEIPT), (2, OWN_NOTE)]

    def payer(name, j, p, key=b.own, commitment=None, want=rest):
        commitments = list(b.commitments)
        if commitment is not None:
            commitments[j] = commitment
        text = p if isinstance(p, bytes) else encode_plaintext(p)
        return scan(name, ALICE, 1, b, resealed(b, j, text, key), commitments, want=want)

    yield payer("the payer, control", 2, own(6, 2))
    only = [(0, RECEIPT)]
    yield payer("the payer, another value", 2, own(7, 2), want=only)
    yield payer("the payer, another asset", 2, own(6, 3), want=only)
    yield payer("the payer, another diversifier", 2, own(6, 2, ALICE.diversifier(1)), want=only)
    yield payer("the payer, a kind that is none", 2, edit(encode_plaintext(own(6, 2)), 0, b"\5"), want=only)
    yield payer("the payer, padding", 2, edit(encode_plaintext(own(6, 2)), 127, b"\1"), want=only)
    moved = placed()
    yield payer("the payer, an order in slot 2", 2, moved, commitment=sl.output(ALICE, 7, 2, moved), want=only)
    mine = {"kind": PAYMENT, "asset": 2, "value": 6, "d": HOME, "r": 9}
    yield payer("the payer, a payment under its own key", 2, mine, commitment=sl.output(ALICE, 7, 2, mine), want=only)
    for name, changes in (
        ("another value", {"paid_value": 13}),
        ("another asset", {"paid_asset": 3}),
        ("another slot", {"slot": 0}),
        ("its own slot", {"slot": 2}),
        ("another payee", {"to": ALICE.address(HOME)}),
    ):
        false = receipt() | own(6, 2) | {"kind": RECEIPT} | changes
        yield payer(f"the payer, a receipt for {name}: the note is kept", 2, false, want=rest)
    false = receipt() | own(6, 2) | {"kind": RECEIPT, "to": edit(PAYEE, 49, ALICE.address(HOME)[49:])}
    yield payer("the payer, a receipt with another PK_d: nothing on the chain says which", 2, false,
                want=[(0, RECEIPT), (2, RECEIPT)])

    def payee(name, p, want, commitment=None, key=b.foreign):
        commitments = list(b.commitments)
        if commitment is not None:
            commitments[1] = commitment
        return scan(name, BOB, 2, b, resealed(b, 1, encode_plaintext(p), key), commitments, want=want)

    honest = paid(r=ALICE.r(7, 1))
    yield payee("the payee, control", honest, [(1, PAYMENT)])
    yield payee("the payee, another r", honest | {"r": 9}, [])
    yield payee("the payee, another value", honest | {"value": 13}, [])
    yield payee("the payee, an address of another account", honest | {"d": HOME}, [])
    other = honest | {"d": BOB.diversifier(4)}
    yield payee("the payee, another address of the account", other, [])
    yield payee("the payee, another address of the account, paid", other, [(1, PAYMENT)], sl.output(BOB, 7, 1, other))
    gift = own(12, 2, BOB.diversifier(3))
    yield payee("the payee, an own note under the payment's key", gift, [], sl.output(BOB, 7, 1, gift))


# --- fee openings -----------------------------------------------------------


def fee(pc, value=31, r=5678, asset=2, secret=b"\1" + bytes(31)):
    d = TREASURY.diversifier(0)
    text = encode_plaintext({"kind": PAYMENT, "asset": asset, "value": value, "d": d, "r": r})
    return {
        "treasury_seed": seed(8).hex(),
        "seed": secret.hex(),
        "pc": e32(pc).hex(),
        "asset": asset,
        "value": value,
        "r": e32(r).hex(),
        "commitment": e32(note.commitment(asset, value, pc, owner(TREASURY.pk_d(d), r))).hex(),
        "sealed": sl.seal_fee(TREASURY.address(d), secret, pc, text).hex(),
    }


def refused_fees():
    good = fee(1234)
    sealed, commitment = bytes.fromhex(good["sealed"]), int(good["commitment"], 16)
    d = TREASURY.diversifier(0)
    e = label("another builder")
    epk = x25519(e, diversified_base(d))
    key = sl.fee_key(x25519(e, TREASURY.address(d)[49:]), epk, 1234)

    def other(p):
        return epk + chacha.seal(key, bytes(12), encode_plaintext(p))

    honest = {"kind": PAYMENT, "asset": 2, "value": 31, "d": d, "r": 5678}
    if sl.open_fee(TREASURY, 1234, commitment, other(honest)) is None:
        raise AssertionError("the control of fee openings")
    for name, number, pc, cm, data in (
        ("a stranger", 3, 1234, commitment, sealed),
        ("another pc", 8, 1235, commitment, sealed),
        ("another commitment", 8, 1234, 1, sealed),
        ("an epk of small order", 8, 1234, commitment, edit(sealed, 0, bytes(32))),
        ("another epk", 8, 1234, commitment, edit(sealed, 0, b"\x09" + bytes(31))),
        ("a byte changed", 8, 1234, commitment, edit(sealed, 32, bytes([sealed[32] ^ 1]))),
        ("the tag changed", 8, 1234, commitment, edit(sealed, 175, bytes([sealed[175] ^ 1]))),
        ("another value inside", 8, 1234, commitment, other(honest | {"value": 32})),
        ("another r inside", 8, 1234, commitment, other(honest | {"r": 5679})),
        ("another diversifier inside", 8, 1234, commitment, other(honest | {"d": TREASURY.diversifier(1)})),
        ("no payment inside", 8, 1234, commitment, other(own(31, 2, d))),
    ):
        if sl.open_fee(Account(seed(number)), pc, cm, data) is not None:
            raise AssertionError(f"{name}: believed")
        yield {"name": name, "seed": seed(number).hex(), "pc": e32(pc).hex(), "commitment": e32(cm).hex(), "sealed": data.hex()}


def positives(samples, describe, encode, decode):
    for name, p in samples:
        if code := refused_with(decode, encode(p)):
            raise AssertionError(f"{name}: {code}")
        yield describe(name, p)


def make():
    return {
        "plaintexts": list(positives(plaintexts(), describe_plaintext, encode_plaintext, decode_plaintext)),
        "refused_plaintexts": [refusal(n, code, decode_plaintext, data) for n, code, data in refused_plaintexts()],
        "commands": list(positives(commands(), describe_command, encode_command, decode_command)),
        "refused_commands": [refusal(n, code, decode_command, data) for n, code, data in refused_commands()],
        "epoch_key": epoch_key().hex(),
        "refused_epoch_keys": list(refused_epoch_keys()),
        "outputs": [b.vector() for b in builds()],
        "scans": list(scans()),
        "fees": [fee(1234), fee(0, 0, 0, 0), fee(LAST, U64, LAST, U32, label("fee")), fee(1234, secret=label("fee"))],
        "refused_fees": list(refused_fees()),
    }
