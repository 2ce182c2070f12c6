"""custody.json: Deposit and Closing (spec/12)."""

import transactions as tx
from ed25519 import Signer
from field import LAST, e32, sample
from negatives import Negatives, forgery, shown
from wire import label

CHAIN = "test-1"
PAYMENT = {"chain": 2, "hash": label("deposit"), "index": 7}
NOTHING = {"chain": 0, "hash": bytes(32), "index": 0}
LARGEST = {"chain": 2**32 - 1, "hash": b"\xff" * 32, "index": 2**32 - 1}


def make():
    signers = [Signer("signer", i) for i in range(3)]
    deposits, closings, raw = [], [], {}

    def signed(name, context, body, by):
        raw[name] = body + tx.signatures(context, CHAIN, body, by)
        decode(raw[name])
        return {"bytes": raw[name].hex(), "signBytes": tx.sign_bytes(context, CHAIN, body).hex()}

    def deposit(name, reference, asset, amount, c, by):
        ref = tx.reference(**reference)
        id = tx.deposit_id(CHAIN, ref)
        fields = {"name": name, **reference, "asset": asset, "amount": amount, "C": e32(c)}
        more = {"id": id.hex(), "rho": e32(tx.deposit_rho(id)).hex()}
        deposits.append(shown(fields) | signed(name, "deposit", tx.deposit(ref, asset, amount, c), by) | more)

    def closing(name, claim, result, reference, by):
        context = "claim-paid" if result == tx.PAID else "claim-return"
        body = tx.closing(claim, result, tx.reference(**reference))
        fields = {"name": name, "claim": claim, "result": result, **reference}
        closings.append(shown(fields) | signed(name, context, body, by))

    deposit("deposit", PAYMENT, 3, 1_000_000_007, sample("C"), signers)
    deposit("unsigned", NOTHING, 0, 0, 0, [])
    deposit("every number at its largest", LARGEST, 2**32 - 1, 2**64 - 1, LAST, signers[:1])
    # An id depends on the reference, all of it and nothing else.
    deposit("another chain", PAYMENT | {"chain": 3}, 3, 1, 1, [])
    deposit("another hash", PAYMENT | {"hash": label("another deposit")}, 3, 1, 1, [])
    deposit("another index", PAYMENT | {"index": 8}, 3, 1, 1, [])

    nf0 = sample("nf0")
    claim = tx.claim_id(CHAIN, nf0)
    closing("paid", claim, tx.PAID, PAYMENT, signers)
    closing("returned", claim, tx.RETURNED, NOTHING, signers)
    closing("paid, a reference with one bit", bytes(32), tx.PAID, NOTHING | {"index": 1}, [])
    closing("paid, every number at its largest", b"\xff" * 32, tx.PAID, LARGEST, signers[:1])

    return {
        "chain": CHAIN,
        "deposits": deposits,
        "closings": closings,
        "claims": [
            shown({"nf0": e32(nf), "id": id, "returnRho": e32(tx.return_rho(id))})
            for nf in (nf0, 0, 1, LAST)
            for id in [tx.claim_id(CHAIN, nf)]
        ],
        "refused": refused(raw),
        "forged": forged(raw, signers),
    }


def decode(raw):
    (tx.decode_closing if raw[:1] == bytes([tx.CLOSING]) else tx.decode_deposit)(raw)


def refused(raw):
    deposits, closings = Negatives(tx.decode_deposit, raw), Negatives(tx.decode_closing, raw)
    deposits.frame("deposit", "unsigned")
    c, list_of_deposit = 54, 86
    for name, over in (("C is the modulus", LAST + 1), ("C is the modulus and 1", LAST + 2), ("C is all ones", 2**256 - 1)):
        deposits.add("deposit", name, "NON_CANONICAL", c, e32(over))
    deposits.signatures("deposit", list_of_deposit, 128)

    closings.frame("paid", "returned")
    result, payment, list_of_closing = 34, 35, 75
    for r in (0, 3, 255):
        closings.add("paid", f"result {r}", "NON_CANONICAL", result, bytes([r]))
    closings.add("paid", "a return that names a payment", "NON_CANONICAL", result, bytes([tx.RETURNED]))
    closings.add("paid", "a payment without a reference", "NON_CANONICAL", payment, bytes(40))
    closings.add("returned", "a payment without a reference", "NON_CANONICAL", result, bytes([tx.PAID]))
    closings.add("returned", "a return with one bit of a payment", "NON_CANONICAL", payment + 39, b"\1")
    closings.signatures("paid", list_of_closing, 128)
    return deposits.list + closings.list


def verifies(b):
    decode(b)
    deposit = b[0] == tx.DEPOSIT
    body = b[:86] if deposit else b[:75]
    context = "deposit" if deposit else "claim-paid" if b[34] == tx.PAID else "claim-return"
    return tx.all_valid(tx.sign_bytes(context, CHAIN, body), tx.listed(b, len(body)))


def forged(raw, signers):
    out = []
    add = lambda of, name, at, replacement: out.append(forgery(of, name, raw[of], at, replacement, verifies))
    flip = lambda of, at: bytes([raw[of][at] ^ 1])
    for name, at in (("chain", 5), ("hash", 37), ("index", 41), ("asset", 45), ("amount", 53), ("C", 85)):
        add("deposit", f"another {name}", at, flip("deposit", at))
    for name, at in (("claim", 33), ("payment", 74)):
        add("paid", f"another {name}", at, flip("paid", at))
    add("returned", "signatures of a payment", 76, raw["paid"][76:])
    add("paid", "signatures of a return", 76, raw["returned"][76:])
    body = raw["deposit"][:86]
    add("deposit", "signatures for another chain", 87, tx.signatures("deposit", "test-2", body, signers)[1:])
    add("deposit", "signatures of a Closing's context", 87, tx.signatures("claim-paid", CHAIN, body, signers)[1:])
    add("deposit", "the last signature is bad", 86 + 3 * 96, flip("deposit", 86 + 3 * 96))
    one, two = raw["deposit"][119:183], raw["deposit"][215:279]
    add("deposit", "the first two signatures exchanged", 119, two + raw["deposit"][183:215] + one)
    return out
