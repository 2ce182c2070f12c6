"""BIP-350 without BIP-173's limit of 90 characters."""

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CONSTANT = 0x2BC830A3


def _register(hrp, values):
    chk = 1
    for v in [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp] + values:
        top = chk >> 25
        chk = (chk & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            chk ^= g if top >> i & 1 else 0
    return chk


def encode_values(hrp, values, constant=CONSTANT):
    """The text of 5-bit values; BIP-173's constant is 1."""
    chk = _register(hrp, values + [0] * 6) ^ constant
    return hrp + "1" + "".join(CHARSET[v] for v in values + [chk >> 5 * (5 - i) & 31 for i in range(6)])


def values(data: bytes):
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]


def encode(hrp: str, data: bytes) -> str:
    return encode_values(hrp, values(data))


def split(text):
    """The prefix and the 5-bit values of a text that BIP-350 calls valid, or None."""
    if any(not 33 <= ord(c) <= 126 for c in text) or text not in (text.lower(), text.upper()):
        return None
    hrp, separator, rest = text.lower().rpartition("1")
    if not separator or not hrp or len(rest) < 6 or any(c not in CHARSET for c in rest):
        return None
    vs = [CHARSET.index(c) for c in rest]
    return (hrp, vs[:-6]) if _register(hrp, vs) == CONSTANT else None


def decode(text):
    """The prefix and the bytes of a lower-case text, or None."""
    if text != text.lower() or (parts := split(text)) is None:
        return None
    hrp, vs = parts
    bits = "".join(f"{v:05b}" for v in vs)
    end = len(bits) // 8 * 8
    if len(bits) - end >= 5 or "1" in bits[end:]:
        return None
    return hrp, bytes(int(bits[i : i + 8], 2) for i in range(0, end, 8))
