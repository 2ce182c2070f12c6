"""governance.json: Proposal, one of every change (spec/12)."""

import transactions as tx
from ed25519 import Signer
from negatives import Negatives
from wire import label, u8, u16, u32, u64, var

CHAIN = "test-1"


def changes():
    """Name, number, body; the ledger decides whether a change is possible."""
    keys = [u8(i) + bytes(31) for i in range(1, 65)]
    digest = b"\1" + bytes(46) + b"\2"
    most32, most64 = 2**32 - 1, 2**64 - 1
    limits = u64(1) + u64(2**40) + u64(2**41) + u64(5)
    foreign = b"\2" + b"\xff" * 127
    yield "AddAsset", 1, tx.asset_record(4, "KSM", 9, 2, 0, 50, 12, b"\0") + limits
    yield "AddAsset, numbered", 1, tx.asset_record(5, "USDT", 6, 2, 0, 50, 6, b"\1\xc0\x07\0\0") + limits
    yield "AddAsset, test", 1, tx.asset_record(6, "TEST", 9, 2, 1, 50, 9, b"") + limits
    yield "AddAsset, largest", 1, tx.asset_record(most32, "ABCXYZ012789", 255, most32, 0, most64, 255, foreign) + u64(most64) * 4
    yield "AddAsset, no symbol", 1, tx.asset_record(0, "", 0, 0, 0, 0, 0, b"") + bytes(32)
    yield "AddMarket", 2, tx.market_record(3, 4, 1, 1000, 2, 5, 500, 10, 300)
    yield "AddMarket, largest", 2, b"\xff" * 42
    yield "HaltDeposits", 3, u32(4) + u8(1)
    yield "HaltDeposits, open again", 3, u32(4) + u8(0)
    yield "SetDepositLimits", 4, u32(4) + u64(10) + u64(2**50) + u64(2**51)
    yield "SetDepositLimits, largest", 4, u32(4) + u64(0) + u64(most64) * 2
    yield "SetExitFee", 5, u32(4) + u64(6)
    yield "SetParameter", 6, u8(2) + u64(40)
    for i in (0, 1, 11, 255):
        yield f"SetParameter {i}", 6, u8(i) + u64(most64)
    yield "AllowMeasurement", 7, u8(1) + digest + u8(1)
    yield "AllowMeasurement, withdrawn", 7, u8(3) + digest + u8(0)
    yield "AllowOperator", 8, keys[0] + u8(0)
    yield "AllowOperator, listed", 8, keys[0] + u8(1)
    yield "SetSigners", 9, u8(2) + u8(3) + b"".join(keys[:3])
    yield "SetSigners, none", 9, u8(0) + u8(0)
    yield "SetSigners, 64", 9, u8(255) + u8(64) + b"".join(keys)
    yield "SetValidator", 10, keys[8] + u64(1000)
    yield "SetValidator, removed", 10, keys[8] + u64(0)
    circuit = lambda name, key: label("circuit", name) + label("transcript", name) + var(key)
    yield "AddCircuits", 11, u8(2) + u64(1000) + b"".join(circuit(n, n.encode()) for n in ("action", "fill", "collect"))
    yield "AddCircuits, no keys", 11, u8(0) + u64(0) + bytes(3 * 66)
    yield "AddCircuits, largest", 11, b"\xff" * 9 + bytes(66) + bytes(66) + bytes(64) + var(bytes(tx.MOST_KEY))


def make():
    validators = [Signer("validator", i) for i in range(3)]
    proposals, raw = [], {}
    for i, (name, number, rest) in enumerate(changes()):
        body = tx.proposal(2**64 - 1 if i == 1 else i, number, rest)
        raw[name] = body + tx.signatures("governance", CHAIN, body, validators)
        tx.decode_proposal(raw[name])
        signed = tx.sign_bytes("governance", CHAIN, body)
        proposals.append({"name": name, "bytes": raw[name].hex(), "signBytes": signed.hex()})
    return {"chain": CHAIN, "proposals": proposals, "refused": refused(raw)}


def refused(raw):
    n = Negatives(tx.decode_proposal, raw)
    n.frame("SetExitFee")
    n.signatures("SetExitFee", 23, 128)
    for name in (n for n in raw if "," not in n and " " not in n and n != "SetExitFee"):
        n.add(name, "the last byte missing", "TRUNCATED", cut=1)
        n.add(name, "one byte more", "TRAILING_BYTES", append=b"\0")
        n.add(name, "the change missing", "TRUNCATED", cut=len(raw[name]) - 11)
    for number in (0, 12, 128, 255):
        n.add("SetExitFee", f"change {number}", "UNKNOWN_KIND", 10, bytes([number]))
    flags = {"AddAsset": 11 + 4 + 5 + 1 + 4, "HaltDeposits": 15, "AllowMeasurement": 11 + 49, "AllowOperator": 11 + 32}
    for name, at in flags.items():
        for v in (2, 255):
            n.add(name, f"a flag of {v}", "NON_CANONICAL", at, bytes([v]))
    n.add("AddAsset", "a symbol of 13 bytes", "OVERSIZED", 15, b"\x00\x0d")
    n.add("AddAsset", "a symbol of 65535 bytes", "OVERSIZED", 15, b"\xff\xff")
    external = 11 + 4 + 5 + 1 + 4 + 1 + 8 + 1
    n.add("AddAsset", "an external name of 129 bytes", "OVERSIZED", external, u16(129))
    n.add("AddAsset", "an external name of 65535 bytes", "OVERSIZED", external, b"\xff\xff")
    n.add("AddAsset", "an external name of 128 bytes is said", "TRUNCATED", external, u16(128), cut=len(raw["AddAsset"]) - external - 100)
    n.add("SetSigners, none", "64 signers are said", "TRUNCATED", 12, b"\x40", cut=len(raw["SetSigners, none"]) - 13)
    n.add("SetSigners", "65 signers", "OVERSIZED", 12, b"\x41")
    n.add("SetSigners", "255 signers", "OVERSIZED", 12, b"\xff")
    key = 11 + 9 + 64
    n.add("AddCircuits", f"a key of {tx.MOST_KEY + 1} bytes", "OVERSIZED", key, u16(tx.MOST_KEY + 1))
    n.add("AddCircuits", f"a key of {tx.MOST_KEY} bytes is said", "TRUNCATED", key, u16(tx.MOST_KEY))
    n.add("AddCircuits", "a key of 65535 bytes", "OVERSIZED", key, b"\xff\xff")
    n.add("AddCircuits", "the third key missing", "TRUNCATED", cut=len(raw["AddCircuits"]) - key - 66 - 64)
    first, second = raw["SetSigners"][13:45], raw["SetSigners"][45:77]
    n.add("SetSigners", "a signer given twice", "NON_CANONICAL", 45, first)
    n.add("SetSigners", "signers in descending order", "NON_CANONICAL", 13, second + first)
    n.add("SetSigners, 64", "the last signer below the others", "NON_CANONICAL", 13 + 63 * 32, bytes(32))
    return n.list
