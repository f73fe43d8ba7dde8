"""The two kinds of attacker that are tried everywhere: trees, and a linear model."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

TREES, LINEAR = "trees", "linear"
KINDS = (TREES, LINEAR)
_TREES = 100


class Model(Protocol):
    """What scikit-learn's classifiers offer."""

    classes_: NDArray[np.int64]

    def fit(self, features: Any, labels: Any) -> Any: ...

    def predict_proba(self, features: Any) -> NDArray[np.float64]: ...


def model(kind: str, seed: int) -> Model:
    """A classifier that has learned nothing yet; one thread, so that its answer is always the same.

    Extremely randomized trees (Geurts, Ernst and Wehenkel 2006), or logistic regression over
    standardized features.
    """
    # Only what builds and audits needs it, and it takes a second to import.
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == TREES:
        trees: Model = ExtraTreesClassifier(
            _TREES, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
        )
        return trees
    linear: Model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.3, max_iter=200, class_weight="balanced")
    )
    return linear


def learned(kind: str, features: Any, labels: Any, seed: int) -> Model:
    """A classifier trained on rows and their labels."""
    from warnings import catch_warnings, simplefilter

    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    made = model(kind, seed)
    with threadpool_limits(1), catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # its score counts, however it got there
        made.fit(features, labels)
    return made


def regression(seed: int) -> Any:
    """Trees that foretell numbers, for what is measured of the use of rows."""
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(_TREES // 2, min_samples_leaf=10, random_state=seed, n_jobs=1)


def classification(seed: int) -> Any:
    """Trees that foretell the likeliest of several, as often as each of them comes."""
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(_TREES // 2, min_samples_leaf=5, random_state=seed, n_jobs=1)


def foretold(model: Any, features: Any, wanted: Any, tried: Any) -> NDArray[np.float64]:
    """What a model that learned from `features` and `wanted` foretells where it is `tried`."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model.fit(features, wanted)
        answer: NDArray[np.float64] = model.predict(tried).astype(np.float64)
    return answer
