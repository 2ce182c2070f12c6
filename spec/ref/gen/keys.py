"""keys.json: what accounts derive; addresses, keys and phrases that are refused."""

import bech32m
import bip39
import jubjub
import keys
from curve25519 import ORDER, Q, diversified_base, ladder, on_curve
from field import R, e32
from keys import NETWORKS, Account, owner
from wire import Reader, edit, label, refusal, refused_with

ZEROS = bip39.words(bytes(16))
PHRASES = (
    (ZEROS, 0),
    (ZEROS, 1),
    (ZEROS, 2**32 - 1),
    (bip39.words(bytes.fromhex("b63a9c59a6e641f288ebc103017f1da9f8290b3da6bdef7b")), 0),
    (bip39.words(label("phrase")), 7),
)
NF0, ENTROPY = 7, b"\5"


def address(k, i):
    d = k.diversifier(i)
    wire = k.address(d)
    return {
        "index": i,
        "d": d.hex(),
        "g_d": diversified_base(d).hex(),
        "pk_d": e32(k.pk_d(d)).hex(),
        "PK_d": wire[49:].hex(),
        **{network: keys.text("address", network, wire) for network in NETWORKS},
        "c_of_r_1": e32(owner(k.pk_d(d), k.r(NF0, 1))).hex(),
    }


def account(phrase, index):
    seed = bip39.seed(phrase)
    k = Account(seed, index)
    alpha = keys.randomizer(ENTROPY)
    return {
        "phrase": phrase,
        "seed": seed.hex(),
        "index": index,
        "ask": e32(k.ask).hex(),
        "ak": jubjub.encode(k.ak).hex(),
        "nk": e32(k.nk).hex(),
        "dk": e32(k.dk).hex(),
        "oid": e32(k.oid).hex(),
        "self_key": k.self_key.hex(),
        "scan_key": k.scan_key.hex(),
        "viewing_key": keys.text("viewing key", "main", k.viewing_key),
        "prover_key": keys.text("prover key", "main", k.prover_key),
        "addresses": [address(k, i) for i in (0, 1, 2**32 - 1)],
        "r_1": e32(k.r(NF0, 1)).hex(),
        "s": e32(k.s(NF0)).hex(),
        "r_deposit_3": e32(k.r_deposit(3)).hex(),
        "r_deposit_last": e32(k.r_deposit(2**64 - 1)).hex(),
        "r_return": e32(k.r_return(NF0)).hex(),
        "rho_dummy_1": e32(k.rho_dummy(NF0, 1)).hex(),
        "alpha": e32(alpha).hex(),
        "rk": jubjub.encode(k.rk(alpha)).hex(),
    }


# The u of the points of small order that are below p (RFC 7748, section 6.1).
SMALL = {
    "order 2": 0,
    "order 4": 1,
    "order 4 on the twist": Q - 1,
    "order 8": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "order 8, the other": 39382357235489614581723060781553021112529911719440698176882885853963445705823,
}


def strange_points(good):
    """(name, u) of points that are no address's; good is the u of one that is."""
    for name, u in SMALL.items():
        if ladder(8, u)[1] != 0:
            raise AssertionError(f"{name} is of another order")
        yield f"PK_d of {name}", u
    # P + (0, 0) has u = 1/u(P), and would receive the same payments.
    yield "PK_d plus the point of order 2", pow(good, -1, Q)
    yield "PK_d of composite order", next(u for u in range(2, 99) if on_curve(u) and ladder(ORDER, u)[1] != 0)
    yield "PK_d on the twist", next(u for u in range(2, 99) if not on_curve(u))
    yield "PK_d at the modulus", Q
    yield "PK_d at the modulus plus 9", Q + 9
    yield "PK_d all ones", 2**256 - 1


def contents(good):
    """(name, code of the byte decoder, bytes): one fault in an address each."""
    yield "nothing", "TRUNCATED", b""
    yield "the last byte missing", "TRUNCATED", good[:-1]
    yield "a byte more", "TRAILING_BYTES", good + b"\0"
    yield "version 0", "UNKNOWN_VERSION", edit(good, 0, b"\0")
    yield "version 2", "UNKNOWN_VERSION", edit(good, 0, b"\2")
    yield "pk_d at the modulus", "NON_CANONICAL", edit(good, 17, e32(R))
    yield "pk_d at the modulus plus 1", "NON_CANONICAL", edit(good, 17, e32(R + 1))
    yield "pk_d all ones", "NON_CANONICAL", edit(good, 17, b"\xff" * 32)
    yield "PK_d with its top bit", "BAD_POINT", edit(good, 80, bytes([good[80] | 0x80]))
    for name, u in strange_points(int.from_bytes(good[49:], "little")):
        yield name, "BAD_POINT", edit(good, 49, u.to_bytes(32, "little"))


def refused_addresses(good):
    def decode(data):
        reader = Reader(data)
        keys.read_address(reader)
        reader.done()

    return [refusal(name, code, decode, data) for name, code, data in contents(good)]


def texts(kind, data, others):
    """(name, text, network's prefix, code) of texts that are no such thing."""
    letter, _, code = keys.TEXTS[kind]
    good = keys.text(kind, "main", data)
    hrp, values = bech32m.split(good)
    flip = "p" if good[20] == "q" else "q"
    main = NETWORKS["main"]
    yield "nothing", "", main, code
    yield "the separator alone", "1", main, code
    yield "one wrong character", good[:20] + flip + good[21:], main, code
    yield "two characters exchanged", good[:20] + good[21] + good[20] + good[22:], main, code
    yield "cut short", good[:-1], main, code
    yield "a character more", good + "q", main, code
    yield "upper case", good.upper(), main, code
    yield "mixed case", good[:3] + good[3:].upper(), main, code
    yield "white space before", " " + good, main, code
    yield "a line's end after", good + "\n", main, code
    yield "a letter outside the alphabet", good[:20] + "b" + good[21:], main, code
    yield "a checksum of BIP-173", bech32m.encode_values(hrp, values, 1), main, code
    yield "a prefix of nobody", bech32m.encode("bc" + letter, data), main, code
    yield "a network's prefix put before good data", NETWORKS["test"] + letter + good[len(hrp) :], NETWORKS["test"], code
    yield "written for test, read on main", keys.text(kind, "test", data), main, "WRONG_NETWORK"
    yield "written for main, read on development", good, NETWORKS["development"], "WRONG_NETWORK"
    yield "no network", good, "", "WRONG_NETWORK"
    yield "a byte missing", bech32m.encode(hrp, data[:-1]), main, code
    yield "a byte more", bech32m.encode(hrp, data + b"\0"), main, code
    yield "no bytes", bech32m.encode(hrp, b""), main, code
    yield "version 0", bech32m.encode(hrp, edit(data, 0, b"\0")), main, code
    yield "version 2", bech32m.encode(hrp, edit(data, 0, b"\2")), main, code
    if len(data) * 8 % 5:
        yield "padding that is not zero", bech32m.encode_values(hrp, values[:-1] + [values[-1] | 1]), main, code
    yield "a whole value of padding", bech32m.encode_values(hrp, values + [0]), main, code
    for other, text in others.items():
        yield f"the text of a {other}", text, main, code


def refused_texts(k):
    address, viewing, prover = k.address(k.diversifier(0)), k.viewing_key, k.prover_key
    all_kinds = {"address": address, "viewing key": viewing, "prover key": prover}
    good = {kind: keys.text(kind, "main", data) for kind, data in all_kinds.items()}
    cases = []
    for kind, data in all_kinds.items():
        others = {other: text for other, text in good.items() if other != kind}
        cases += ((kind, *c) for c in texts(kind, data, others))
    for name, _, data in contents(address):
        cases.append(("address", f"content: {name}", keys.text("address", "main", data), "nj", "BAD_ADDRESS"))
    for kind, data in (("viewing key", viewing), ("prover key", prover)):
        elements = {"nk": 33, "dk": 65} if kind == "viewing key" else {"nk": 33}
        bad = [
            ("ak off the curve", edit(data, 1, e32(next(y for y in range(2, 99) if jubjub.lift(y, False) is None)))),
            ("ak is the identity", edit(data, 1, e32(1))),
            ("ak of order 2", edit(data, 1, e32(R - 1))),
            ("ak at the modulus", edit(data, 1, e32(R))),
            *((f"{name} at the modulus", edit(data, at, e32(R))) for name, at in elements.items()),
            *((f"{name} all ones", edit(data, at, b"\xff" * 32)) for name, at in elements.items()),
        ]
        cases += ((kind, name, keys.text(kind, "main", b), "nj", "BAD_VIEWING_KEY") for name, b in bad)
    return [refused_text(*c) for c in cases]


def refused_text(kind, name, text, prefix, code):
    if (got := refused_with(lambda t: keys.parse(kind, prefix, t), text)) != code:
        raise AssertionError(f"{kind}, {name}: refused with {got}, not {code}")
    return {"kind": kind, "name": name, "text": text, "network": prefix, "code": code}


def phrases():
    """What a person may type, and the phrase that it is."""
    for n in (16, 20, 24, 28, 32):
        words = bip39.words(label("phrase of", n, size=n))
        for typed in (words, words.upper(), "\n " + words.replace(" ", " \t ") + "\r\n"):
            yield {"typed": typed, "phrase": bip39.parse(typed), "seed": bip39.seed(bip39.parse(typed)).hex()}


def refused_phrases():
    words = ZEROS.split()
    for name, typed in (
        ("nothing", ""),
        ("white space alone", " \t\n"),
        ("one word", "abandon"),
        ("a word missing", " ".join(words[1:])),
        ("a word more", " ".join([*words, "about"])),
        ("nine words", " ".join(words[:9])),
        ("27 words", " ".join(["abandon"] * 27)),
        ("an unknown word", " ".join(["abandom", *words[1:]])),
        ("an abbreviated word", " ".join(["aban", *words[1:]])),
        ("a word with a comma", " ".join(["abandon,", *words[1:]])),
        ("a word of another language", " ".join(["abaisser", *words[1:]])),
        ("a wrong checksum", " ".join([*words[:-1], "abandon"])),
        ("two words exchanged", " ".join([words[-1], *words[1:-1], words[0]])),
        ("a wrong checksum in 24 words", " ".join(["zoo"] * 24)),
    ):
        if refused_with(bip39.parse, typed) != "BAD_PHRASE":
            raise AssertionError(name)
        yield {"name": name, "typed": typed, "code": "BAD_PHRASE"}


def make():
    k = Account(bip39.seed(ZEROS), 0)
    return {
        "accounts": [account(*p) for p in PHRASES],
        "phrases": list(phrases()),
        "refused": refused_texts(k),
        "refused_addresses": refused_addresses(k.address(k.diversifier(0))),
        "refused_phrases": list(refused_phrases()),
    }
