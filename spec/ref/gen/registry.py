"""registry.json: Worker, Epoch, Heartbeat (spec/12)."""

import hashlib

import transactions as tx
from ed25519 import Signer
from negatives import Negatives, forgery, shown
from wire import label, u8, u16, u32, u64

CHAIN = "test-1"
SEAL = label("seal key", size=tx.SEAL_KEY)
PRINTS = [(1, 0, 3, 30, 1000, 99), (1, 1, 30, 30, 512, 99), (4, 0, 1, 16, 1, 1), (728, 1, 0, 2**64 - 1, 2**63, 2**64 - 1)]
PRINT = 37


def make():
    operator, signers = Signer("operator"), [Signer("worker", i) for i in range(3)]
    workers, epochs, heartbeats, raw = [], [], [], {}

    def add(to, name, context, fields, body, signatures, decode, **more):
        raw[name] = body + signatures
        decode(raw[name])
        signed = hashlib.sha256(tx.sign_bytes(context, CHAIN, body)).digest()
        to.append(shown({"name": name, **fields, "bytes": raw[name], "signBytesSHA256": signed, **more}))

    def worker(name, signing_key, seal_key, height, hash, evidence):
        identity = operator.key, signing_key, seal_key, height, hash
        body = tx.worker(*identity, evidence)
        fields = dict(zip(("operator", "signingKey", "sealKey", "height", "hash", "evidence"), (*identity, evidence)))
        signature = operator.sign(tx.sign_bytes("operator", CHAIN, body))
        more = {"id": tx.worker_id(signing_key), "reportData": tx.report_data(CHAIN, *identity)}
        add(workers, name, "operator", fields, body, signature, tx.decode_worker, **more)

    def epoch(name, number, reset, committed, revealed, by):
        context = "epoch-reset" if reset else "epoch"
        fields = {"number": number, "reset": reset, "sealKey": SEAL, "committed": committed, "revealed": revealed}
        body = tx.epoch(number, reset, SEAL, committed, revealed)
        add(epochs, name, context, fields, body, tx.worker_signatures(context, CHAIN, body, by), tx.decode_epoch)

    def heartbeat(name, height, intake, transcript, digest, prints, by):
        fields = {"height": height, "intake": intake, "transcript": transcript, "stateDigest": digest}
        fields["prints"] = [dict(zip(("market", "pool", "first", "last", "lots", "price"), p)) for p in prints]
        body = tx.heartbeat(height, intake, transcript, digest, prints)
        signatures = tx.worker_signatures("heartbeat", CHAIN, body, by)
        add(heartbeats, name, "heartbeat", fields, body, signatures, tx.decode_heartbeat)

    worker("worker", signers[0].key, SEAL, 2**33, label("block"), b"\x03evidence")
    worker("worker without evidence", signers[0].key, bytes(tx.SEAL_KEY), 2**64 - 1, b"\xff" * 32, b"")

    k = [label("schedule", i) for i in range(2)] + [bytes(32)]
    epoch("epoch", 9, False, tx.schedule_commit(k[1]), k[0], signers)
    epoch("first epoch", 1, False, tx.schedule_commit(k[0]), bytes(32), [])
    epoch("reset", 2**64 - 1, True, tx.schedule_commit(k[1]), bytes(32), signers)
    heartbeat("heartbeat", 40, label("intake"), label("transcript"), label("state"), [], signers)
    heartbeat("heartbeat with prints", 40, label("intake"), label("transcript"), label("state"), PRINTS, signers)
    heartbeat("unsigned heartbeat", 2**64 - 1, bytes(32), b"\xff" * 32, bytes(32), [], [])
    return {
        "chain": CHAIN,
        "signers": [{"key": s.key.hex(), "id": tx.worker_id(s.key).hex()} for s in signers],
        "workers": workers,
        "epochs": epochs,
        "heartbeats": heartbeats,
        "schedules": [{"key": s.hex(), "commit": tx.schedule_commit(s).hex()} for s in k],
        "refused": refused(raw),
        "forged": forged(raw, signers),
    }


def refused(raw):
    out = []
    flag, epoch_list, heartbeat_list = 10, 2 + 8 + 1 + tx.SEAL_KEY + 64, 2 + 8 + 96 + 2
    n = Negatives(tx.decode_worker, raw)
    n.frame("worker")
    evidence = 2 + 64 + tx.SEAL_KEY + 40
    n.add("worker", "16384 bytes of evidence are said", "TRUNCATED", evidence, b"\x40\x00")
    n.add("worker", "16385 bytes of evidence", "OVERSIZED", evidence, b"\x40\x01")
    n.add("worker", "65535 bytes of evidence", "OVERSIZED", evidence, b"\xff\xff")
    n.add("worker", "evidence of one byte more than there is", "TRUNCATED", evidence, b"\x00\x0a")
    n.add("worker", "evidence of one byte less than there is", "TRAILING_BYTES", evidence, b"\x00\x08")
    out += n.list
    n = Negatives(tx.decode_epoch, raw)
    n.frame("epoch", "first epoch")
    for v in (2, 255):
        n.add("epoch", f"a flag of {v}", "NON_CANONICAL", flag, bytes([v]))
    n.signatures("epoch", epoch_list, 64)
    out += n.list
    n = Negatives(tx.decode_heartbeat, raw)
    n.frame("heartbeat", "heartbeat with prints")
    n.signatures("heartbeat", heartbeat_list, 64)
    prints(n, "heartbeat with prints", heartbeat_list - 2, raw)
    return out + n.list


def prints(n, of, count, raw):
    """What is refused of the four prints of a heartbeat."""
    at = lambda i, offset=0: count + 2 + PRINT * i + offset
    one = lambda i: raw[of][at(i) : at(i + 1)]
    n.signatures(of, at(4), 64)
    n.add(of, "a print fewer is said", "TRAILING_BYTES", count, u16(3))
    n.add(of, "1458 prints are said, none follows", "TRUNCATED", count, u16(1458), cut=len(raw[of]) - count - 2)
    n.add(of, "1459 prints", "OVERSIZED", count, u16(1459))
    n.add(of, "65535 prints", "OVERSIZED", count, u16(65535))
    n.add(of, "a print twice", "NON_CANONICAL", at(1), one(0))
    n.add(of, "the pools of a market in descending order", "NON_CANONICAL", at(0), one(1) + one(0))
    n.add(of, "markets in descending order", "NON_CANONICAL", at(2), one(3) + one(2))
    n.add(of, "pool 2", "NON_CANONICAL", at(0, 4), u8(2))
    n.add(of, "a first block after the last", "NON_CANONICAL", at(0, 5), u64(31))
    n.add(of, "no lots", "NON_CANONICAL", at(0, 21), u64(0))
    n.add(of, "a price of 0", "NON_CANONICAL", at(0, 29), u64(0))
    for lots in (513, 511, 3, 2**63 + 1):
        n.add(of, f"{lots} lots of naturals", "NON_CANONICAL", at(1, 21), u64(lots))


def forged(raw, signers):
    out = []
    keys = {tx.worker_id(s.key): s.key for s in signers}

    def verifies(b):
        if b[0] == tx.WORKER:
            tx.decode_worker(b)
            return tx.all_valid(tx.sign_bytes("operator", CHAIN, b[:-64]), [(b[2:34], b[-64:])])
        context = "heartbeat" if b[0] == tx.HEARTBEAT else "epoch-reset" if b[10] else "epoch"
        (tx.decode_heartbeat if b[0] == tx.HEARTBEAT else tx.decode_epoch)(b)
        body = b[: -1 - 3 * 96]
        return tx.all_valid(tx.sign_bytes(context, CHAIN, body), tx.listed(b, len(body)), keys)

    add = lambda of, name, at, replacement: out.append(forgery(of, name, raw[of], at, replacement, verifies))
    flip = lambda of, at: bytes([raw[of][at] ^ 1])
    places = {"signing key": 40, "seal key": 700, "height": 1289, "head": 1300, "evidence": 1325, "signature": 1340}
    for name, at in places.items():
        add("worker", f"another {name}", at, flip("worker", at))
    add("worker", "another operator", 2, signers[0].key)
    for name, at in (("number", 9), ("seal key", 700), ("commitment", 1230), ("revealed key", 1270)):
        add("epoch", f"another {name}", at, flip("epoch", at))
    add("epoch", "called a reset", 10, b"\1")
    add("reset", "called none", 10, b"\0")
    for name, at in (("height", 9), ("intake", 10), ("transcript", 42), ("digest", 74)):
        add("heartbeat", f"another {name}", at, flip("heartbeat", at))
    for name, at in (("market", 111), ("first block", 120), ("last block", 128), ("number of lots", 136), ("price", 144)):
        add("heartbeat with prints", f"another {name}", at, flip("heartbeat with prints", at))
    last = len(raw["heartbeat"]) - 64
    add("heartbeat", "the last signature is bad", last, flip("heartbeat", last))
    body = raw["heartbeat"][: -1 - 3 * 96]
    foreign = tx.worker_signatures("heartbeat", "test-2", body, signers)[1:]
    add("heartbeat", "signatures for another chain", len(body) + 1, foreign)
    return out
