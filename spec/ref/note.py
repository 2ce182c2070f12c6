"""spec/02: notes."""

from field import K, NF, NOTE, R


def money(tag, asset, value):
    return value + (asset << 64) + (tag << 96)


def commitment(asset, value, rho, c):
    return K(money(NOTE, asset, value), rho, c)


def nullifier(nk, cm, position):
    return K(nk, cm, position + (NF << 64))


def output_rho(nf0, j):
    return (nf0 + j) % R
