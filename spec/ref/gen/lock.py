"""lock.json: the Lock (spec/09)."""

import transactions as tx
from ed25519 import Signer
from field import LAST, e32, sample
from negatives import Negatives, forgery, shown
from settlement import outcome
from wire import label, u16

CHAIN = "nightjar-test"


def make():
    workers = [Signer("worker", i) for i in range(3)]
    nullifiers = sorted(sample("nullifier", i) for i in range(4))
    hashes = sorted(label("group", i) for i in range(3))
    locks, raw = [], {}

    def add(name, height, nullifiers, result, digest, by):
        body = tx.lock(height, nullifiers, result, digest)
        raw[name] = body + tx.worker_signatures("lock", CHAIN, body, by)
        tx.decode_lock(raw[name])
        fields = {"name": name, "height": height, "nullifiers": [e32(n).hex() for n in nullifiers]}
        fields |= {"outcome": result, "stateDigest": digest, "bytes": raw[name]}
        locks.append(shown(fields | {"signBytes": tx.sign_bytes("lock", CHAIN, body)}))

    add("lock", 50, nullifiers, outcome(50, hashes), label("state"), workers)
    add("smallest", 1, [], bytes(32), bytes(32), [])
    add("at the bounds", 2**64 - 1, [0, 1, LAST], b"\xff" * 32, b"\xfe" * 32, workers[:1])
    return {
        "chain": CHAIN,
        "workers": [{"key": w.key.hex(), "id": tx.worker_id(w.key).hex()} for w in workers],
        "outcomes": [
            {"height": h, "groups": [g.hex() for g in hs], "outcome": outcome(h, hs).hex()}
            for h, hs in ((50, hashes), (51, hashes), (50, hashes[:1]), (50, []), (2**64 - 1, hashes[1:]))
        ],
        "locks": locks,
        "refused": refused(raw),
        "forged": forged(raw, workers),
    }


def refused(raw):
    n = Negatives(tx.decode_lock, raw)
    n.frame("lock", "smallest")
    count, first, after = 10, 12, 12 + 4 * 32
    n.add("smallest", "a nullifier is said, none follows", "TRUNCATED", count, u16(1))
    n.add("smallest", "4096 nullifiers are said", "TRUNCATED", count, u16(4096), cut=len(raw["smallest"]) - first)
    n.add("lock", "4097 nullifiers", "OVERSIZED", count, u16(4097))
    n.add("lock", "65535 nullifiers", "OVERSIZED", count, u16(65535))
    over = {"the modulus": LAST + 1, "the modulus and one": LAST + 2, "all ones": 2**256 - 1}
    for name, v in over.items():
        n.add("lock", f"a nullifier that is {name}", "NON_CANONICAL", first, e32(v))
    n.add("lock", "the last nullifier is the modulus", "NON_CANONICAL", first + 96, e32(LAST + 1))
    one, two = raw["lock"][first : first + 32], raw["lock"][first + 32 : first + 64]
    n.add("lock", "a nullifier given twice", "NON_CANONICAL", first + 32, one)
    n.add("lock", "nullifiers in descending order", "NON_CANONICAL", first, two + one)
    n.add("lock", "the last nullifier is 0", "NON_CANONICAL", first + 96, bytes(32))
    n.signatures("lock", after + 64, 64)
    return n.list


def forged(raw, workers):
    body = raw["lock"][: 12 + 4 * 32 + 64]
    keys = {tx.worker_id(w.key): w.key for w in workers}
    out = []

    def verifies(b):
        tx.decode_lock(b)
        return tx.all_valid(tx.sign_bytes("lock", CHAIN, b[: len(body)]), tx.listed(b, len(body)), keys)

    add = lambda name, at, replacement: out.append(forgery("lock", name, raw["lock"], at, replacement, verifies))
    for name, at in (("height", 9), ("nullifier", 12 + 31), ("outcome", 12 + 4 * 32), ("state digest", len(body) - 1)):
        add(f"another {name}", at, bytes([body[at] ^ 1]))
    for name, context, chain in (("for another chain", "lock", "nightjar-tesu"), ("of a heartbeat", "heartbeat", CHAIN)):
        add(f"signatures {name}", len(body) + 1, tx.worker_signatures(context, chain, body, workers)[1:])
    add("the last signature is bad", len(body) + 1 + 2 * 96 + 32, bytes(64))
    return out
