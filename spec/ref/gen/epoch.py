"""epoch.json: the draws of two epochs' secrets (spec/13). Nothing of it decodes."""

import epoch as ep
from field import LAST, e32, sample
from wire import label

LAST_HEIGHT = 2**32 - 1


def make():
    return {"secrets": [drawn(label("epoch secret")), drawn(bytes(32))]}


def drawn(secret):
    k = ep.schedule(secret)
    return {
        "secret": secret.hex(),
        "schedule": k.hex(),
        "calls": [called(k, n, first) for n, first in ((1, 0), (2, 0), (8, 0), (7, 1000), (100, 0), (8, LAST_HEIGHT - 39))],
        "up": [h for h in range(40) if ep.tie(k, h)],
        "draws": [
            *(draw(secret, 7, purpose, 1, 3) for purpose in range(1, 12)),
            # Another height, pool or index is another draw.
            draw(secret, 8, ep.BLIND, 1, 3),
            draw(secret, 7, ep.BLIND, 2, 3),
            draw(secret, 7, ep.BLIND, 1, 4),
            *(draw(secret, 7, purpose, ep.pool(1, 1), 3) for purpose in (ep.SALT, ep.BLIND, ep.PLACE)),
            draw(secret, 7, ep.PLACE, ep.pool(728, 1), 0),
            draw(secret, 0, ep.SALT, 0, 0),
            draw(secret, LAST_HEIGHT, ep.PAD_OID, 728, 1023),
            draw(secret, LAST_HEIGHT, ep.RANK, LAST_HEIGHT, LAST_HEIGHT),
        ],
        "ranks": [
            {"height": h, "nullifier": e32(nf).hex(), "rank": ep.Auction(secret, h).rank(nf)}
            for h in (7, 8)
            for nf in (0, 1, sample("nullifier"), LAST)
        ],
    }


def called(k, n, first):
    """The heights called among 40 from the first one on; each n blocks have one."""
    heights = [h for h in range(first, first + 40) if ep.called(k, h, n)]
    return {"interval": n, "first": first, "called": heights}


def draw(secret, height, purpose, pool, index):
    a = ep.Auction(secret, height)
    q = purpose, pool, index
    return {
        "height": height,
        "purpose": purpose,
        "pool": pool,
        "index": index,
        "key": a.key.hex(),
        "seed": a.seed(*q).hex(),
        "element": e32(a.element(*q)).hex(),
        "scalar": e32(a.scalar(*q)).hex(),
    }
