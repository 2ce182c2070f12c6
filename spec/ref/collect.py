"""spec/11, Collect: what the proof of a group's price and fee states."""

import market as mk
import note
from field import K
from jubjub import L
from keys import owner
from settlement import fee_value
from tree import TABLE_DEPTH

INPUTS = ("markets", "references", "height", "pc", "fee_note", "cv_fee.x", "cv_fee.y", "pk_treasury")


def climb(leaf, index, siblings):
    """The root over a leaf and its 12 siblings, from the leaf up, left to right."""
    for level in range(TABLE_DEPTH):
        pair = siblings[2 * level : 2 * level + 2]
        pair.insert(index % 3, leaf)
        leaf, index = K(*pair), index // 3
    return leaf


def public_inputs(w):
    """What follows from a witness, whether its rules hold or not."""
    m = w["record"]
    pc = mk.price_commitment(m, w["dev"], w["price"], w["height"], w["salt"])
    return [
        climb(mk.leaf(m), m["market"], w["market_siblings"]),
        climb(mk.reference_leaf(m["market"], w["reference"]), m["market"], w["reference_siblings"]),
        w["height"],
        pc,
        note.commitment(m["quote"], w["fee"], pc, owner(w["treasury"], w["r"])),
        *fee_value(w["fee"], w["blind"]),
        w["treasury"],
    ]


def holds(w, public):
    """Whether a proof of these public inputs exists with this witness."""
    m = w["record"]
    return (
        m["market"] < mk.MARKETS
        and mk.on_tick(m, w["price"])
        and w["dev"] == mk.deviation(w["price"], w["reference"])
        and w["blind"] < L
        and public == public_inputs(w)
    )
