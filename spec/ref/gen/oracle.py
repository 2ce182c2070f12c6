"""oracle.json: the Oracle transaction and vote extensions (spec/12)."""

import transactions as tx
from ed25519 import Signer
from negatives import Negatives
from wire import label, refusal, u16, u32, u64

CHAIN = "test-1"
HEIGHT, ROUND = 7, 3
PRICE = 20  # bytes


def make():
    validators = sorted((Signer("validator", i) for i in range(3)), key=lambda s: s.key)
    lists = [
        [(5, 31490, 31510), (9, 2**63 + 1, 2**63 + 1)],
        [],
        [(0, 1, 1), (728, 2**64 - 1, 2**64 - 1), (2**32 - 1, 1, 2**64 - 1)],
    ]
    votes = [
        tx.vote(v.key, p, v.sign(tx.vote_sign_bytes(CHAIN, HEIGHT, ROUND, p)))
        for v, p in zip(validators, lists)
    ]
    raw = {
        "commit": tx.oracle(HEIGHT, ROUND, votes),
        "no votes": tx.oracle(0, 0, []),
        "largest": tx.oracle(2**64 - 1, 2**32 - 1, [tx.vote(b"\xff" * 32, [(2**32 - 1, 2**64 - 1, 2**64 - 1)], b"\xff" * 64)]),
    }
    for b in raw.values():
        tx.decode_oracle(b)
    extensions = [
        {"prices": [{"market": m, "bid": bid, "ask": ask} for m, bid, ask in p], "bytes": tx.extension(p).hex()}
        for p in lists
    ]
    sign_bytes = [
        {"height": h, "round": r, "extension": tx.extension(p).hex(), "bytes": tx.vote_sign_bytes(CHAIN, h, r, p).hex()}
        for p in lists
        for h, r in ((HEIGHT, ROUND), (HEIGHT, 0), (2**40, 2**31 - 1), (2**63 - 1, 1))
    ]
    return {
        "chain": CHAIN,
        "height": HEIGHT,
        "round": ROUND,
        "validators": [v.key.hex() for v in validators],
        "commits": [{"name": n, "bytes": b.hex()} for n, b in raw.items()],
        "extensions": extensions,
        "signBytes": sign_bytes,
        "refused": refused(raw),
        "refusedExtensions": refused_extensions(tx.extension(lists[0])),
    }


def refused(raw):
    n = Negatives(tx.decode_oracle, raw)
    n.frame("commit", "no votes")
    count, first, prices = 14, 16, 48
    second = first + 32 + 2 + 2 * PRICE + 64
    n.add("commit", "version 1, which knew one price a market", "UNKNOWN_VERSION", 1, b"\1")
    n.add("commit", "a vote fewer is said than follow", "TRAILING_BYTES", count, u16(2))
    n.add("commit", "a vote more is said than follow", "TRUNCATED", count, u16(4))
    n.add("no votes", "256 votes are said", "TRUNCATED", count, u16(256))
    n.add("commit", "257 votes", "OVERSIZED", count, u16(257))
    n.add("commit", "65535 votes", "OVERSIZED", count, u16(65535))
    n.add("commit", "a validator given twice", "NON_CANONICAL", second, raw["commit"][first : first + 32])
    n.add("commit", "validators in descending order", "NON_CANONICAL", first, b"\xff" * 32)
    n.add("largest", "729 prices are said", "TRUNCATED", prices, u16(729), cut=64)
    n.add("commit", "730 prices", "OVERSIZED", prices, u16(730))
    n.add("commit", "a market given twice", "BAD_ORACLE_VOTE", prices + 2 + PRICE, b"\0\0\0\5")
    n.add("commit", "markets in descending order", "BAD_ORACLE_VOTE", prices + 2 + PRICE, b"\0\0\0\4")
    bid, last = prices + 2 + 4, prices + 2 + PRICE + 4
    n.add("commit", "a bid of 0", "BAD_ORACLE_VOTE", bid, u64(0))
    n.add("commit", "an ask of 0", "BAD_ORACLE_VOTE", bid + 8, u64(0))
    n.add("commit", "a bid and an ask of 0", "BAD_ORACLE_VOTE", bid, u64(0) + u64(0))
    n.add("commit", "a bid above its ask", "BAD_ORACLE_VOTE", bid, u64(31511))
    n.add("commit", "bid and ask exchanged", "BAD_ORACLE_VOTE", bid, u64(31510) + u64(31490))
    n.add("commit", "the last bid of 0", "BAD_ORACLE_VOTE", last, u64(0))
    n.add("commit", "the last bid above its ask by 1", "BAD_ORACLE_VOTE", last, u64(2**63 + 2))
    n.add("commit", "the last bid as high as can be", "BAD_ORACLE_VOTE", last, u64(2**64 - 1))
    return n.list


def refused_extensions(good):
    context = len(tx.context("oracle-vote", 2))
    out = []
    add = lambda name, code, b: out.append(refusal(name, code, tx.decode_extension, b))
    add("nothing", "TRUNCATED", b"")
    add("the context alone", "TRUNCATED", good[:context])
    add("the last byte missing", "TRUNCATED", good[:-1])
    add("one byte more", "TRAILING_BYTES", good + b"\0")
    add("another context", "BAD_ORACLE_VOTE", good[:4] + b"X" + good[5:])
    add("a later version of the context", "BAD_ORACLE_VOTE", good[: context - 1] + b"3" + good[context:])
    add("no context", "BAD_ORACLE_VOTE", b"\0\0" + good[context:])
    add("a context of one byte more", "OVERSIZED", u16(context - 1) + good[2:context] + b"1" + good[context:])
    add("a context of 65535 bytes", "OVERSIZED", b"\xff\xff" + good[2:])
    add("730 prices", "OVERSIZED", good[:context] + u16(730) + good[context + 2 :])
    for name, quotes in (
        ("a bid of 0", [(5, 0, 1)]),
        ("an ask of 0", [(5, 1, 0)]),
        ("a bid and an ask of 0", [(5, 0, 0)]),
        ("a bid above its ask", [(5, 2, 1)]),
        ("the second bid above its ask", [(5, 1, 1), (6, 2**64 - 1, 2**64 - 2)]),
        ("a market given twice", [(5, 1, 1), (5, 1, 1)]),
        ("markets in descending order", [(5, 1, 1), (4, 1, 1)]),
    ):
        add(name, "BAD_ORACLE_VOTE", good[:context] + tx.prices(quotes))
    add("one price a market, as version 1 had it", "BAD_ORACLE_VOTE", tx.context("oracle-vote") + u16(1) + u32(5) + u64(31500))
    add("random bytes", "OVERSIZED", label("extension"))
    return out
