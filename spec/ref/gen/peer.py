"""peer.json: messages between workers (spec/17).

A message is given by its content, that is its bytes up to the padding, its
size and its signature; mutations are of the whole message.
"""

import transactions as tx
from ed25519 import Signer, verify
from negatives import Negatives, forgery
from wire import Reader, Refused, label, u8, u16, u64, var

CHAIN = "test-1"
SMALL, LARGE = 4096, 65536
VOTE, OFFER, NEED, PART, PROOFS = 1, 2, 3, 4, 5
SIGNATURE, HEADER = 64, 36
FULL = LARGE - HEADER - SIGNATURE - 46


def decode(data):
    r = Reader(data)
    if len(data) not in (SMALL, LARGE):
        raise Refused("OUT_OF_RANGE")
    if r.u8() != 1:
        raise Refused("UNKNOWN_VERSION")
    r.bytes(32)
    read = BODIES.get(kind := r.u8())
    if read is None:
        raise Refused("UNKNOWN_KIND")
    if len(data) != (LARGE if kind == PART else SMALL):
        raise Refused("OUT_OF_RANGE")
    body = Reader(r.var(len(data) - HEADER - SIGNATURE))
    r.zeros(r.left() - SIGNATURE)
    read(body)
    body.done()


def read_vote(r):
    if r.u8() not in (1, 2, 3):
        raise Refused("UNKNOWN_KIND")
    r.bytes(8 + 32 + 64)


def read_offer(r):
    r.bytes(32)
    epoch = r.bytes(r.u16())
    tx.decode_epoch(epoch)
    if epoch[-1] != 0 or len(epoch) != 2 + 9 + tx.SEAL_KEY + 64 + 1:
        raise Refused("NON_CANONICAL")
    r.bytes(r.u16())


def read_part(r):
    r.bytes(32 + 8)
    index, count, piece = r.u16(), r.u16(), r.bytes(r.u16())
    if index >= count or (index < count - 1 and len(piece) != FULL):
        raise Refused("NON_CANONICAL")


def read_proofs(r):
    r.bytes(8 + 2)
    last, n = -1, r.count(20)
    if n == 0:
        raise Refused("NON_CANONICAL")
    for _ in range(n):
        if (index := r.u16()) <= last:
            raise Refused("NON_CANONICAL")
        last = index
        r.bytes(192)


BODIES = {VOTE: read_vote, OFFER: read_offer, NEED: lambda r: r.u64(), PART: read_part, PROOFS: read_proofs}


def bodies():
    seal = label("seal key", size=tx.SEAL_KEY)
    epoch = tx.epoch(2, 0, seal, label("committed"), label("revealed")) + b"\0"
    to = label("recipient")
    proof = lambda i: label("proof", i, size=192)
    for subject, name in ((1, "lock"), (2, "epoch"), (3, "heartbeat")):
        yield f"vote for a {name}", VOTE, u8(subject) + u64(9) + label("digest") + label("signature", size=64)
    yield "vote, largest number", VOTE, u8(1) + u64(2**64 - 1) + bytes(96)
    yield "offer", OFFER, to + var(epoch) + var(label("sealed", size=1168))
    yield "offer without a secret", OFFER, to + var(epoch) + var(b"")
    yield "need", NEED, u64(10)
    yield "need at 0", NEED, u64(0)
    yield "the only part", PART, to + u64(12) + u16(0) + u16(1) + var(b"")
    yield "the last part", PART, to + u64(12) + u16(65534) + u16(65535) + var(label("piece", size=100))
    yield "one proof", PROOFS, u64(15) + u16(16) + u16(1) + u16(65535) + proof(0)
    yield "two proofs", PROOFS, u64(15) + u16(16) + u16(2) + u16(0) + proof(0) + u16(18) + proof(1)
    yield "20 proofs", PROOFS, u64(2**64 - 1) + u16(65535) + u16(20) + b"".join(u16(i) + bytes([i] * 192) for i in range(20))


def make():
    sender, stranger = Signer("peer"), Signer("stranger")
    messages, raw = [], {}

    def signed(content, size, signer, chain=CHAIN):
        unsigned = content + bytes(size - SIGNATURE - len(content))
        return signer.sign(tx.sign_bytes("peer-message", chain, unsigned))

    for name, kind, body in bodies():
        size = LARGE if kind == PART else SMALL
        content = u8(1) + tx.worker_id(sender.key) + u8(kind) + var(body)
        signature = signed(content, size, sender)
        raw[name] = content + bytes(size - SIGNATURE - len(content)) + signature
        decode(raw[name])
        messages.append({"name": name, "kind": kind, "size": size, "content": content.hex(), "signature": signature.hex()})

    need = raw["need"]
    content = need[: HEADER + 8]

    def verifies(b):
        decode(b)
        return verify(sender.key, tx.sign_bytes("peer-message", CHAIN, b[:-SIGNATURE]), b[-SIGNATURE:])

    forged = []
    add = lambda name, at, replacement: forged.append(forgery("need", name, need, at, replacement, verifies))
    add("another sender", 1, tx.worker_id(stranger.key))
    add("another body", HEADER + 7, b"\x0b")
    add("a signature for another chain", SMALL - SIGNATURE, signed(content, SMALL, sender, "test-2"))
    add("a stranger's signature", SMALL - SIGNATURE, signed(content, SMALL, stranger))
    add("a signature without the padding", SMALL - SIGNATURE, sender.sign(tx.sign_bytes("peer-message", CHAIN, content)))
    add("another bit of the signature", SMALL - 1, bytes([need[-1] ^ 0x10]))
    return {
        "chain": CHAIN,
        "key": sender.key.hex(),
        "messages": messages,
        "refused": refused(raw),
        "forged": forged,
    }


def refused(raw):
    n = Negatives(decode, raw)
    vote, length, body = "vote for a lock", HEADER - 2, HEADER
    n.add(vote, "nothing", "OUT_OF_RANGE", cut=SMALL)
    n.add(vote, "a byte short", "OUT_OF_RANGE", cut=1)
    n.add(vote, "a byte more", "OUT_OF_RANGE", append=b"\0")
    n.add(vote, "twice", "OUT_OF_RANGE", append=raw[vote])
    for v in (0, 2, 255):
        n.add(vote, f"version {v}", "UNKNOWN_VERSION", 0, bytes([v]))
    for k in (0, 6, 255):
        n.add(vote, f"kind {k}", "UNKNOWN_KIND", 33, bytes([k]))
    n.add(vote, "a part in the small size", "OUT_OF_RANGE", 33, bytes([PART]))
    n.add("the only part", "a vote in the large size", "OUT_OF_RANGE", 33, bytes([VOTE]))
    n.add("need at 0", "3996 bytes of body", "TRAILING_BYTES", length, u16(SMALL - 100))
    n.add("need at 0", "3997 bytes of body", "OVERSIZED", length, u16(SMALL - 99))
    n.add("need at 0", "65535 bytes of body", "OVERSIZED", length, u16(65535))
    n.add("need at 0", "a body a byte too long", "TRAILING_BYTES", length, u16(9))
    n.add("need at 0", "a body a byte too short", "TRUNCATED", length, u16(7))
    n.add("need at 0", "no body", "TRUNCATED", length, u16(0))
    n.add(vote, "a body a byte too short, the byte in the padding", "NON_CANONICAL", length, u16(104))
    n.add(vote, "padding that begins with 1", "NON_CANONICAL", HEADER + 105, b"\1")
    n.add(vote, "padding that ends with 1", "NON_CANONICAL", SMALL - SIGNATURE - 1, b"\1")
    for s in (0, 4, 255):
        n.add(vote, f"subject {s}", "UNKNOWN_KIND", body, bytes([s]))
    epoch = body + 32 + 2
    signed = raw["offer"][epoch : epoch + 1291] + b"\1" + bytes(96)
    offer = raw["offer"][body : body + 32] + var(signed) + u16(0)
    n.add("offer without a secret", "with a signature", "NON_CANONICAL", length, var(offer))
    n.add("offer", "an epoch of another kind", "UNKNOWN_KIND", epoch, b"\x08")
    n.add("offer", "an epoch of another version", "UNKNOWN_VERSION", epoch + 1, b"\2")
    n.add("offer", "an epoch with a flag of 2", "NON_CANONICAL", epoch + 10, b"\2")
    index, count, piece = body + 40, body + 42, body + 44
    n.add("the only part", "part 1 of 1", "NON_CANONICAL", index, u16(1))
    n.add("the only part", "part 0 of 0", "NON_CANONICAL", count, u16(0))
    n.add("the only part", "part 0 of 2, empty", "NON_CANONICAL", count, u16(2))
    n.add("the last part", "not the last any more, and not full", "NON_CANONICAL", index, u16(65533))
    n.add("the only part", "a piece past the body", "TRUNCATED", piece, u16(1))
    proofs, first = body + 10, body + 12
    n.add("one proof", "no proofs", "NON_CANONICAL", length, u16(12) + raw["one proof"][body : body + 10] + bytes(196))
    n.add("20 proofs", "21 proofs", "OVERSIZED", proofs, u16(21))
    n.add("20 proofs", "65535 proofs", "OVERSIZED", proofs, u16(65535))
    n.add("two proofs", "an index twice", "NON_CANONICAL", first, u16(18))
    n.add("two proofs", "in descending order", "NON_CANONICAL", first, u16(19))
    n.add("two proofs", "one is said", "TRAILING_BYTES", proofs, u16(1))
    n.add("two proofs", "three are said", "TRUNCATED", proofs, u16(3))
    return n.list
