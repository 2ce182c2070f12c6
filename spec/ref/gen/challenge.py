"""challenge.json: Challenge and Answer (spec/12)."""

import hashlib

import action as ac
import hpke
import jubjub
import transactions as tx
from curve25519 import Q
from ed25519 import Signer
from gen.action import CHAIN, SAMPLE, SECRET, WITHDRAWAL
from negatives import Negatives, shown
from wire import edit, label, refused_with, u64

WORKER, QUERY, ACTION = 2, 34, 34 + tx.QUERY
KEY, RIGHT = QUERY + 80, QUERY + 80 + tx.SEAL_KEY


def query(heartbeat, call, name):
    key = hpke.Key(label("key of a query", name)).public
    return u64(heartbeat) + u64(call) + label("intake", name) + label("order", name) + key + label("right", name)


def make():
    challenges, answers, raw = [], [], {}
    signer = Signer("worker", 0)

    def challenge(name, worker, q, a=SAMPLE, chain=CHAIN, secret=SECRET):
        raw[name] = tx.signed_challenge(chain, worker, q, a, secret)
        verify(raw[name], chain)
        fields = {"name": name, "chain": chain, "worker": worker, "query": q, "bytes": raw[name]}
        fields |= {"id": tx.challenge_id(chain, worker, q), "sighash": tx.challenge_sighash(chain, raw[name])}
        challenges.append(shown(fields))

    def answer(name, id, sealed):
        body = tx.answer(id, sealed)
        message = tx.sign_bytes("challenge-answer", CHAIN, body)
        raw[name] = body + signer.sign(message)
        tx.decode_answer(raw[name])
        fields = {"name": name, "key": signer.key, "challenge": id, "sealed": sealed, "bytes": raw[name]}
        answers.append(shown(fields | {"signBytesSHA256": hashlib.sha256(message).digest()}))

    challenge("challenge", tx.worker_id(signer.key), query(40, 256 * 7 + 1, "sample"))
    challenge("another chain", bytes(32), query(0, 0, "zeros"), chain="nightjar-main")
    ends = {"epoch": 2**64 - 1, "fee": 2**64 - 1, "version": 255}
    challenge("ends", b"\xff" * 32, query(2**64 - 1, 2**64 - 1, "ends"), SAMPLE | ends, secret=jubjub.L - 1)
    answer("answer", tx.challenge_id(CHAIN, tx.worker_id(signer.key), query(40, 256 * 7 + 1, "sample")), label("sealed", size=tx.SEALED))
    answer("zeros", bytes(32), bytes(tx.SEALED))
    return {"challenges": challenges, "answers": answers, "refused": refused(raw), "forged": forged(raw, signer)}


def verify(data, chain):
    a = tx.decode_challenge(data)
    if not jubjub.verify(ac.SPEND_SIG, jubjub.SPEND, a["rk"], tx.challenge_sighash(chain, data), a["signature"]):
        raise AssertionError("a challenge's signature")
    if refused_with(lambda b: ac.verify_signature(ac.decode(b), chain), data[ACTION:]) != "BAD_SPEND_SIGNATURE":
        raise AssertionError("the action is good alone")


def refused(raw):
    n = Negatives(tx.decode_challenge, raw)
    n.frame("challenge")
    n.add("challenge", "a query's key with a coefficient of 4095", "NON_CANONICAL", KEY, b"\xff\xff")
    for name, u in (("zero", 0), ("one", 1), ("the prime", Q), ("the prime and one", Q + 1), ("the prime less one", Q - 1)):
        n.add("challenge", f"a query's key of small order: {name}", "NON_CANONICAL", KEY + 1184, u.to_bytes(32, "little"))
    n.add("challenge", "the action is of another kind", "UNKNOWN_KIND", ACTION, b"\x02")
    n.add("challenge", "the action is of version 0", "UNKNOWN_VERSION", ACTION + 1, b"\0")
    n.add("challenge", "the action's anchor at the modulus", "NON_CANONICAL", ACTION + 2, b"\xff" * 32)
    n.add("challenge", "the action's x without a withdrawal", "BAD_WITHDRAWAL", ACTION + 274, b"\1")
    withdrawal = ac.encode(ac.signed(WITHDRAWAL, CHAIN, SECRET))
    n.add("challenge", "paid for by a withdrawal", "BAD_WITHDRAWAL", ACTION, withdrawal)
    n.add("challenge", "without its action", "TRUNCATED", cut=ac.SIZE)
    out = n.list
    n = Negatives(tx.decode_answer, raw)
    n.frame("answer")
    n.add("answer", "without its signature", "TRUNCATED", cut=64)
    n.add("answer", "two signatures", "TRAILING_BYTES", append=bytes(64))
    return out + n.list


def forged(raw, signer):
    """Edits that decode, and that rk or the worker did not sign."""
    out = []

    def add(of, name, at, replacement=None):
        with_ = replacement or bytes([raw[of][at] ^ 1])
        b = edit(raw[of], at, with_)
        if of == "answer":
            tx.decode_answer(b)
            good = tx.all_valid(tx.sign_bytes("challenge-answer", CHAIN, b[:-64]), [(signer.key, b[-64:])])
        else:
            a = tx.decode_challenge(b)
            good = jubjub.verify(ac.SPEND_SIG, jubjub.SPEND, a["rk"], tx.challenge_sighash(CHAIN, b), a["signature"])
        if good:
            raise AssertionError(f"{name}: it verifies")
        out.append({"name": name, "of": of, "offset": at, "with": with_.hex()})

    add("challenge", "another worker", WORKER)
    places = {"heartbeat": 7, "call": 15, "intake label": 16, "order label": 48}
    for name, at in places.items():
        add("challenge", f"another {name}", QUERY + at)
    add("challenge", "another key", KEY, hpke.Key(label("thief")).public)
    add("challenge", "another right", RIGHT)
    add("challenge", "another nullifier", ACTION + 65)
    add("challenge", "another fee", ACTION + 273)
    add("challenge", "another instruction", ACTION + 900)
    add("challenge", "the action signed for itself", ACTION, ac.encode(ac.signed(SAMPLE, CHAIN, SECRET)))
    add("challenge", "signed for another chain", ACTION, tx.signed_challenge(
        "nightjar-main", raw["challenge"][2:34], raw["challenge"][34:ACTION], SAMPLE, SECRET)[ACTION:])
    add("answer", "another challenge", 2)
    add("answer", "another first byte", 34)
    add("answer", "another last byte", 33 + tx.SEALED)
    add("answer", "another signature", 34 + tx.SEALED)
    return out
