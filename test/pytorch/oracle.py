"""What PyTorch's autograd makes of the cases on standard input.

Reads {"cases": [...]} as JSON (cases.ts says what a case holds) and writes
{"python": ..., "torch": ..., "results": [...]}, one result for each case, in order. Tensors are
{"shape": [...], "data": [...]}, row-major. Everything is in float64.
"""

import json
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


def create_layer(spec):
    kind, o = spec["kind"], spec.get("options", {})
    if kind == "Sequential":
        return nn.Sequential(*[create_layer(layer) for layer in o["layers"]])
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
    if kind in ("BatchNorm1d", "BatchNorm2d"):
        given = {name: o[name] for name in ("eps", "momentum") if name in o}
        return getattr(nn, kind)(o["numFeatures"], **given)
    if kind == "LeakyReLU":
        return nn.LeakyReLU(o["negativeSlope"]) if "negativeSlope" in o else nn.LeakyReLU()
    if kind == "Reshape":
        return nn.Sequential(nn.Flatten(), nn.Unflatten(1, tuple(o["shape"])))
    return {"ReLU": nn.ReLU, "Sigmoid": nn.Sigmoid, "Tanh": nn.Tanh, "Flatten": nn.Flatten}[kind]()


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
    rounds = []
    for given in case["rounds"]:
        module.train(given["training"])
        x = tensor(given["x"]).requires_grad_()
        out = module(x)
        out.backward(tensor(given["dOut"]))
        rounds.append({"out": plain(out), "dX": plain(x.grad)})
    gradients = {name: plain(parameter.grad) for name, parameter in module.named_parameters()}
    return {"rounds": rounds, "gradients": gradients, "values": values_of(module)}


LOSSES = {
    "BCELoss": nn.BCELoss,
    "BCEWithLogitsLoss": nn.BCEWithLogitsLoss,
    "CrossEntropyLoss": nn.CrossEntropyLoss,
}


def run_loss(case):
    prediction = tensor(case["prediction"]).requires_grad_()
    target = tensor(case["target"], torch.long if case["kind"] == "CrossEntropyLoss" else torch.float64)
    loss = LOSSES[case["kind"]]()(prediction, target)
    loss.backward()
    return {"loss": loss.item(), "dPrediction": plain(prediction.grad)}


def create_optimizer(spec, parameters):
    o = spec["options"]
    if spec["kind"] == "SGD":
        return torch.optim.SGD(
            parameters,
            lr=o["learningRate"],
            momentum=o.get("momentum", 0),
            nesterov=o.get("nesterov", False),
            weight_decay=o.get("weightDecay", 0),
        )
    return torch.optim.Adam(
        parameters,
        lr=o.get("learningRate", 1e-3),
        betas=(o.get("beta1", 0.9), o.get("beta2", 0.999)),
        eps=o.get("eps", 1e-8),
        weight_decay=o.get("weightDecay", 0),
    )


def run_optimizer(case):
    parameters = [tensor(value).requires_grad_() for value in case["parameters"]]
    optimizer = create_optimizer(case["optimizer"], parameters)
    after = []
    for gradients in case["gradients"]:
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = tensor(gradient)
        optimizer.step()
        after.append([plain(parameter) for parameter in parameters])
    return {"after": after}


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
        target = torch.full_like(verdict, realness)
        if kind == "bce-logits":
            return nn.functional.binary_cross_entropy_with_logits(verdict, target)
        return nn.functional.binary_cross_entropy(verdict, target)

    def score(verdict):
        if kind == "two-output":
            return torch.softmax(verdict, 1)[:, 1].mean().item()
        return (torch.sigmoid(verdict) if kind == "bce-logits" else verdict).mean().item()

    steps = []
    for given in case["steps"]:
        fake_images = generator(tensor(given["noise"]))
        fake_images.retain_grad()

        discriminator_optimizer.zero_grad()
        real_verdict = discriminator(tensor(given["realImages"]))
        fake_verdict = discriminator(fake_images.detach())
        discriminator_loss = loss(real_verdict, case["realLabel"]) + loss(fake_verdict, 0)
        discriminator_loss.backward()
        discriminator_optimizer.step()

        generator_optimizer.zero_grad()
        verdict = discriminator(fake_images)
        generator_loss = loss(verdict, 1) if case["generatorLoss"] == "non-saturating" else -loss(verdict, 0)
        generator_loss.backward()
        generator_optimizer.step()
        steps.append(
            {
                "discriminatorLoss": discriminator_loss.item(),
                "generatorLoss": generator_loss.item(),
                "realScore": score(real_verdict),
                "fakeScore": score(fake_verdict),
                "imageGradient": plain(fake_images.grad),
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
