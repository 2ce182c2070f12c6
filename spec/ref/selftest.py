#!/usr/bin/env python3
"""The reference against published answers: python3 spec/ref/selftest.py

What a vector says is no better than the primitives below it, so these are held
to what their own standards publish. Nothing here comes from Nightjar but the
examples that spec/ prints.
"""

import hashlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
import auction
import bech32m
import bip39
import bls12_381
import chacha
import curve25519
import ed25519
import field
import gen.auction
import generate
import hpke
import jubjub
import keccak
import keys
import mlkem
from wire import Reader, edit, label, refusal, refused_with

unhex = bytes.fromhex


class Hashes(unittest.TestCase):
    def test_keccak256(self):
        for text, digest in (
            (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
            (b"The quick brown fox jumps over the lazy dog",
             "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15"),
        ):
            self.assertEqual(keccak.keccak256(text).hex(), digest)

    def test_keccak_is_sha3_but_for_the_padding(self):
        """Lengths around a block, against hashlib's SHA-3 with its own byte of padding."""
        for n in (0, 1, 134, 135, 136, 137, 271, 272, 300):
            data = label("keccak", n, size=n)
            self.assertEqual(keccak.absorb(data, 6), hashlib.sha3_256(data).digest(), n)

    def test_wide_is_sha512_of_what_the_page_says(self):
        said = b"\0\1c" + b"\0\0\0\2ab" + b"\0\0\0\0"
        self.assertEqual(field.wide("c", b"ab", b""), int.from_bytes(hashlib.sha512(said).digest(), "big"))
        self.assertEqual(
            hashlib.sha512(b"abc").hexdigest()[:32], "ddaf35a193617abacc417349ae204131")

    def test_hkdf(self):
        """RFC 5869, test case 3."""
        self.assertEqual(
            keys.hkdf(b"\x0b" * 22, b"", 42).hex(),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")


class Field(unittest.TestCase):
    def test_example_of_the_page(self):
        self.assertEqual(
            field.K(0, 0, 0), 0x72A2689C712DE71869FDAD18AF2774ED8398420FE28848989CDB36DA2F27C9DA)

    def test_permutation_written_plainly(self):
        """The matrices as eprint 2023/323 prints them, over lists."""
        def times(m, s):
            return [sum(a * b for a, b in zip(row, s)) % field.R for row in m]

        external, internal = [[2, 1, 1], [1, 2, 1], [1, 1, 2]], [[2, 1, 1], [1, 2, 1], [1, 1, 3]]
        s = times(external, [1, 2, 3])
        self.assertEqual(sum(map(len, field.CONSTANTS)), 8 * 3 + 56)
        for i, row in enumerate(field.CONSTANTS):
            full = i < 4 or i >= 60
            s = [pow((v + k) % field.R, 5, field.R) if full or j == 0 else v
                 for j, (v, k) in enumerate(zip(s, row + [0] * (3 - len(row))))]
            s = times(external if full else internal, s)
        self.assertEqual(list(field.P(1, 2, 3)), s)

    def test_no_input_is_reduced_on_the_wire(self):
        for v, code in ((field.LAST, None), (field.R, "NON_CANONICAL")):
            self.assertEqual(refused_with(field.decode, field.e32(v)), code)


class Jubjub(unittest.TestCase):
    def test_parameters(self):
        """The d that Zcash publishes."""
        self.assertEqual(jubjub.D, 0x2A9318E74BFA2B48F5FD9207E6BD7FD4292D7F6D37579D2601065FD6D6343EB1)
        self.assertIsNone(jubjub.sqrt(jubjub.D))
        self.assertEqual(jubjub.sqrt(field.R - 1) ** 2 % field.R, field.R - 1)

    def test_group(self):
        def plain(p, q):
            (x1, y1), (x2, y2) = p, q
            t = jubjub.D * x1 * x2 * y1 * y2 % field.R
            return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, field.R) % field.R,
                    (y1 * y2 + x1 * x2) * pow(1 - t, -1, field.R) % field.R)

        points = [*jubjub.GENERATORS.values(), *jubjub.torsion(), jubjub.IDENTITY]
        for p in points:
            x, y = p
            self.assertEqual((y * y - x * x - 1 - jubjub.D * x * x * y * y) % field.R, 0)
            self.assertEqual(jubjub.add(p, jubjub.neg(p)), jubjub.IDENTITY)
            for q in points:
                self.assertEqual(jubjub.add(p, q), plain(p, q))
        for p in jubjub.GENERATORS.values():
            self.assertEqual(jubjub.mul(jubjub.L, p), jubjub.IDENTITY)
            self.assertEqual(jubjub.mul(5, p), plain(p, plain(plain(p, p), plain(p, p))))
        self.assertEqual(len(set(jubjub.torsion())), 8)

    def test_signatures(self):
        key, good = jubjub.mul(9, jubjub.SPEND), jubjub.sign("c", jubjub.SPEND, 9, b"m")
        self.assertTrue(jubjub.verify("c", jubjub.SPEND, key, b"m", good))
        self.assertFalse(jubjub.verify("c", jubjub.SPEND, key, b"n", good))


class Curve25519(unittest.TestCase):
    def test_rfc7748(self):
        for k, u, out in (
            ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
             "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
             "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
            ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
             "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
             "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
        ):
            self.assertEqual(curve25519.x25519(unhex(k), unhex(u)).hex(), out)

    def test_rfc7748_repeated(self):
        k = b"\x09" + bytes(31)
        self.assertEqual(
            curve25519.x25519(k, k).hex(), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")

    def test_exchange(self):
        base = b"\x09" + bytes(31)
        a, b = label("a"), label("b")
        self.assertEqual(
            curve25519.x25519(a, curve25519.x25519(b, base)), curve25519.x25519(b, curve25519.x25519(a, base)))

    def test_order(self):
        self.assertEqual(curve25519.ladder(curve25519.ORDER, 9)[1], 0)
        self.assertNotEqual(curve25519.ladder(curve25519.ORDER - 1, 9)[1], 0)
        for u in (0, 1, curve25519.Q - 1):
            self.assertEqual(curve25519.x25519(b"\7" * 32, u.to_bytes(32, "little")), bytes(32))


class ChaCha20Poly1305(unittest.TestCase):
    """RFC 8439, sections 2.3.2, 2.5.2 and 2.8.2."""

    def test_block(self):
        self.assertEqual(
            chacha.block(bytes(range(32)), 1, unhex("000000090000004a00000000")).hex(),
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
            "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")

    def test_poly1305(self):
        once = unhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
        self.assertEqual(
            chacha.poly1305(once, b"Cryptographic Forum Research Group").hex(), "a8061dc1305136c6c22b8baf0c0127a9")

    def test_aead(self):
        text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        key, nonce, aad = bytes(range(0x80, 0xA0)), unhex("070000004041424344454647"), unhex("50515253c0c1c2c3c4c5c6c7")
        sealed = chacha.seal(key, nonce, text, aad)
        self.assertEqual(sealed[:16].hex(), "d31a8d34648e60db7b86afbc53ef7ec2")
        self.assertEqual(sealed[-16:].hex(), "1ae10b594f09e26a7e902ecbd0600691")
        self.assertEqual(chacha.open(key, nonce, sealed, aad), text)
        for i in (0, len(text), len(sealed) - 1):
            self.assertIsNone(chacha.open(key, nonce, edit(sealed, i, bytes([sealed[i] ^ 1])), aad))
        self.assertIsNone(chacha.open(key, nonce, sealed))
        self.assertIsNone(chacha.open(key, nonce, sealed[:15], aad))


class XWing(unittest.TestCase):
    """Key, encapsulation and secret of the first vector of draft-connolly-cfrg-xwing-kem."""

    seed = unhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    randomness = unhex(
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
        "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2")

    def test_shared_secret(self):
        key = hpke.Key(self.seed)
        shared, encapsulation = hpke.encapsulate(key.public, self.randomness)
        self.assertEqual(shared.hex(), "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384")
        self.assertEqual(key.decapsulate(encapsulation), shared)
        self.assertNotEqual(key.decapsulate(edit(encapsulation, 0, bytes([encapsulation[0] ^ 1]))), shared)

    def test_ntt(self):
        """Products in the domain of the NTT are products modulo X^256 + 1."""
        f, g = ([int.from_bytes(label(n, i, size=2), "big") % mlkem.Q for i in range(mlkem.N)] for n in "fg")
        plain = [0] * mlkem.N
        for i, a in enumerate(f):
            for j, b in enumerate(g):
                sign = 1 if i + j < mlkem.N else -1
                plain[(i + j) % mlkem.N] += sign * a * b
        self.assertEqual(
            mlkem.inverse_ntt(mlkem.product(mlkem.ntt(f), mlkem.ntt(g))), [v % mlkem.Q for v in plain])


class Ed25519(unittest.TestCase):
    def test_rfc8032(self):
        for seed, key, message, signature in (
            ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
             "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
            ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ):
            self.assertEqual(ed25519.public(unhex(seed)).hex(), key)
            self.assertEqual(ed25519.sign(unhex(seed), unhex(message)).hex(), signature)
            self.assertTrue(ed25519.verify(unhex(key), unhex(message), unhex(signature)))
            self.assertFalse(ed25519.verify(unhex(key), unhex(message) + b"x", unhex(signature)))


class BLS12381(unittest.TestCase):
    def test_generators(self):
        """The forms that every library prints: 0x80 is the smaller root's flag, 0xa0 the larger's."""
        x1 = "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        x2 = (
            "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
            "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        )
        for group, x in ((bls12_381.G1, x1), (bls12_381.G2, x2)):
            g = group.generator
            self.assertEqual(group.encode(g).hex(), "9" + x[1:])
            self.assertEqual(group.encode(group.neg(g)).hex(), "b" + x[1:])
            self.assertEqual(group.encode(None).hex(), "c0" + "00" * (group.size - 1))

    def test_group(self):
        for group in (bls12_381.G1, bls12_381.G2):
            g, p = group.generator, group.outside()
            k = int.from_bytes(label("k"), "big") % bls12_381.ORDER
            self.assertIsNone(group.mul(bls12_381.ORDER, g))
            self.assertIsNone(group.add(group.mul(k, g), group.mul(bls12_381.ORDER - k, g)))
            self.assertEqual(group.add(group.mul(k, g), g), group.mul(k + 1, g))
            self.assertEqual(group.add(group.mul(k, p), group.mul(k, g)), group.mul(k, group.add(p, g)))
            self.assertTrue(group.on_curve(group.mul(k, p)))
            self.assertIsNotNone(group.mul(bls12_381.ORDER, p))
            self.assertEqual(group.decode(group.encode(group.mul(k, g))), group.mul(k, g))


class Auction(unittest.TestCase):
    def test_example_of_the_page(self):
        order = lambda side, qty, limit, rank: auction.Order(side, qty, limit, 0, auction.NO_BOUND, rank, 1, rank)
        fills = [(1, 4), (0, 6), (2, 4), (3, 6)]
        buy, sell = auction.BUY, auction.SELL
        book = [order(buy, 10, 103, 1), order(buy, 4, 105, 2), order(sell, 4, 98, 3), order(sell, 6, 103, 4)]
        outcome = auction.clear(auction.Call(2, 1000, 100, 100, 100, 64, False, book))
        self.assertEqual((outcome.price, outcome.fills), (103, fills))

    def test_no_price_trades_more(self):
        """Of drawn books without minima: every price of the grid, tried one by one."""
        for n in range(40):
            call = gen.auction.draw("selftest", n, 8, most=(64,))
            for o in call.orders:
                o.min_fill = 0
            outcome = auction.clear(call)
            a = auction.Auction(call, auction.Log())
            a.without_self_trades()
            low, high = call.around(min(call.collar, 5000))
            step = call.step()
            prices = range(-(-low // step) * step, high + 1, step)
            most = max((min(a.depth(0, p), a.depth(1, p)) for p in prices), default=0)
            self.assertEqual(outcome.volume, most)

    def test_sets_of_volumes(self):
        """Spans are the sums that one tries out, and fills are of the first orders as much as can be."""
        for n in range(60):
            call = gen.auction.draw("sets", n, 7, most=(64,), strict=True)
            for o in call.orders:
                o.side, o.peg, o.limit, o.band = auction.BUY, auction.NO_PEG, call.mid, auction.NO_BOUND
            a = auction.Auction(call, auction.Log())
            sums = {0: ()}
            list_ = sorted(a.in_)
            for i in list_:
                o = call.orders[i]
                sums = {s + x: f + (x,) for s, f in sorted(sums.items(), key=lambda x: x[1]) for x in (0, *range(max(1, o.least()), o.qty + 1))}
            volume = max(0, max(sums) - n % 5)
            considered, sets = a.reach(list_, volume)
            self.assertEqual({x for lo, hi in sets[0] for x in range(lo, hi + 1)}, {x for x in sums if x <= volume})
            self.assertTrue(all(hi + 1 < lo for (_, hi), (lo, _) in zip(sets[0], sets[0][1:])))
            if volume in sums:
                fills = dict(a.share(considered, sets, volume))
                self.assertEqual(tuple(fills.get(i, 0) for i in list_), sums[volume])


class Texts(unittest.TestCase):
    def test_bip39(self):
        """The BIP's own list and vectors (passphrase TREZOR)."""
        listed = "".join(w + "\n" for w in bip39.WORDS).encode()
        self.assertEqual(
            hashlib.sha256(listed).hexdigest(), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda")
        for entropy, words, seed in (
            ("00000000000000000000000000000000",
             "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
             "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04"),
            ("7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
             "legal winner thank year wave sausage worth useful legal winner thank yellow",
             "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607"),
            ("0000000000000000000000000000000000000000000000000000000000000000",
             "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
             "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
             "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8"),
            ("7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
             "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
             "legal winner thank year wave sausage worth title",
             "bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87"),
            ("77c2b00716cec7213839159e404db50d",
             "jelly better achieve collect unaware mountain thought cargo oxygen act hood bridge",
             "b5b6d0127db1a9d2226af0c3346031d77af31e918dba64287a1b44b8ebf63cdd52676f672a290aae502472cf2d602c051f3e6f18055e84e4c43897fc4e51a6ff"),
            ("b63a9c59a6e641f288ebc103017f1da9f8290b3da6bdef7b",
             "renew stay biology evidence goat welcome casual join adapt armor shuffle fault little machine walk "
             "stumble urge swap",
             "9248d83e06f4cd98debf5b6f010542760df925ce46cf38a1bdb4e4de7d21f5c39366941c69e1bdbf2966e0f6e6dbece898a0e2f0a4c2b3e640953dfe8b7bbdc5"),
        ):
            self.assertEqual(bip39.words(unhex(entropy)), words)
            self.assertEqual(bip39.parse(words), words)
            self.assertEqual(bip39.seed(words, "TREZOR").hex(), seed)

    def test_bip350(self):
        for text in (
            "A1LQFN3A",
            "a1lqfn3a",
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
            "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
            "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
            "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
            "?1v759aa",
        ):
            self.assertIsNotNone(bech32m.split(text), text)
        for text in (
            "\x201xj0phk", "\x7f1g6xzxy", "\x801vctc34", "qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0",
            "in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ", "16plkw9", "1p2gdwpf", "A1lqfn3a", "a12uel5l", "",
        ):
            self.assertIsNone(bech32m.split(text), text)
        for n in range(1, 40):
            self.assertEqual(bech32m.decode(bech32m.encode("nj", label("text", size=n))), ("nj", label("text", size=n)))


class Frame(unittest.TestCase):
    """The frame of the generator: what it computes, and what it says of a difference."""

    def test_codes_are_computed(self):
        def decode(data):
            r = Reader(data)
            r.flag()
            r.var(2)
            r.zeros(1)
            r.done()

        good = b"\1\0\1x\0"
        self.assertIsNone(refused_with(decode, good))
        for data, code in (
            (b"", "TRUNCATED"), (good[:-1], "TRUNCATED"), (good + b"\0", "TRAILING_BYTES"), (b"\2" + good[1:], "NON_CANONICAL"),
            (b"\1\0\3xyz\0", "OVERSIZED"), (b"\1\xff\xff", "OVERSIZED"), (b"\1\0\1x\1", "NON_CANONICAL"),
        ):
            self.assertEqual(refusal("case", code, decode, data)["code"], code)
        with self.assertRaises(AssertionError):
            refusal("a good message", "TRUNCATED", decode, good)
        with self.assertRaises(AssertionError):
            refusal("another code", "OVERSIZED", decode, b"")
        with self.assertRaises(AssertionError):
            edit(good, 4, b"ab")

    def test_difference_names_the_first_path(self):
        value = {"a": [1, {"b": "x"}], "c": 2}
        for other, path in (
            (value, None),
            ({"a": [1, {"b": "y"}], "c": 3}, "$.a[1].b: "),
            ({"a": [1], "c": 2}, "$.a, its length: "),
            ({"a": [1, {"b": "x"}]}, "$: "),
            ({"c": 2, "a": [1, {"b": "x"}]}, "$: "),
            ({"a": [1, {"b": "x"}], "c": "2"}, "$.c: "),
            ({"a": [True, {"b": "x"}], "c": 2}, "$.a[0]: "),
        ):
            found = generate.difference(other, value)
            self.assertEqual(found and found.startswith(path), path and True, found)

    def test_every_file_has_its_row(self):
        """The table of spec/00, "Vectors"."""
        page = (generate.VECTORS.parent / "00-conventions.md").read_text()
        rows = re.findall(r"^\| ([^|]*) \|", page.partition("\n## Vectors\n")[2], re.M)
        self.assertEqual(sorted(name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)), generate.names())

    def test_examples_of_the_pages_are_vectors(self):
        """Every long number and every address that a page prints stands in a vector file."""
        vectors = "".join(p.read_text() for p in generate.VECTORS.glob("*.json"))
        found = 0
        for page in sorted(generate.VECTORS.parent.glob("*.md")):
            for example in re.findall(r"\b(?:0x)?([0-9a-f]{32,}|nj[a-z]*1[0-9a-z]{40,})\b", page.read_text()):
                found += 1
                self.assertIn(example, vectors, page.name)
        self.assertGreater(found, 30)


if __name__ == "__main__":
    unittest.main()
