"""The cache of several processes, and what takes its place while it is away."""

import logging
import threading
import time
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

log = logging.getLogger(__name__)

_REST = 5.0


class RedisOrOwn(BaseCache):
    """Redis while it answers; otherwise this process's own memory, so that people can still sign in.

    Limits then count per process. After a failure Redis is left alone for five seconds: nobody else waits for
    its timeout.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._shared = RedisCache(location, params)
        self._own = LocMemCache(location, {})
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._ask("add", key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._ask("get", key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._ask("set", key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._ask("touch", key, timeout, version))

    def delete(self, key: Any, version: Any = None) -> bool:
        return bool(self._ask("delete", key, version))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        return int(self._ask("incr", key, delta, version))

    def has_key(self, key: Any, version: Any = None) -> bool:
        return bool(self._ask("has_key", key, version))

    def clear(self) -> None:
        self._own.clear()
        self._ask("clear")

    def _ask(self, name: str, *args: Any) -> Any:
        if time.monotonic() >= self._rests_until:
            try:
                return getattr(self._shared, name)(*args)
            except (redis.RedisError, OSError) as error:
                self._rest(error)
        return getattr(self._own, name)(*args)

    def _rest(self, error: Exception) -> None:
        with self._lock:
            if time.monotonic() >= self._rests_until:
                log.warning("Redis does not answer, this process remembers by itself: %s", error)
            self._rests_until = time.monotonic() + _REST
