"""spec/12 and the Lock of spec/09: bodies, lists of signatures, decoders.

A function named like a kind returns the body, everything before the list of
signatures. The decoders check what spec/12 asks of a decoder and return
nothing: what a value means is the ledger's question.
"""

import hashlib

import action
import jubjub
import seal
from ed25519 import verify
from field import H, R, RHO_DEP, RHO_RET, e32
from wire import Reader, Refused, u8, u16, u32, u64, var

LOCK, DEPOSIT, CLOSING, WORKER, EPOCH, HEARTBEAT, PROPOSAL, ORACLE, CHALLENGE, ANSWER = 2, 4, 5, 6, 7, 8, 9, 10, 11, 12
VERSION = {HEARTBEAT: 2, ORACLE: 2}  # of all others 1
PAID, RETURNED = 1, 2
MOST_SIGNATURES, MOST_WORKERS = 128, 64
MOST_PRINTS = 2 * 729
MOST_BYTES = 1 << 20
SEAL_KEY = 1216
QUERY, SEALED = 1328, 9564  # spec/20
MOST_EXTERNAL = 128  # bytes of an asset's name on its chain
MOST_KEY = 339 + 65 * 48  # bytes of a verifying key with 65 points K


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def context(name, version=1):
    return var(b"nightjar/" + name.encode() + b"/v" + str(version).encode())


def sign_bytes(name, chain, body):
    return context(name) + var(chain.encode()) + body


# --- lists of signatures ------------------------------------------------------


def signatures(name, chain, body, signers):
    """Keys and signatures, ascending by key."""
    message = sign_bytes(name, chain, body)
    return u8(len(signers)) + b"".join(s.key + s.sign(message) for s in sorted(signers, key=lambda s: s.key))


def worker_id(key):
    return sha256(context("worker-id"), key)


def worker_signatures(name, chain, body, signers):
    """The same with worker ids for keys."""
    message = sign_bytes(name, chain, body)
    pairs = sorted((worker_id(s.key), s.sign(message)) for s in signers)
    return u8(len(pairs)) + b"".join(i + s for i, s in pairs)


def read_signatures(r, most):
    out = []
    for _ in range(r.count(most, 1)):
        out.append((r.bytes(32), r.bytes(64)))
        if len(out) > 1 and out[-2][0] >= out[-1][0]:
            raise Refused("NON_CANONICAL")
    return out


def listed(data, at):
    """The list at the end of a message, read without a check."""
    return [(data[i : i + 32], data[i + 32 : i + 96]) for i in range(at + 1, len(data), 96)]


def all_valid(message, pairs, keys=None):
    """Of keys, or of the names that keys gives keys to, and signatures."""
    return all(verify(keys[i] if keys else i, message, s) for i, s in pairs)


# --- bodies -------------------------------------------------------------------


def head(kind):
    return u8(kind) + u8(VERSION.get(kind, 1))


def reference(chain, hash, index):
    return u32(chain) + hash + u32(index)


def deposit(ref, asset, amount, c):
    return head(DEPOSIT) + ref + u32(asset) + u64(amount) + e32(c)


def deposit_id(chain, ref):
    return sha256(context("deposit-id"), var(chain.encode()), ref)


def rho(tag, id):
    return H(tag, int.from_bytes(id[:16], "big"), int.from_bytes(id[16:], "big"))


def deposit_rho(id):
    return rho(RHO_DEP, id)


def claim_id(chain, nf0):
    return sha256(context("claim-id"), var(chain.encode()), e32(nf0))


def return_rho(id):
    return rho(RHO_RET, id)


def closing(claim, result, payment=bytes(40)):
    return head(CLOSING) + claim + u8(result) + payment


def worker(operator, signing_key, seal_key, height, hash, evidence):
    return head(WORKER) + operator + signing_key + seal_key + u64(height) + hash + var(evidence)


def report_data(chain, operator, signing_key, seal_key, height, hash):
    parts = context("report-data"), var(chain.encode()), b"\x01", operator, signing_key, seal_key, u64(height), hash
    return hashlib.sha512(b"".join(parts)).digest()


def epoch(number, reset, seal_key, committed, revealed):
    return head(EPOCH) + u64(number) + u8(reset) + seal_key + committed + revealed


def schedule_commit(k_sched):
    return sha256(context("schedule-commit"), k_sched)


def heartbeat(height, intake, transcript, digest, prints):
    """Prints are (market, pool, first, last, lots, price)."""
    listed = b"".join(u32(p[0]) + u8(p[1]) + b"".join(map(u64, p[2:])) for p in prints)
    return head(HEARTBEAT) + u64(height) + intake + transcript + digest + u16(len(prints)) + listed


def proposal(nonce, change, body):
    return head(PROPOSAL) + u64(nonce) + u8(change) + body


def asset_record(id, symbol, decimals, chain, test, max_exit_fee, external_decimals, external):
    here = u32(id) + var(symbol.encode()) + u8(decimals) + u32(chain) + u8(test) + u64(max_exit_fee)
    return here + u8(external_decimals) + var(external)


def market_record(id, base, quote, lot, tick, fee_bp, collar, min_qty, halt):
    return u32(id) + u32(base) + u32(quote) + u64(lot) + u64(tick) + u16(fee_bp) + u16(collar) + u64(min_qty) + u16(halt)


def prices(quotes):
    """Of (market, bid, ask)."""
    return u16(len(quotes)) + b"".join(u32(m) + u64(bid) + u64(ask) for m, bid, ask in quotes)


def vote(key, quotes, signature):
    return key + prices(quotes) + signature


def oracle(height, round, votes):
    return head(ORACLE) + u64(height) + u32(round) + u16(len(votes)) + b"".join(votes)


def extension(quotes):
    return context("oracle-vote", 2) + prices(quotes)


def vote_sign_bytes(chain, height, round, quotes):
    """CometBFT's CanonicalVoteExtension: protobuf, length-delimited, zeros left out."""

    def varint(n):
        return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)

    def field(number, b):
        return bytes([number << 3 | 2]) + varint(len(b)) + b

    def fixed(number, v):
        return bytes([number << 3 | 1]) + v.to_bytes(8, "little") if v else b""

    message = field(1, extension(quotes)) + fixed(2, height) + fixed(3, round) + field(4, chain.encode())
    return varint(len(message)) + message


def lock(height, nullifiers, outcome, digest):
    return head(LOCK) + u64(height) + u16(len(nullifiers)) + b"".join(map(e32, nullifiers)) + outcome + digest


def challenge(worker, query, a):
    """Before it is signed: the action's signature is whatever it has."""
    return head(CHALLENGE) + worker + query + action.encode(a)


UNSIGNED = 192 + 64  # the action's proof and signature


def challenge_id(chain, worker, query):
    return sha256(context("challenge-id"), var(chain.encode()), worker, query)


def challenge_sighash(chain, data):
    return sha256(sign_bytes("challenge", chain, data[:-UNSIGNED]))


def signed_challenge(chain, worker, query, a, secret):
    """The challenge with the signature of rk = [secret]spend."""
    a = a | {"rk": jubjub.mul(secret, jubjub.SPEND), "signature": bytes(64)}
    data = challenge(worker, query, a)
    return data[:-64] + jubjub.sign(action.SPEND_SIG, jubjub.SPEND, secret, challenge_sighash(chain, data))


def answer(challenge, sealed):
    return head(ANSWER) + challenge + sealed


# --- decoders -----------------------------------------------------------------


def start(data, kind):
    r = Reader(data)
    if len(data) > MOST_BYTES:
        raise Refused("OVERSIZED")
    if r.u8() != kind:
        raise Refused("UNKNOWN_KIND")
    if r.u8() != VERSION.get(kind, 1):
        raise Refused("UNKNOWN_VERSION")
    return r


def decode_deposit(data):
    r = start(data, DEPOSIT)
    r.bytes(40 + 4 + 8)
    r.below(R)
    read_signatures(r, MOST_SIGNATURES)
    r.done()


def decode_closing(data):
    r = start(data, CLOSING)
    r.bytes(32)
    result, payment = r.u8(), r.bytes(40)
    if result not in (PAID, RETURNED) or (result == PAID) != any(payment):
        raise Refused("NON_CANONICAL")
    read_signatures(r, MOST_SIGNATURES)
    r.done()


def decode_worker(data):
    r = start(data, WORKER)
    r.bytes(32 + 32 + SEAL_KEY + 8 + 32)
    r.var(16384)
    r.bytes(64)
    r.done()


def decode_epoch(data):
    r = start(data, EPOCH)
    r.u64()
    r.flag()
    r.bytes(SEAL_KEY + 32 + 32)
    read_signatures(r, MOST_WORKERS)
    r.done()


def decode_heartbeat(data):
    r = start(data, HEARTBEAT)
    r.bytes(8 + 3 * 32)
    last = ()
    for _ in range(r.count(MOST_PRINTS)):
        place = r.u32(), r.u8()
        first, through, lots, price = r.u64(), r.u64(), r.u64(), r.u64()
        exact = place[1] == 0 or lots & (lots - 1) == 0
        if place <= last or place[1] > 1 or first > through or 0 in (lots, price) or not exact:
            raise Refused("NON_CANONICAL")
        last = place
    read_signatures(r, MOST_WORKERS)
    r.done()


def _asset(r):
    r.u32()
    r.var(12)
    r.bytes(1 + 4)
    r.flag()
    r.bytes(8 + 1)
    r.var(MOST_EXTERNAL)
    r.bytes(4 * 8)


def _flagged(size):
    def read(r):
        r.bytes(size)
        r.flag()

    return read


def _signers(r):
    r.u8()
    last = b""
    for _ in range(r.count(64, 1)):
        if (key := r.bytes(32)) <= last:
            raise Refused("NON_CANONICAL")
        last = key


def _circuits(r):
    r.bytes(1 + 8)
    for _ in range(3):
        r.bytes(32 + 32)
        r.var(MOST_KEY)


CHANGES = {
    1: _asset,
    2: lambda r: r.bytes(42),
    3: _flagged(4),
    4: lambda r: r.bytes(28),
    5: lambda r: r.bytes(12),
    6: lambda r: r.bytes(9),
    7: _flagged(49),
    8: _flagged(32),
    9: _signers,
    10: lambda r: r.bytes(40),
    11: _circuits,
}


def decode_proposal(data):
    r = start(data, PROPOSAL)
    r.u64()
    read = CHANGES.get(r.u8())
    if read is None:
        raise Refused("UNKNOWN_KIND")
    read(r)
    read_signatures(r, MOST_SIGNATURES)
    r.done()


def _prices(r):
    last = -1
    for _ in range(r.count(729)):
        market, bid, ask = r.u32(), r.u64(), r.u64()
        if market <= last or not 0 < bid <= ask:
            raise Refused("BAD_ORACLE_VOTE")
        last = market


def decode_oracle(data):
    r = start(data, ORACLE)
    r.bytes(8 + 4)
    last = b""
    for i in range(r.count(256)):
        key = r.bytes(32)
        if i and key <= last:
            raise Refused("NON_CANONICAL")
        last = key
        _prices(r)
        r.bytes(64)
    r.done()


def decode_extension(data):
    r = Reader(data)
    own = context("oracle-vote", 2)[2:]
    if r.var(len(own)) != own:
        raise Refused("BAD_ORACLE_VOTE")
    _prices(r)
    r.done()


def decode_lock(data):
    r = start(data, LOCK)
    r.u64()
    last = -1
    for _ in range(r.count(4096)):
        if (nf := r.below(R)) <= last:
            raise Refused("NON_CANONICAL")
        last = nf
    r.bytes(64)
    read_signatures(r, MOST_WORKERS)
    r.done()


def decode_challenge(data):
    r = start(data, CHALLENGE)
    r.bytes(32)
    query = r.bytes(QUERY)
    seal.check_epoch_key(query[8 + 8 + 64 :][:SEAL_KEY])
    a = action.decode(data[r.at :])
    if a["x"]:
        raise Refused("BAD_WITHDRAWAL")
    return a


def decode_answer(data):
    r = start(data, ANSWER)
    r.bytes(32 + SEALED + 64)
    r.done()
