"""Vectors of transactions: what a positive one says, and edits that are refused."""

from wire import edit, mutation


def shown(fields):
    """The fields of a message as JSON has them: bytes in hex."""
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}


def forgery(of, name, data, at, replacement, verifies):
    """An edit after which the message decodes but not every signature is valid."""
    if verifies(edit(data, at, replacement)):
        raise AssertionError(f"{name}: it verifies")
    return {"name": name, "of": of, "offset": at, "with": replacement.hex()}


class Negatives:
    """The list "refused" of a file, for messages given by name and one decoder."""

    def __init__(self, decode, messages):
        self.decode, self.messages, self.list = decode, messages, []

    def add(self, of, name, code, *at, **how):
        self.list.append(mutation(name, code, self.decode, of, self.messages[of], *at, **how))

    def frame(self, *names):
        """What is refused of every kind: length, kind, version."""
        for of in names:
            raw = self.messages[of]
            kind = raw[0]
            self.add(of, "nothing", "TRUNCATED", cut=len(raw))
            self.add(of, "the kind alone", "TRUNCATED", cut=len(raw) - 1)
            self.add(of, "half of it", "TRUNCATED", cut=len(raw) - len(raw) // 2)
            self.add(of, "the last byte missing", "TRUNCATED", cut=1)
            self.add(of, "one byte more", "TRAILING_BYTES", append=b"\0")
            self.add(of, "the message twice", "TRAILING_BYTES", append=raw)
            for other in (0, kind + 1, 255):
                self.add(of, f"kind {other}", "UNKNOWN_KIND", 0, bytes([other]))
            for version in (0, raw[1] + 1, 255):
                self.add(of, f"version {version}", "UNKNOWN_VERSION", 1, bytes([version]))

    def signatures(self, of, at, most):
        """What is refused of a list of two or more signatures that begins at an offset."""
        raw = self.messages[of]
        count, first = raw[at], raw[at + 1 : at + 33]
        self.add(of, "no signatures are said, some follow", "TRAILING_BYTES", at, b"\0")
        self.add(of, "a signature fewer is said than follow", "TRAILING_BYTES", at, bytes([count - 1]))
        self.add(of, "a signature more is said than follow", "TRUNCATED", at, bytes([count + 1]))
        self.add(of, f"{most} signatures are said", "TRUNCATED", at, bytes([most]))
        self.add(of, f"{most + 1} signatures", "OVERSIZED", at, bytes([most + 1]))
        self.add(of, "255 signatures", "OVERSIZED", at, b"\xff")
        self.add(of, "a signer given twice", "NON_CANONICAL", at + 97, first)
        exchanged = raw[at + 97 : at + 193] + raw[at + 1 : at + 97]
        self.add(of, "the first two signers in descending order", "NON_CANONICAL", at + 1, exchanged)
        self.add(of, "the last signer below the one before", "NON_CANONICAL", at + 1 + 96 * (count - 1), bytes(32))
