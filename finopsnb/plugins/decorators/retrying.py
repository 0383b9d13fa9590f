"""``@retry``: call again after a failure, later and later. Tenacity does the counting and the waiting."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, overload

from finopsnb.errors import FinopsError
from finopsnb.plugins.decorators.calls import F, clock, decorated, is_function, refuse_generators

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["retry"]

Exceptions = type[BaseException] | tuple[type[BaseException], ...]


@overload
def retry(max_attempts: F, /) -> F: ...
@overload
def retry(
    max_attempts: int = 3,
    delay: float = 1.0,
    backoff: float = 2.0,
    max_delay: float = 60.0,
    jitter: bool = True,
    exceptions: Exceptions = (Exception,),
) -> Callable[[F], F]: ...
def retry(
    max_attempts: Any = 3,
    delay: float = 1.0,
    backoff: float = 2.0,
    max_delay: float = 60.0,
    jitter: bool = True,
    exceptions: Exceptions = (Exception,),
) -> Any:
    """Call a function, sync or async, up to ``max_attempts`` times while it raises one of ``exceptions``.

    Before attempt n + 1 it waits ``delay * backoff ** (n - 1)`` seconds, with ``jitter`` up to ``delay`` more, never
    more than ``max_delay``. The last exception is raised as it is. What is no ``Exception`` (KeyboardInterrupt,
    SystemExit, a cancelled task) is never retried, whatever ``exceptions`` says.

    >>> answers = iter([ConnectionError(), "12 rows"])
    >>> @retry(max_attempts=2, delay=0)
    ... def fetch():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> fetch()
    '12 rows'
    """
    if is_function(max_attempts):
        return retry()(max_attempts)
    policy = _Policy(max_attempts, delay, backoff, max_delay, jitter, exceptions)
    return lambda function: decorated(function, "retry", policy.wrap)


@dataclass(frozen=True)
class _Policy:
    max_attempts: int
    delay: float
    backoff: float
    max_delay: float
    jitter: bool
    exceptions: Exceptions

    def __post_init__(self) -> None:
        if self.max_attempts < 1 or self.delay < 0 or self.backoff < 0 or self.max_delay < 0:
            raise FinopsError(
                f"@retry cannot work with max_attempts={self.max_attempts}, delay={self.delay}, "
                f"backoff={self.backoff}, max_delay={self.max_delay}.",
                why="There is at least one attempt, and no time is negative.",
                hint="@retry(max_attempts=3, delay=1.0)",
            )

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        refuse_generators(function, "retry")
        if inspect.iscoroutinefunction(function):
            return self._wrap_async(function)

        @wraps(function)
        def retrying(*args: Any, **kwargs: Any) -> Any:
            from tenacity import Retrying

            return Retrying(sleep=clock.sleep, **self._options(function))(function, *args, **kwargs)

        return retrying

    def _wrap_async(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def retrying(*args: Any, **kwargs: Any) -> Any:
            from tenacity import AsyncRetrying

            return await AsyncRetrying(sleep=clock.sleep_async, **self._options(function))(function, *args, **kwargs)

        return retrying

    def _options(self, function: Callable[..., Any]) -> dict[str, Any]:
        import tenacity

        return {
            "stop": tenacity.stop_after_attempt(self.max_attempts),
            "wait": self._wait,
            "retry": tenacity.retry_if_exception(self._is_worth_it),
            "before_sleep": _log_of(function),
            "reraise": True,
        }

    def _wait(self, state: RetryCallState) -> float:
        import random

        try:
            seconds = self.delay * float(self.backoff) ** (state.attempt_number - 1)
        except OverflowError:
            return self.max_delay
        spread = random.uniform(0, self.delay) if self.jitter else 0.0  # noqa: S311 - no secret depends on it
        return min(self.max_delay, seconds + spread)

    def _is_worth_it(self, error: BaseException) -> bool:
        return isinstance(error, Exception) and isinstance(error, self.exceptions)


def _log_of(function: Callable[..., Any]) -> Callable[[RetryCallState], None]:
    """The log has the kind of failure only: messages of HTTP libraries carry addresses with tokens in them."""

    def log(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        logging.getLogger(function.__module__).warning(
            "%s: attempt %d failed with %s, again in %.1f s",
            function.__qualname__,
            state.attempt_number,
            type(error).__name__,
            state.upcoming_sleep,
        )

    return log
