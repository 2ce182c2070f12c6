"""BIP-39 with its English list (english.txt, as the BIP publishes it)."""

import hashlib
import pathlib

from wire import Refused

WORDS = (pathlib.Path(__file__).parent / "english.txt").read_text().split()


def words(entropy: bytes) -> str:
    n = len(entropy) * 8
    checksum = f"{hashlib.sha256(entropy).digest()[0]:08b}"[: n // 32]
    bits = "".join(f"{b:08b}" for b in entropy) + checksum
    return " ".join(WORDS[int(bits[i : i + 11], 2)] for i in range(0, len(bits), 11))


def parse(text: str) -> str:
    """The canonical phrase behind what a person typed."""
    typed = text.lower().split()
    if len(typed) not in (12, 15, 18, 21, 24) or any(w not in WORDS for w in typed):
        raise Refused("BAD_PHRASE")
    bits = "".join(f"{WORDS.index(w):011b}" for w in typed)
    size = len(bits) * 32 // 33
    if words(int(bits[:size], 2).to_bytes(size // 8, "big")) != " ".join(typed):
        raise Refused("BAD_PHRASE")
    return " ".join(typed)


def seed(phrase: str, passphrase: str = "") -> bytes:
    return hashlib.pbkdf2_hmac("sha512", phrase.encode(), b"mnemonic" + passphrase.encode(), 2048)
