"""The bus that many computers share: one ordered log in a Redis, Streams under the hood."""

from trayapp.bus.redis.address import Address, parse
from trayapp.bus.redis.bus import RedisBus

__all__ = ["Address", "RedisBus", "parse"]
