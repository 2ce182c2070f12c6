"""encoding.json: one message with a field of every kind (spec/00)."""

from wire import Reader, refusal, u8, u16, u32, u64, var

MOST_BYTES, MOST_ELEMENTS = 5, 3


def encode(a, b, c, d, e, f, g, h):
    return u8(a) + u16(b) + u32(c) + u64(d) + u8(e) + f + var(g) + u16(len(h)) + b"".join(map(u16, h))


def decode(data):
    r = Reader(data)
    r.u8(), r.u16(), r.u32(), r.u64(), r.flag(), r.bytes(3), r.var(MOST_BYTES)
    for _ in range(r.count(MOST_ELEMENTS)):
        r.u16()
    r.done()


def make():
    fields = dict(a=1, b=0x0203, c=0x04050607, d=0x08090A0B0C0D0E0F, e=1, f=b"\x10\x11\x12", g=b"\x13\x14", h=[0x1516])
    most = dict(a=255, b=2**16 - 1, c=2**32 - 1, d=2**64 - 1, e=1, f=b"\xff" * 3, g=b"\xff" * 5, h=[2**16 - 1] * 3)
    least = dict(a=0, b=0, c=0, d=0, e=0, f=bytes(3), g=b"", h=[])
    messages = []
    for name, v in (("message", fields), ("largest", most), ("smallest", least)):
        b = encode(**v)
        decode(b)
        messages.append({"name": name, **v, "e": bool(v["e"]), "f": v["f"].hex(), "g": v["g"].hex(), "bytes": b.hex()})
    return {"messages": messages, "refused": refused(encode(**fields), encode(**most))}


def refused(good, most):
    out = []
    add = lambda name, code, b: out.append(refusal(name, code, decode, b))
    put = lambda b, at, v: b[:at] + v + b[at + len(v) :]
    flag, field, count = 15, 19, 23
    for n in (0, 1, 2, 3, 7, 15, 18, 20, 22, 24, len(good) - 1):
        add(f"the first {n} bytes", "TRUNCATED", good[:n])
    add("a byte left over", "TRAILING_BYTES", good + b"\0")
    add("the message twice", "TRAILING_BYTES", good + good)
    for v in (2, 128, 255):
        add(f"a flag of {v}", "NON_CANONICAL", put(good, flag, bytes([v])))
    add("a field over its bound", "OVERSIZED", put(good, field, u16(6)))
    longer = most[:field] + u16(6) + b"\xff" * 6 + most[field + 7 :]
    add("a field over its bound, the bytes are there", "OVERSIZED", longer)
    add("a field of 65535 bytes", "OVERSIZED", put(good, field, u16(65535)))
    add("a field over the message", "TRUNCATED", put(good, field, u16(5)))
    add("a count over its bound", "OVERSIZED", put(good, count, u16(4)))
    add("a count over its bound, the elements are there", "OVERSIZED", most[:-8] + u16(4) + b"\xff" * 8)
    add("a count of 65535", "OVERSIZED", put(good, count, u16(65535)))
    add("a count over the message", "TRUNCATED", put(good, count, u16(2)))
    add("a count under the message", "TRAILING_BYTES", put(good, count, u16(0)))
    return out
