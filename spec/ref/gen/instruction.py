"""instruction.json: sealed commands that an epoch's key opens, and what it opens no more."""

import hpke
from curve25519 import Q
from gen.ciphertexts import commands, refused_commands
from seal import COMMAND, decode_command, encode_command
from wire import Refused, edit, label, refused_with, var

CHAIN, SIZE = "nightjar-test", 1456
KEYS = {name: hpke.Key(label("epoch", name)) for name in ("first", "second")}
AAD = label("aad")


def info(chain):
    return var(b"nightjar/enclave-instruction/v1") + var(chain.encode())


def open_instruction(key, chain, aad, sealed):
    """The command, or one opaque code."""
    text = hpke.open(key, info(chain), aad, sealed)
    if text is None or refused_with(decode_command, text):
        raise Refused("BAD_CIPHERTEXT")
    return text


def seal(name, text, key="first", chain=CHAIN, aad=AAD):
    return hpke.seal(KEYS[key].public, label("encapsulation", name, size=64), info(chain), aad, text)


def case(name, sealed, key="first", chain=CHAIN, aad=AAD):
    return {"name": name, "seed": label("epoch", key).hex(), "chain": chain, "aad": aad.hex(), "sealed": sealed.hex()}


def chosen(name):
    """Of the many of an order's handling two are enough here."""
    return "handling" not in name or name.endswith(("all bounds", "peg 4"))


def opened():
    samples = [(name, encode_command(c), {}) for name, c in commands() if chosen(name)]
    cancel = dict(commands())["cancel"]
    samples.append(("under another key", encode_command(cancel), {"key": "second"}))
    samples.append(("on a chain without a name", encode_command(cancel), {"chain": ""}))
    samples.append(("of an action of zeros", encode_command(cancel), {"aad": bytes(32)}))
    for name, text, where in samples:
        v = case(name, seal(name, text, **where), **where)
        key = KEYS[where.get("key", "first")]
        if open_instruction(key, v["chain"], bytes.fromhex(v["aad"]), bytes.fromhex(v["sealed"])) != text:
            raise AssertionError(name)
        yield v | {"command": text.hex()}


def refused():
    text = encode_command(dict(commands())["cancel"])
    good = seal("good", text)
    epk = hpke.ENCAPSULATION - 32
    yield case("another key", good, key="second")
    yield case("another chain", good, chain="nightjar-main")
    yield case("another aad", good, aad=edit(AAD, 31, bytes([AAD[31] ^ 1])))
    for name, at in (
        ("the first byte of ML-KEM's ciphertext", 0),
        ("the last byte of ML-KEM's ciphertext", epk - 1),
        ("the first byte of the X25519 key", epk),
        ("the last byte of the X25519 key", epk + 31),
        ("the first byte of the command", hpke.ENCAPSULATION),
        ("the last byte of the command", hpke.ENCAPSULATION + COMMAND - 1),
        ("the tag", SIZE - 1),
    ):
        yield case(f"{name} changed", edit(good, at, bytes([good[at] ^ 1])))
    for name, u in (("zero", 0), ("one", 1), ("-1", Q - 1), ("the modulus", Q)):
        yield case(f"an X25519 key of {name}", edit(good, epk, u.to_bytes(32, "little")))
    yield case("the encapsulation of another", seal("other", text)[: hpke.ENCAPSULATION] + good[hpke.ENCAPSULATION :])
    yield case("all zeros", bytes(SIZE))
    yield case("random", label("no instruction", size=SIZE))
    # It opens, and what it says is no command.
    for name, _, data in refused_commands():
        if len(data) == COMMAND and chosen(name):
            yield case(f"inside: {name}", seal(name, data))


def checked(v):
    key = next(k for name, k in KEYS.items() if label("epoch", name).hex() == v["seed"])
    aad, sealed = bytes.fromhex(v["aad"]), bytes.fromhex(v["sealed"])
    code = refused_with(lambda b: open_instruction(key, v["chain"], aad, b), sealed)
    if code != "BAD_CIPHERTEXT" or len(sealed) != SIZE:
        raise AssertionError(f"{v['name']}: {code}")
    return v | {"code": code}


def make():
    return {
        "keys": [{"seed": label("epoch", name).hex(), "public": key.public.hex()} for name, key in KEYS.items()],
        "instructions": list(opened()),
        "refused": [checked(v) for v in refused()],
    }
