"""What PyTorch's autograd makes of the cases on standard input.

Reads {"cases": [...]} as JSON (cases.ts says what a case holds) and writes
{"python": ..., "torch": ..., "results": [...]}, one result for each case, in order. Tensors are
{"shape": [...], "data": [...]}, row-major. Everything is in float64.
"""

import json
import math
import platform
import sys

import torch
from torch import nn


def tensor(plain, dtype=torch.float64):
    return torch.tensor(plain["data"], dtype=dtype).reshape(plain["shape"])


def plain(t):
    return {"shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}


def pair(value):
    return tuple(value) if isinstance(value, list) else value


class Sequential(nn.Sequential):
    """nn.Sequential that hands the labels to the layers that take them."""

    def forward(self, x, labels=None):
        for layer in self:
            x = call(layer, x, labels)
        return x


class Residual(nn.Module):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def forward(self, x, labels=None):
        return x + call(self.path, x, labels)


class ConcatLabels(nn.Module):
    def __init__(self, classes, shape):
        super().__init__()
        self.embedding = nn.Embedding(classes, math.prod(shape))
        self.shape = shape

    def forward(self, x, labels=None):
        return torch.cat([x, self.embedding(labels).reshape(-1, *self.shape)], 1)


class Dropout(nn.Dropout):
    """nn.Dropout that in training mode drops what `draws`, numbers from [0, 1), say."""

    draws = None

    def forward(self, x):
        return x * (self.draws >= self.p) / (1 - self.p) if self.training else super().forward(x)


def call(layer, x, labels):
    return layer(x, labels) if isinstance(layer, (Sequential, Residual, ConcatLabels)) else layer(x)


def without_bias(layer):
    """LayerNorm has no option for this in PyTorch 1.13."""
    del layer.bias
    layer.register_parameter("bias", None)
    return layer


# PyTorch's names for the options that have another one here.
NAMES = {"negativeSlope": "negative_slope", "countIncludePad": "count_include_pad", "ceilMode": "ceil_mode"}


def options_of(spec, *without):
    given = {NAMES.get(name, name): pair(value) for name, value in spec.get("options", {}).items()}
    return {name: value for name, value in given.items() if name not in without}


def create_layer(spec):
    kind, o = spec["kind"], spec.get("options", {})
    if kind == "Sequential":
        return Sequential(*[create_layer(layer) for layer in o["layers"]])
    if kind == "Residual":
        return Residual(create_layer(o["path"]))
    if kind == "SpectralNorm":
        return nn.utils.spectral_norm(
            create_layer(o["layer"]), n_power_iterations=o.get("nPowerIterations", 1), eps=o.get("eps", 1e-12)
        )
    if kind == "Linear":
        return nn.Linear(o["inFeatures"], o["outFeatures"], bias=o.get("bias", True))
    if kind in ("Conv2d", "ConvTranspose2d"):
        sizes = {"stride": pair(o.get("stride", 1)), "padding": pair(o.get("padding", 0))}
        sizes["dilation"] = pair(o.get("dilation", 1))
        if kind == "ConvTranspose2d":
            sizes["output_padding"] = pair(o.get("outputPadding", 0))
        return getattr(nn, kind)(
            o["inChannels"], o["outChannels"], pair(o["kernelSize"]), bias=o.get("bias", True), **sizes
        )
    if kind in ("BatchNorm1d", "BatchNorm2d", "InstanceNorm2d"):
        return getattr(nn, kind)(o["numFeatures"], **options_of(spec, "numFeatures"))
    if kind == "LayerNorm":
        affine = o.get("elementwiseAffine", True)
        layer = nn.LayerNorm(o["normalizedShape"], eps=o.get("eps", 1e-5), elementwise_affine=affine)
        return layer if o.get("bias", True) or not affine else without_bias(layer)
    if kind in ("MaxPool2d", "AvgPool2d"):
        return getattr(nn, kind)(pair(o["kernelSize"]), **options_of(spec, "kernelSize"))
    if kind == "GlobalAvgPool2d":
        return nn.AdaptiveAvgPool2d(1)
    if kind == "Upsample":
        return nn.Upsample(scale_factor=pair(o["scaleFactor"]))
    if kind == "Reshape":
        return nn.Sequential(nn.Flatten(), nn.Unflatten(1, tuple(o["shape"])))
    if kind == "Softmax":
        return nn.Softmax(-1)
    if kind == "Dropout":
        return Dropout(**options_of(spec))
    if kind == "Embedding":
        return nn.Embedding(o["numEmbeddings"], o["embeddingDim"])
    if kind == "ConcatLabels":
        return ConcatLabels(o["numClasses"], o["shape"])
    return getattr(nn, kind)(**options_of(spec))


def load(module, values):
    """Sets every parameter and buffer; raises where a name is missing or too many."""
    module.double()
    state = {name: tensor(value) for name, value in values.items()}
    for name, value in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = value
    module.load_state_dict(state)
    return module


def values_of(module):
    state = module.state_dict()
    return {name: plain(value) for name, value in state.items() if not name.endswith("num_batches_tracked")}


def run_layer(case):
    module = load(create_layer(case["layer"]), case["values"])
    # Indices have no gradient in PyTorch. Here they have zeros.
    has_gradient = case["layer"]["kind"] != "Embedding"
    rounds = []
    for given in case["rounds"]:
        module.train(given["training"])
        if "draws" in given:
            module.draws = tensor(given["draws"])
        x = tensor(given["x"]).requires_grad_() if has_gradient else tensor(given["x"], torch.long)
        out = call(module, x, labels_of(given))
        out.backward(tensor(given["dOut"]))
        rounds.append({"out": plain(out), "dX": plain(x.grad if has_gradient else torch.zeros(x.shape))})
    gradients = {name: plain(parameter.grad) for name, parameter in module.named_parameters()}
    return {"rounds": rounds, "gradients": gradients, "values": values_of(module)}


def labels_of(given):
    return tensor(given["labels"], torch.long) if "labels" in given else None


# PyTorch has no module for the last three: they are written out, for autograd to differentiate.
LOSSES = {
    "BCELoss": nn.BCELoss(),
    "BCEWithLogitsLoss": nn.BCEWithLogitsLoss(),
    "CrossEntropyLoss": nn.CrossEntropyLoss(),
    "MSELoss": nn.MSELoss(),
    "L1Loss": nn.L1Loss(),
    "LeastSquaresLoss": lambda scores, target: 0.5 * nn.functional.mse_loss(scores, target),
    "HingeLoss": lambda scores, target: torch.relu(1 - target * scores).mean(),
    "WassersteinLoss": lambda scores, target: -(target * scores).mean(),
}


def run_loss(case):
    prediction = tensor(case["prediction"]).requires_grad_()
    target = tensor(case["target"], torch.long if case["kind"] == "CrossEntropyLoss" else torch.float64)
    loss = LOSSES[case["kind"]](prediction, target)
    loss.backward()
    return {"loss": loss.item(), "dPrediction": plain(prediction.grad)}


# PyTorch's names for the settings.
SETTINGS = {
    "learningRate": "lr",
    "learningRateDecay": "lr_decay",
    "weightDecay": "weight_decay",
    "initialAccumulatorValue": "initial_accumulator_value",
    "stepSize": "step_size",
    "tMax": "T_max",
    "etaMin": "eta_min",
    "startFactor": "start_factor",
    "endFactor": "end_factor",
    "totalIters": "total_iters",
}


def settings_of(spec, *without):
    return {SETTINGS.get(name, name): value for name, value in spec["options"].items() if name not in without}


def create_optimizer(spec, parameters):
    o = spec["options"]
    settings = settings_of(spec, "beta1", "beta2")
    if spec["kind"] in ("Adam", "AdamW"):
        settings["betas"] = (o.get("beta1", 0.9), o.get("beta2", 0.999))
    return getattr(torch.optim, spec["kind"])(parameters, **settings)


def create_schedule(spec, optimizer):
    kind = getattr(torch.optim.lr_scheduler, spec["kind"])
    if spec["kind"] == "SequentialLR":
        schedules = [create_schedule(inner, optimizer) for inner in spec["options"]["schedules"]]
        return kind(optimizer, schedules, spec["options"]["milestones"])
    return kind(optimizer, **settings_of(spec))


def run_optimizer(case):
    parameters = [tensor(value).requires_grad_() for value in case["parameters"]]
    optimizer = create_optimizer(case["optimizer"], parameters)
    schedule = create_schedule(case["schedule"], optimizer) if "schedule" in case else None
    clip = case.get("clip", {"kind": None})
    after, norms = [], []
    learning_rates = [optimizer.param_groups[0]["lr"]]
    for gradients in case["gradients"]:
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = tensor(gradient)
        if clip["kind"] == "clipGradientNorm":
            norms.append(nn.utils.clip_grad_norm_(parameters, clip["bound"]).item())
        if clip["kind"] == "clipGradientValue":
            nn.utils.clip_grad_value_(parameters, clip["bound"])
        optimizer.step()
        if schedule:
            schedule.step()
        learning_rates.append(optimizer.param_groups[0]["lr"])
        after.append([plain(parameter) for parameter in parameters])
    return {"after": after, "learningRates": learning_rates, "norms": norms}


def run_gan(case):
    generator = load(create_layer(case["generator"]), case["generatorValues"])
    discriminator = load(create_layer(case["discriminator"]), case["discriminatorValues"])
    generator_optimizer = create_optimizer(case["generatorOptimizer"], generator.parameters())
    discriminator_optimizer = create_optimizer(case["discriminatorOptimizer"], discriminator.parameters())
    kind = case["loss"]

    def loss(verdict, realness):
        if kind == "two-output":
            target = torch.full((verdict.shape[0],), int(realness), dtype=torch.long)
            return nn.functional.cross_entropy(verdict, target)
        if kind == "hinge":
            return torch.relu(1 - verdict if realness == 1 else 1 + verdict).mean()
        if kind == "wasserstein":
            return -verdict.mean() if realness == 1 else verdict.mean()
        target = torch.full_like(verdict, realness)
        if kind == "least-squares":
            return 0.5 * nn.functional.mse_loss(verdict, target)
        if kind == "bce-logits":
            return nn.functional.binary_cross_entropy_with_logits(verdict, target)
        return nn.functional.binary_cross_entropy(verdict, target)

    def loss_of_generator(verdict):
        if case["generatorLoss"] == "minimax":
            return -loss(verdict, 0)
        return -verdict.mean() if kind == "hinge" else loss(verdict, 1)

    def score(verdict):
        if kind == "two-output":
            return torch.softmax(verdict, 1)[:, 1].mean().item()
        return (torch.sigmoid(verdict) if kind == "bce-logits" else verdict).mean().item()

    def discriminator_step(given, fake_images):
        labels = labels_of(given)
        discriminator_optimizer.zero_grad()
        real_verdict = call(discriminator, tensor(given["realImages"]), labels)
        fake_verdict = call(discriminator, fake_images.detach(), labels)
        discriminator_loss = loss(real_verdict, case["realLabel"]) + loss(fake_verdict, 0)
        discriminator_loss.backward()
        discriminator_optimizer.step()
        if "weightClip" in case:
            for parameter in discriminator.parameters():
                parameter.data.clamp_(-case["weightClip"], case["weightClip"])
        return {
            "discriminatorLoss": discriminator_loss.item(),
            "realScore": score(real_verdict),
            "fakeScore": score(fake_verdict),
        }

    def generate(given):
        return call(generator, tensor(given["noise"]), labels_of(given))

    steps = []
    for given in case["steps"]:
        discriminator_steps = [discriminator_step(each, generate(each)) for each in given["discriminatorSteps"]]
        fake_images = generate(given)
        fake_images.retain_grad()
        judged = discriminator_step(given, fake_images)

        generator_optimizer.zero_grad()
        generator_loss = loss_of_generator(call(discriminator, fake_images, labels_of(given)))
        generator_loss.backward()
        generator_optimizer.step()
        steps.append(
            {
                **judged,
                "generatorLoss": generator_loss.item(),
                "imageGradient": plain(fake_images.grad),
                "discriminatorSteps": discriminator_steps,
            }
        )
    return {
        "steps": steps,
        "generatorValues": values_of(generator),
        "discriminatorValues": values_of(discriminator),
    }


RUN = {"layer": run_layer, "loss": run_loss, "optimizer": run_optimizer, "gan": run_gan}


def main():
    torch.set_num_threads(1)
    cases = json.load(sys.stdin)["cases"]
    results = [RUN[case["type"]](case) for case in cases]
    json.dump({"python": platform.python_version(), "torch": torch.__version__, "results": results}, sys.stdout)


if __name__ == "__main__":
    main()
