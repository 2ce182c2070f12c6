"""spec/08: what ciphertexts say, how they are sealed, who believes them."""

import chacha
import note
import order
from curve25519 import diversified_base, x25519
from field import R, e32
from keys import hkdf, owner, read_address
from order import PLAIN, encode_handling, encode_opening, encode_terms, read_handling, read_opening, read_terms
from wire import Reader, Refused, u32, u64, u8

SLOTS, PLAINTEXT, COMMAND, CIPHERTEXT = 3, 128, 320, 144
OWN_NOTE, OWN_ORDER, PAYMENT, RECEIPT = 1, 2, 3, 4
NOTHING, NEW_ORDER, CANCEL, CANCEL_ALL, HEARTBEAT = range(5)
RESERVED = 47
NOBODY = b"\x01" + bytes(80)

# --- plaintexts and commands: dicts of integers and bytes -------------------


def encode_plaintext(p):
    out = u8(p["kind"]) + u32(p["asset"]) + u64(p["value"]) + p["d"]
    if p["kind"] == OWN_ORDER:
        out += encode_terms(p["terms"]) + encode_handling(p.get("handling", PLAIN))
    elif p["kind"] == PAYMENT:
        out += e32(p["r"])
    elif p["kind"] == RECEIPT:
        out += u8(p["slot"]) + u32(p["paid_asset"]) + u64(p["paid_value"]) + p["to"]
    return out + bytes(PLAINTEXT - len(out))


def decode_plaintext(data):
    r = Reader(data)
    p = {"kind": r.u8(), "asset": r.u32(), "value": r.u64(), "d": r.bytes(16)}
    if p["kind"] == OWN_ORDER:
        p |= {"terms": read_terms(r), "handling": read_handling(r)}
    elif p["kind"] == PAYMENT:
        p["r"] = r.below(R)
    elif p["kind"] == RECEIPT:
        p |= {"slot": r.u8(), "paid_asset": r.u32(), "paid_value": r.u64()}
        at = r.at
        read_address(r)
        p["to"] = data[at : r.at]
        if p["slot"] >= SLOTS:
            raise Refused("OUT_OF_RANGE")
    elif p["kind"] != OWN_NOTE:
        raise Refused("UNKNOWN_KIND")
    r.zeros(PLAINTEXT - r.at)
    r.done()
    return p


def encode_command(c):
    out = u8(c["kind"])
    if c["kind"] == NEW_ORDER:
        out += encode_opening(c["order"]) + encode_handling(c.get("handling", PLAIN)) + bytes(RESERVED)
    elif c["kind"] == CANCEL:
        out += e32(c["ocm"]) + e32(c["s"])
    elif c["kind"] == CANCEL_ALL:
        out += e32(c["oid"])
    elif c["kind"] == HEARTBEAT:
        out += e32(c["oid"]) + u32(c["blocks"])
    return out + bytes(COMMAND - len(out))


def decode_command(data):
    r = Reader(data)
    kind = r.u8()
    if kind == NEW_ORDER:
        read_opening(r)
        read_handling(r)
    elif kind == CANCEL:
        r.below(R)
        r.below(R)
    elif kind == CANCEL_ALL:
        r.below(R)
    elif kind == HEARTBEAT:
        r.below(R)
        r.u32()
    elif kind != NOTHING:
        raise Refused("UNKNOWN_KIND")
    r.zeros(COMMAND - r.at)  # what is reserved, and padding
    r.done()


def check_epoch_key(key):
    """An ML-KEM-768 key (three polynomials of 256 coefficients of 12 bits, a seed), an X25519 key."""
    if len(key) != 1216:
        raise Refused("NON_CANONICAL")
    for i in range(0, 1152, 3):
        pair = int.from_bytes(key[i : i + 3], "little")
        if pair & 0xFFF >= 3329 or pair >> 12 >= 3329:
            raise Refused("NON_CANONICAL")
    if not any(x25519(bytes(32), key[1184:])):
        raise Refused("NON_CANONICAL")


# --- sealing ----------------------------------------------------------------


def _nonce(slot):
    return bytes(11) + u8(slot)


def arrange(account, nf0, plain, payee):
    """The plaintexts as they are sealed, and the payment's slot or None."""
    paid = next((j for j, p in enumerate(plain) if p["kind"] == PAYMENT), None)
    plain = [dict(p) for p in plain]
    if paid is not None:
        plain[paid]["r"] = account.r(nf0, paid)
        for p in plain:
            if p["kind"] == OWN_NOTE:
                record = {"slot": paid, "paid_asset": plain[paid]["asset"], "paid_value": plain[paid]["value"]}
                p |= {"kind": RECEIPT, "to": payee} | record
                break
    return plain, paid


def ephemeral(account, nf0, texts, payee, entropy):
    """e and d'."""
    info = b"nightjar/ephemeral/v1" + e32(nf0) + b"".join(texts) + payee
    out = hkdf(entropy + account.self_key, info, 48)
    return out[:32], out[32:]


def own_key(account, epk, nf0):
    return hkdf(account.self_key, b"nightjar/output-self/v1" + epk + e32(nf0))


def foreign_key(shared, epk, nf0):
    return hkdf(shared, b"nightjar/output-foreign/v1" + epk + e32(nf0))


def seal_outputs(epk, keys, texts):
    """464 bytes: epk, and each slot's text under its key."""
    return epk + b"".join(chacha.seal(key, _nonce(j), text) for j, (key, text) in enumerate(zip(keys, texts)))


def seal_fee(treasury, seed, pc, text):
    """176 bytes; treasury is an address."""
    e = hkdf(seed, b"nightjar/ephemeral/v1" + e32(pc) + text)
    epk = x25519(e, diversified_base(treasury[1:17]))
    return epk + chacha.seal(fee_key(x25519(e, treasury[49:]), epk, pc), bytes(12), text)


def fee_key(shared, epk, pc):
    return hkdf(shared, b"nightjar/fee-seal/v1" + epk + e32(pc))


# --- reading ----------------------------------------------------------------


def output(account, nf0, j, p):
    """The commitment of output j if its plaintext is what it says."""
    r = p["r"] if p["kind"] == PAYMENT else account.r(nf0, j)
    c = owner(account.pk_d(p["d"]), r)
    if p["kind"] == OWN_ORDER:
        o = p["terms"] | {"asset": p["asset"], "value": p["value"], "oid": account.oid, "c": c, "s": account.s(nf0)}
        return order.commitment(o)
    return note.commitment(p["asset"], p["value"], note.output_rho(nf0, j), c)


def payment(account, nf0, j, asset, value, to):
    """The commitment of a payment in output j to somebody's address."""
    c = owner(int.from_bytes(to[17:49], "big"), account.r(nf0, j))
    return note.commitment(asset, value, note.output_rho(nf0, j), c)


def scan(account, nf0, commitments, outputs):
    """(slot, plaintext) of each output that the account believes to be its own."""
    epk = outputs[:32]
    readers = [(own_key(account, epk, nf0), False)]
    if any(shared := x25519(account.scan_key, epk)):
        readers.append((foreign_key(shared, epk, nf0), True))
    found = []
    for j in range(SLOTS):
        sealed = outputs[32 + CIPHERTEXT * j :][:CIPHERTEXT]
        for key, foreign in readers:
            p = _decoded(chacha.open(key, _nonce(j), sealed))
            if p is None or (p["kind"] == PAYMENT) != foreign or (p["kind"] == OWN_ORDER and j != 0):
                continue
            if p["kind"] == RECEIPT:
                said = payment(account, nf0, p["slot"], p["paid_asset"], p["paid_value"], p["to"])
                if said != commitments[p["slot"]]:
                    p = {"kind": OWN_NOTE, "asset": p["asset"], "value": p["value"], "d": p["d"]}
            if output(account, nf0, j, p) == commitments[j]:
                found.append((j, p))
    return found


def open_fee(account, pc, commitment, sealed):
    """The plaintext of a fee note that the treasury believes, or None."""
    epk = sealed[:32]
    shared = x25519(account.scan_key, epk)
    if not any(shared):
        return None
    p = _decoded(chacha.open(fee_key(shared, epk, pc), bytes(12), sealed[32:]))
    if p is None or p["kind"] != PAYMENT:
        return None
    c = owner(account.pk_d(p["d"]), p["r"])
    return p if note.commitment(p["asset"], p["value"], pc, c) == commitment else None


def _decoded(text):
    try:
        return None if text is None else decode_plaintext(text)
    except Refused:
        return None
