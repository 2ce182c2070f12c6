#!/usr/bin/env python3
"""Checks spec/vectors against the reference: python3 spec/ref/check.py

Prints one line a file; stops with a status of 1 at the first difference.
"""

import hashlib
import json
import pathlib
import sys

sys.dont_write_bytecode = True
import nightjar as nj

VECTORS = pathlib.Path(__file__).parent.parent / "vectors"
num = lambda h: int(h, 16)


class Checker:
    def __init__(self, name):
        self.name, self.n = name, 0
        self.v = json.loads((VECTORS / f"{name}.json").read_text())

    def same(self, what, file, computed):
        self.n += 1
        if isinstance(computed, int) and isinstance(file, str):
            computed = nj.e32(computed)
        if isinstance(computed, bytes):
            computed = computed.hex()
        if file != computed:
            sys.exit(f"{self.name}: {what}\n  file      {file}\n  reference {computed}")


def field(c):
    for i, t in enumerate(c.v["permutation"]):
        x = [num(h) for h in t["in"]]
        for j, lane in enumerate(nj.P(*x)):
            c.same(f"permutation {i}, lane {j}", t["p"][j], lane)
        c.same(f"K {i}", t["k"], nj.K(*x))
        for j, lane in enumerate(nj.K2(*x)):
            c.same(f"K2 {i}, output {j}", t["k2"][j], lane)
    for i, s in enumerate(c.v["sponge"]):
        c.same(f"sponge {i}", s["out"], nj.H(s["tag"], *map(num, s["in"] or [])))
    for i, f in enumerate(c.v["from_hash"]):
        parts = [bytes.fromhex(p) for p in f["parts"]]
        c.same(f"from_hash {i}", f["out"], nj.wide(f["context"], *parts) % nj.R)
    for r in c.v["refused"]:
        b = bytes.fromhex(r["bytes"])
        code = "TRUNCATED" if len(b) < 32 else "TRAILING_BYTES" if len(b) > 32 else ""
        if not code and int.from_bytes(b, "big") >= nj.R:
            code = "NON_CANONICAL"
        c.same(f"refusal of {r['name']}", r["code"], code)


def jubjub(c):
    points = {}
    for g in c.v["generators"]:
        p = points[g["name"]] = nj.generator(g["name"])
        c.same(f"x of {g['name']}", g["x"], p[0])
        c.same(f"y of {g['name']}", g["y"], p[1])
        c.same(f"wire of {g['name']}", g["wire"], nj.encode_point(p))
    for m in c.v["multiples"]:
        p = nj.mul(num(m["scalar"]), points[m["base"]])
        c.same(f"multiple of {m['base']}", m["wire"], nj.encode_point(p))
        c.same(f"decoding of it", m["wire"], nj.encode_point(nj.decode_point(bytes.fromhex(m["wire"]))))
    for s in c.v["signatures"]:
        base, k = points[s["base"]], num(s["secret"])
        c.same("key", s["key"], nj.encode_point(nj.mul(k, base)))
        message, entropy = bytes.fromhex(s["message"]), bytes.fromhex(s["entropy"])
        c.same(f"signature under {s['context']}", s["signature"], nj.sign(s["context"], base, k, message, entropy))
    for r in c.v["refused"]:
        c.same(f"refusal of {r['name']}", r["code"], nj.decode_point(bytes.fromhex(r["bytes"])))


def keys(c):
    for a in c.v["accounts"]:
        seed = hashlib.pbkdf2_hmac("sha512", a["phrase"].encode(), b"mnemonic", 2048)
        k = nj.Account(seed, a["index"])
        c.same("seed", a["seed"], seed)
        for name in ("ask", "nk", "dk", "oid", "self_key", "scan_key"):
            c.same(name, a[name], getattr(k, name))
        c.same("ak", a["ak"], nj.encode_point(k.ak))
        prover = b"\x01" + nj.encode_point(k.ak) + nj.e32(k.nk)
        c.same("prover key", a["prover_key"], nj.bech32m("njp", prover))
        c.same("viewing key", a["viewing_key"], nj.bech32m("njv", prover + nj.e32(k.dk)))
        c.same("r_1", a["r_1"], k.r(7, 1))
        c.same("s", a["s"], k.s(7))
        c.same("r of deposit 3", a["r_deposit_3"], nj.H(nj.RDEP, k.dk, 3))
        c.same("r of a return", a["r_return"], nj.H(nj.RRET, k.dk, 7))
        c.same("rho of a dummy", a["rho_dummy_1"], nj.H(nj.RHO_DUM, k.dk, 7, 1))
        alpha = nj.wide("nightjar/randomizer/v1", b"\x05") % nj.L
        c.same("alpha", a["alpha"], alpha)
        c.same("rk", a["rk"], nj.encode_point(nj.add(k.ak, nj.mul(alpha, nj.SPEND))))
        for d in a["addresses"]:
            div = k.diversifier(d["index"])
            c.same("d", d["d"], div)
            c.same("G_d", d["g_d"], nj.diversified_base(div))
            wire = k.address(div)
            c.same("pk_d", d["pk_d"], wire[17:49])
            c.same("PK_d", d["PK_d"], wire[49:])
            for network, hrp in (("main", "nj"), ("test", "njt"), ("development", "njd")):
                c.same(f"address on {network}", d[network], nj.bech32m(hrp, wire))
            c.same("C", d["c_of_r_1"], nj.owner(k.pk_d(div), k.r(7, 1)))


def note(c):
    for n in c.v:
        c.same("money", n["money"], nj.money(nj.NOTE, n["asset"], n["value"]))
        c.same("cm", n["commitment"], nj.note(n["asset"], n["value"], num(n["rho"]), num(n["C"])))
        c.same("nf", n["nullifier"], nj.nullifier(num(n["nk"]), num(n["commitment"]), n["position"]))


def opening(h):
    return nj.unpack(nj.OPENING_FIELDS, bytes.fromhex(h))


def order(c):
    for v in c.v["orders"]:
        o = opening(v["opening"])
        nf, following = nj.order_nullifier(o, v["position"])
        c.same(f"terms of {v['name']}", v["terms"], nj.terms_hash(o))
        c.same(f"covenant of {v['name']}", v["covenant"], nj.covenant(o))
        c.same(f"ocm of {v['name']}", v["commitment"], nj.order(o))
        c.same(f"nf_o of {v['name']}", v["nullifier"], nf)
        c.same(f"s' of {v['name']}", v["next"], following)


def market(c):
    for m in c.v["records"]:
        record = m["market"], m["base"], m["quote"], m["lotSize"]
        c.same("leaf", m["leaf"], nj.market_leaf(*record, m["feeBp"], m["tick"]))
        on_tick = m["price"] > 0 and 2 * m["price"] % m["tick"] == 0
        c.same("on tick", m["onTick"], on_tick)
        pc = nj.price_commitment(*record, m["dev"], m["feeBp"], m["price"], m["height"], num(m["salt"]))
        c.same("pc", m["commitment"], pc)
    for r in c.v["references"]:
        c.same("reference leaf", r["leaf"], nj.reference_leaf(r["market"], r["reference"]))
    for d in c.v["deviations"]:
        c.same(f"deviation of {d}", d["dev"], nj.deviation(d["price"], d["reference"]))


def fill(c):
    for v in c.v["fills"]:
        name, want = v["name"], v["result"]
        o = opening(v["opening"])
        got = nj.fill(o, v["position"], v["lots"], v["price"], v["feeBp"], v["height"])
        for leg in ("baseLeg", "quoteLeg", "fee"):
            c.same(f"{leg} of {name}", want[leg], got[leg])
        c.same(f"nf_o of {name}", want["nullifier"], got["nullifier"])
        c.same(f"e of {name}", want["report"], got["report"])
        for out in ("proceeds", "refund"):
            asset, value, rho = got[out]
            file = want[out]
            c.same(f"{out} of {name}", [file["asset"], file["value"]], [asset, value])
            c.same(f"rho of {out} of {name}", file["rho"], rho)
            c.same(f"cm of {out} of {name}", file["cm"], nj.note(asset, value, rho, o["c"]))
        c.same(f"remainder of {name}", want["remainder"], nj.pack(nj.OPENING_FIELDS, got["remainder"]))
        c.same(f"ocm of {name}", want["ocm"], nj.order(got["remainder"]))


def tree(c):
    for level, root in enumerate(c.v["empty"]):
        c.same(f"empty subtree of level {level}", root, nj.tree_root([], level))
    leaves = lambda n: [2**32 + i for i in range(n)]
    for t in c.v["trees"]:
        c.same(f"root of {t['leaves']} leaves", t["root"], nj.tree_root(leaves(t["leaves"]), 23))
    for t in c.v["tables"]:
        c.same(f"table of {t['leaves']} leaves", t["root"], nj.tree_root(leaves(t["leaves"]), 6))


def ciphertexts(c):
    o = c.v["outputs"]
    payer, nf0 = nj.Account(bytes.fromhex(o["payer_seed"])), num(o["nf_0"])
    payee = nj.Account(bytes.fromhex(o["payee_seed"]))
    address = payee.address(payee.diversifier(3))
    c.same("payee", o["payee_address"], address)
    text = [bytes.fromhex(p) for p in o["plaintexts"]]

    home = payer.diversifier(0)
    c.same("d of the order", text[0][13:29].hex(), home)
    c.same("r of the payment", text[1][29:61].hex(), payer.r(nf0, 1))
    c.same("record of the payment", text[2][29:].hex(), b"\1" + text[1][1:13] + address + bytes(5))
    mine = lambda j: nj.owner(payer.pk_d(home), payer.r(nf0, j))
    asset = lambda j: int.from_bytes(text[j][1:5], "big")
    value = lambda j: int.from_bytes(text[j][5:13], "big")
    opening = nj.unpack(nj.TERMS_FIELDS, text[0][29:82])
    opening |= {"asset": asset(0), "value": value(0), "oid": payer.oid, "c": mine(0), "s": payer.s(nf0)}
    c.same("order", o["commitments"][0], nj.order(opening))
    paid = nj.owner(int.from_bytes(address[17:49], "big"), payer.r(nf0, 1))
    c.same("payment", o["commitments"][1], nj.note(asset(1), value(1), nf0 + 1, paid))
    c.same("change", o["commitments"][2], nj.note(asset(2), value(2), nf0 + 2, mine(2)))
    c.same("outputs", o["sealed"], nj.seal_outputs(payer, nf0, text, 1, address, bytes.fromhex(o["entropy"])))

    f = c.v["fee"]
    treasury = nj.Account(bytes.fromhex(f["treasury_seed"]))
    d, pc, r = treasury.diversifier(0), num(f["pc"]), num(f["r"])
    c.same("fee note", f["commitment"], nj.note(f["asset"], f["value"], pc, nj.owner(treasury.pk_d(d), r)))
    plain = b"\3" + f["asset"].to_bytes(4, "big") + f["value"].to_bytes(8, "big") + d + nj.e32(r) + bytes(67)
    c.same("fee opening", f["sealed"], nj.seal_fee(treasury.address(d), bytes.fromhex(f["seed"]), pc, plain))


def main():
    for check in (field, jubjub, keys, note, order, market, fill, tree, ciphertexts):
        c = Checker(check.__name__)
        check(c)
        print(f"{c.name}: {c.n} values agree")


if __name__ == "__main__":
    main()
