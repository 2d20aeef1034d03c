"""Trains small models by an update rule that is asked step by step, and looks at the loss that is left.

An instance is a dict: ``kind`` and the arrays that its kind needs, ``start`` (weights), ``scale`` (a factor
of the loss), ``steps``, ``initial`` and ``least`` (the loss at the start, and one that no weights are below).
What ``steps`` returns are the last weights. The score is the logarithm, to base 10, of the share of the loss
at the start that is left, from -6 to 1.
"""

import math

import numpy as np

from provolve import Refused

KINDS = ("quadratic", "logistic", "network", "rosenbrock")
FLOOR, WORST = 1e-6, 1.0
BATCH = 16
DECAY = 1e-3
"""Of the squared weights of a logistic regression, so that its loss has a minimum."""
DIGITS = 9
"""After the point, of every number of an instance."""
DECAYING = 0.32
"""First step size of the baseline adam-decaying, from benchmarks/tune_optimizers.py as the programs' are."""


def instances(split, count, rng, parameters):
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        drawn = {name: _rounded(value) for name, value in _DRAWN[kind](rng, parameters["steps"]).items()}
        instance = {
            "name": f"{kind}-{number}",
            "kind": kind,
            "steps": parameters["steps"],
            "scale": float(10.0 ** rng.uniform(-0.5, 0.5)),
            "least": 0.0,
            **drawn,
        }
        instance["initial"] = _rounded(_loss(instance, instance["start"]))
        if kind == "logistic":
            instance["least"] = _rounded(_loss(instance, _minimum(instance)))
        yield instance


def _rounded(value):
    """Return what was computed without its last bits, which another processor computes otherwise."""
    if isinstance(value, float):
        return round(value, DIGITS)
    return np.round(value, DIGITS) if isinstance(value, np.ndarray) else value


def _quadratic(rng, steps):
    """A bowl with axes of very different steepness in random directions; gradients are noisy."""
    size = int(rng.integers(4, 25))
    axes = np.linalg.qr(rng.standard_normal((size, size)))[0]
    steep = 10.0 ** rng.uniform(-rng.uniform(1.0, 2.0), 0.0, size)
    noise = rng.uniform(0.0, 0.3) * rng.standard_normal((steps, size))
    return {"start": rng.standard_normal(size), "matrix": (axes * steep) @ axes.T, "noise": noise}


def _logistic(rng, steps):
    """Two classes told apart by features of unequal size, some labels wrong; gradients are of 16 examples."""
    count, size = 200, int(rng.integers(3, 17))
    features = rng.standard_normal((count, size)) * 10.0 ** rng.uniform(-0.7, 0.3, size)
    signs = np.where(features @ rng.standard_normal(size) > 0.3 * rng.standard_normal(count), 1.0, -1.0)
    return {
        "start": np.zeros(size),
        "features": features,
        "targets": signs,
        "order": rng.integers(count, size=(steps, BATCH)),
    }


def _network(rng, steps):
    """What a small network with random weights says is to be learnt by a larger one, 16 examples a step."""
    count, inputs, hidden = 160, int(rng.integers(2, 5)), int(rng.integers(5, 10))
    features = rng.standard_normal((count, inputs))
    teacher = np.tanh(features @ rng.standard_normal((inputs, 3))) @ rng.standard_normal(3)
    return {
        "start": np.concatenate(
            [rng.standard_normal(inputs * hidden) / math.sqrt(inputs), rng.standard_normal(hidden) * 0.3]
        ),
        "hidden": hidden,
        "features": features,
        "targets": teacher,
        "order": rng.integers(count, size=(steps, BATCH)),
    }


def _rosenbrock(rng, steps):
    """Rosenbrock's curved valley (1960) in 2 to 8 dimensions, a hundredth as steep; gradients are exact."""
    return {"start": rng.uniform(-1.5, 1.5, int(rng.integers(2, 9)))}


_DRAWN = {"quadratic": _quadratic, "logistic": _logistic, "network": _network, "rosenbrock": _rosenbrock}


def steps(instance):
    """Let the rule take step by step; return the last weights.

    An observation holds ``gradient``, ``step`` (from 1) and ``left`` (the share of the steps that are left,
    this one among them: 1 at first). The decision is taken from the weights.
    """
    weights, total = instance["start"], instance["steps"]
    examples = _examples(instance)
    for step in range(total):
        gradient = _gradient(instance, weights, examples, step)
        if not np.isfinite(gradient).all():
            break
        decision = yield {"gradient": gradient, "step": float(step + 1), "left": (total - step) / total}
        if decision.shape != weights.shape:
            raise Refused(f"for {len(weights)} weights the decision is an array of shape {decision.shape}")
        with np.errstate(all="ignore"):
            weights = weights - decision
    return weights


def score(instance, answer):
    if not np.isfinite(answer).all():
        return WORST
    left = (_loss(instance, answer) - instance["least"]) / (instance["initial"] - instance["least"])
    return math.log10(min(max(left, FLOOR), 10.0**WORST)) if math.isfinite(left) else WORST


def _examples(instance):
    """Return features (steps, batch, size) and targets (steps, batch) of the examples of each step."""
    if "order" not in instance:
        return None
    return instance["features"][instance["order"]], instance["targets"][instance["order"]]


def _gradient(instance, weights, examples, step):
    with np.errstate(all="ignore"):
        if instance["kind"] == "quadratic":
            found = instance["matrix"] @ weights + instance["noise"][step]
        elif instance["kind"] == "rosenbrock":
            found = _rosenbrock_gradient(weights)
        else:
            features, targets = examples[0][step], examples[1][step]
            made = _logistic_gradient if instance["kind"] == "logistic" else _network_gradient
            found = made(weights, features, targets)
        return instance["scale"] * found


def _loss(instance, weights):
    with np.errstate(all="ignore"):
        return instance["scale"] * float(_LOSSES[instance["kind"]](instance, weights))


def _quadratic_loss(instance, weights):
    return 0.5 * weights @ instance["matrix"] @ weights


def _logistic_loss(instance, weights):
    margins = instance["features"] @ weights * instance["targets"]
    return np.logaddexp(0.0, -margins).mean() + 0.5 * DECAY * weights @ weights


def _logistic_gradient(weights, features, targets):
    doubt = targets / (1.0 + np.exp(features @ weights * targets))
    return DECAY * weights - doubt @ features / len(targets)


def _minimum(instance):
    """Return the weights of least loss of a logistic regression, by Newton's method."""
    features, targets = instance["features"], instance["targets"]
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        likely = 1.0 / (1.0 + np.exp(-(features @ weights)))
        curved = (features.T * (likely * (1.0 - likely))) @ features / len(targets)
        change = np.linalg.solve(
            curved + DECAY * np.eye(len(weights)), _logistic_gradient(weights, features, targets)
        )
        weights = weights - change
    return weights


def _network_loss(instance, weights):
    split = instance["features"].shape[1] * instance["hidden"]
    hidden = np.tanh(instance["features"] @ weights[:split].reshape(-1, instance["hidden"]))
    return 0.5 * ((hidden @ weights[split:] - instance["targets"]) ** 2).mean()


def _network_gradient(weights, features, targets):
    inputs = features.shape[1]
    split = len(weights) * inputs // (inputs + 1)
    hidden = np.tanh(features @ weights[:split].reshape(inputs, -1))
    out = weights[split:]
    miss = (hidden @ out - targets) / len(targets)
    back = (miss[:, None] * out) * (1.0 - hidden * hidden)
    return np.concatenate([(features.T @ back).ravel(), miss @ hidden])


def _rosenbrock_loss(instance, weights):
    ahead, here = weights[1:], weights[:-1]
    return ((ahead - here**2) ** 2 + 0.01 * (1.0 - here) ** 2).sum()


def _rosenbrock_gradient(weights):
    ahead, here = weights[1:], weights[:-1]
    bend = ahead - here**2
    found = np.zeros_like(weights)
    found[:-1] = -4.0 * here * bend - 0.02 * (1.0 - here)
    found[1:] += 2.0 * bend
    return found


_LOSSES = {
    "quadratic": _quadratic_loss,
    "logistic": _logistic_loss,
    "network": _network_loss,
    "rosenbrock": _rosenbrock_loss,
}


def baseline_adam_decaying(instance):
    """Adam (Kingma and Ba, 2015) whose step size falls linearly, as no rule without `left` can."""
    first = second = np.zeros(len(instance["start"]))
    led, decision = steps(instance), None
    while True:
        try:
            shown = led.send(decision)
        except StopIteration as end:
            return score(instance, end.value)
        gradient, step = shown["gradient"], shown["step"]
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        spread = np.sqrt(second / (1.0 - 0.999**step)) + 1e-8
        decision = DECAYING * shown["left"] * first / (1.0 - 0.9**step) / spread
