"""note.json: commitments and nullifiers. A note has no encoding, so nothing to refuse."""

from field import LAST, NOTE, e32, sample
from note import commitment, money, nullifier

U32, U64, TREE = 2**32 - 1, 2**64 - 1, 3**23


def note(asset=7, value=1_000_000, rho=2, c=3, nk=4, position=5):
    cm = commitment(asset, value, rho, c)
    return {
        "asset": asset,
        "value": value,
        "rho": e32(rho).hex(),
        "C": e32(c).hex(),
        "money": e32(money(NOTE, asset, value)).hex(),
        "commitment": e32(cm).hex(),
        "nk": e32(nk).hex(),
        "position": position,
        "nullifier": e32(nullifier(nk, cm, position)).hex(),
    }


def make():
    return [
        note(),
        note(0, 0, 0, 0, 0, 0),
        note(U32, U64, LAST, LAST, LAST, U64),
        # One field at a time: whatever changes, changes the commitment or the nullifier.
        *(note(asset=v) for v in (0, 1, U32)),
        *(note(value=v) for v in (0, 1, U32, U32 + 1, U64)),
        *(note(rho=v) for v in (0, 1, U64, LAST, sample("note", "rho"))),
        *(note(c=v) for v in (0, 1, U64, LAST, sample("note", "C"))),
        *(note(nk=v) for v in (0, 1, U64, LAST, sample("note", "nk"))),
        *(note(position=v) for v in (0, 1, U32, 1 << 36, TREE - 1, U64)),
        # A C that is a nullifier's third lane (spec/00): the commitment is nobody's.
        note(c=3 << 64),
    ]
