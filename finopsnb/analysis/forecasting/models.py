"""The models by name: finopsnb's own, and those of statsforecast where it is installed.

statsforecast (Garza et al., "StatsForecast: Lightning fast forecasting with statistical and econometric models", 2022) is an extra,
``finopsnb[forecast]``. Its models only say the point forecasts: weights, sums and intervals come about in the same way for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from finopsnb.analysis.forecasting.fitting import LEAST, Look, fit
from finopsnb.analysis.forecasting.robust import median, shifted
from finopsnb.analysis.forecasting.rolling import STEP
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.days import Days
    from finopsnb.analysis.forecasting.rolling import Model

    Numbers = npt.NDArray[np.float64]

__all__ = ["OWN", "Chosen", "model_named"]

OWN = "finopsnb"
#: what takes seconds for a hundred series is back-tested on fewer origins
_SLOW_STEP, _SLOW_MOST = 14, 8


@dataclass(frozen=True)
class Chosen:
    """A model, the days between its origins, and the most origins that it is back-tested from."""

    fit: Model
    step: int = STEP
    most: int = 10_000


def model_named(name: str) -> Chosen:
    """The model of this name; "" is finopsnb's own. Raises FinopsError, with the pip line, where it needs what is not installed."""
    if name in ("", OWN):
        return Chosen(fit)
    models = _models(name)
    found = getattr(models, name, None)
    if not isinstance(found, type):
        known = [OWN, *(one for one in getattr(models, "__all__", dir(models)) if one[0].isupper())]
        near = nearest(name, known)
        raise FinopsError(
            f"There is no model {name}.", why=f"It is {OWN}, or a model of statsforecast.", hint=f'model="{near or "AutoETS"}"'
        )
    return Chosen(_of_statsforecast(found), _SLOW_STEP, _SLOW_MOST)


def _models(name: str) -> Any:
    try:
        import statsforecast.models
    except ImportError as error:
        raise FinopsError(
            f"The model {name} needs statsforecast, which is not installed.",
            why=f'Without model="{name}" finopsnb\'s own is taken, which needs nothing.',
            hint='pip install "finopsnb[forecast]"',
        ) from error
    return statsforecast.models


def _of_statsforecast(kind: Any) -> Model:
    def fitted(values: Numbers, days: Days) -> Look:
        horizon = days.count - values.shape[1]
        paths = np.stack([_path(_made(kind), one[~np.isnan(one)], horizon) for one in values])
        off = median(np.abs(values - shifted(values, 7)))
        size = np.nan_to_num(median(np.abs(values)))
        spread = np.maximum(np.nan_to_num(off), 2e-3 * size + 1e-9)[:, None] * np.ones(horizon)
        return Look(paths[None], spread, np.ones(paths.shape, dtype=bool))

    return fitted


def _made(kind: Any) -> Any:
    """With a season of a week, where the model knows seasons."""
    try:
        return kind(season_length=7)
    except TypeError:
        return kind()


def _path(model: Any, known: Numbers, horizon: int) -> Numbers:
    """A series that is too short for a model goes on at its mean."""
    if len(known) < LEAST:
        return np.full(horizon, known.mean() if len(known) else 0.0)
    return np.asarray(model.forecast(y=known, h=horizon)["mean"], dtype=float)
