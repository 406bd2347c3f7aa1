"""Random numbers that are a pure function of (seed, stream, index).

A counter-based generator (SplitMix64, https://prng.di.unimi.it/splitmix64.c): nothing is
kept between two draws, so a review can be made without the ones before it, and the same
seed gives the same numbers on every machine and numpy version. Only integers are used.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np

GAMMA = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


@lru_cache(maxsize=4096)
def stream_key(seed: int, stream: str) -> int:
    """The 64-bit starting point of one named stream of one seed."""
    return int.from_bytes(blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest(), "little")


def roll(seed: int, stream: str, index: int, sides: int) -> int:
    """One integer in 0 … sides - 1 (sides below 2**32)."""
    z = (stream_key(seed, stream) + GAMMA * (index + 1)) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return ((z >> 32) * sides) >> 32


def bits(seed: int, stream: str, index: np.ndarray) -> np.ndarray:
    """64 random bits for each index, as uint64."""
    z = index.astype(np.uint64)
    z += np.uint64(1)
    z *= np.uint64(GAMMA)
    z += np.uint64(stream_key(seed, stream))
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def rolls(seed: int, stream: str, index: np.ndarray, sides: int | np.ndarray) -> np.ndarray:
    """Like `roll` for many indexes at once; `sides` may differ by index. Returns int64."""
    z = bits(seed, stream, index)
    z >>= np.uint64(32)
    z *= np.asarray(sides).astype(np.uint64)
    z >>= np.uint64(32)
    return z.view(np.int64)


def shuffled(seed: int, stream: str, count: int) -> np.ndarray:
    """The numbers 0 … count - 1 in an order of the seed's own."""
    return np.argsort(bits(seed, stream, np.arange(count)), kind="stable")
