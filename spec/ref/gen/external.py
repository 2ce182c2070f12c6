"""external.json: remarks on other chains, deposit paths (spec/22)."""

import external as ex
from field import LAST, e32, sample
from wire import label, mutation

CHAIN = "nightjar-1"
HERE, THERE = ex.network(CHAIN), ex.network("nightjar-2")


def remarks():
    yield "owner", ex.OWNER, e32(7)
    yield "owner, largest", ex.OWNER, e32(LAST)
    yield "owner, any", ex.OWNER, e32(sample("C"))
    yield "payout", ex.PAYOUT, label("claim")
    yield "payout, zero", ex.PAYOUT, bytes(32)
    yield "sweep", ex.SWEEP, label("deposit")
    yield "refund", ex.REFUND, label("deposit")
    yield "anchor", ex.ANCHOR, ex.anchor(1_000_000, label("app"), label("validators"))
    yield "anchor, largest", ex.ANCHOR, b"\xff" * 72


def make():
    raw = {name: ex.remark(magic, HERE, body) for name, magic, body in remarks()}
    for b in raw.values():
        ex.decode(HERE, b)
    return {
        "networks": [{"chain": c, "network": ex.network(c).hex()} for c in (CHAIN, "nightjar-2", "a", "z" * 50)],
        "chain": CHAIN,
        "remarks": [{"name": n, "bytes": b.hex(), "hash": ex.hash(b).hex()} for n, b in raw.items()],
        "refused": refused(raw),
        "found": list(found(raw)),
        "paths": [
            {"chain": chain, "C": e32(c).hex(), "path": ex.path(ex.network(chain), c)}
            for chain in (CHAIN, "nightjar-2")
            for c in (1, 7, LAST, sample("C"))
        ],
    }


def refused(raw):
    out = []
    add = lambda of, name, code, *at, **how: out.append(
        mutation(name, code, lambda b: ex.decode(HERE, b), of, raw[of], *at, **how))
    for of in ("owner", "payout", "sweep", "refund", "anchor"):
        add(of, "nothing", "TRUNCATED", cut=len(raw[of]))
        add(of, "the magic alone", "TRUNCATED", cut=len(raw[of]) - 4)
        add(of, "no body", "TRUNCATED", cut=len(raw[of]) - 12)
        add(of, "the last byte missing", "TRUNCATED", cut=1)
        add(of, "one byte more", "TRAILING_BYTES", append=b"\0")
        add(of, "another network", "WRONG_NETWORK", 4, THERE)
        add(of, "another version", "UNKNOWN_KIND", 3, b"2")
        add(of, "another magic", "UNKNOWN_KIND", 0, b"NJX1")
        add(of, "lower case", "UNKNOWN_KIND", 0, b"nj")
    add("anchor", "an anchor with a payout's magic", "TRAILING_BYTES", 0, ex.PAYOUT)
    add("payout", "a payout with an anchor's magic", "TRUNCATED", 0, ex.ANCHOR)
    for name, over in (("the modulus", LAST + 1), ("the modulus and 1", LAST + 2), ("all ones", 2**256 - 1)):
        add("owner", f"C is {name}", "NON_CANONICAL", 12, e32(over))
    add("owner", "C is zero", "ZERO_COMMITMENT", 12, bytes(32))
    return out


def found(raw):
    """Bodies, hashes of events, and where the remark lies."""
    nobody = ex.remark(ex.OWNER, HERE, bytes(32))
    for name, body, wanted in (
        ("the remark alone", raw["owner"], raw["owner"]),
        ("in the middle", b"\x28\x04\0\x07" + raw["owner"] + b"\0", raw["owner"]),
        ("behind another", raw["payout"] + raw["owner"], raw["owner"]),
        ("behind its own beginning", raw["owner"][:20] + raw["owner"], raw["owner"]),
        ("an anchor", bytes(3) + raw["anchor"], raw["anchor"]),
        ("two of a kind, the second meant", raw["owner"] + raw["owner, any"], raw["owner, any"]),
        ("a body with another C", raw["owner, any"], raw["owner"]),
        ("the last byte missing", raw["owner"][:-1], raw["owner"]),
        ("another network's", ex.remark(ex.OWNER, THERE, e32(7)), ex.remark(ex.OWNER, THERE, e32(7))),
        ("a longer remark that begins so", raw["owner"] + b"\0", raw["owner"] + b"\0"),
        ("an owner that nobody is", nobody, nobody),
        ("nothing", b"", raw["owner"]),
    ):
        place = ex.find(HERE, body, ex.hash(wanted))
        at, size = place or (0, 0)
        yield {"name": name, "body": body.hex(), "hash": ex.hash(wanted).hex(), "offset": at, "size": size}
