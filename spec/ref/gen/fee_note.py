"""fee-note.json: the notes in which the ledger pays its flat fees (spec/10)."""

import note
from field import H, LAST, RFEE, RHO_FEE, e32, sample
from keys import owner

U32, U64 = 2**32 - 1, 2**64 - 1


def fee_note(asset, value, height, treasury=sample("pk_treasury")):
    rho, r = H(RHO_FEE, asset, height), H(RFEE, asset, height)
    c = owner(treasury, r)
    return {
        "treasury": e32(treasury).hex(),
        "asset": asset,
        "value": value,
        "height": height,
        "rho": e32(rho).hex(),
        "C": e32(c).hex(),
        "commitment": e32(note.commitment(asset, value, rho, c)).hex(),
    }


def make():
    return [
        fee_note(2, 1_000, 50),
        fee_note(2, 1_000, 51),
        fee_note(3, 1_000, 50),
        fee_note(50, 1_000, 2),  # asset and height exchanged
        fee_note(2, 1_001, 50),
        fee_note(0, 0, 0),
        fee_note(0, 0, 0, 0),
        fee_note(U32, U64, U64, LAST),
    ]
