"""The training steps of npm run bench in PyTorch: one JSON request a line, one JSON answer a line.

{"load": name, "model": {...}, "threads": N}   makes the networks and optimizers     {"torch": version}
{"step": name, "count": N}                     trains N steps                        {"seconds": ...}
"""
import json
import sys
import time

import torch
from torch import nn


def network(layers):
    made = []
    for layer in layers:
        options = {key: tuple(value) if isinstance(value, list) else value for key, value in layer["options"].items()}
        made.append(getattr(nn, layer["kind"])(**options))
    return nn.Sequential(*made)


class Gan:
    def __init__(self, model):
        self.generator = network(model["generator"])
        self.discriminator = network(model["discriminator"])
        adam = {"lr": 0.0002, "betas": (0.5, 0.999)}
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.loss = nn.BCELoss()
        self.noise_shape = (model["batch"], model["latentSize"])
        self.real = torch.rand(model["batch"], 1, 28, 28) * 2 - 1
        self.ones = torch.ones(model["batch"], 1)
        self.zeros = torch.zeros(model["batch"], 1)

    def step(self):
        images = self.generator(torch.randn(*self.noise_shape))

        self.discriminator_optimizer.zero_grad(set_to_none=True)
        self.loss(self.discriminator(self.real), self.ones).backward()
        self.loss(self.discriminator(images.detach()), self.zeros).backward()
        self.discriminator_optimizer.step()

        # The discriminator's parameters get no gradient in the generator's update.
        self.discriminator.requires_grad_(False)
        self.generator_optimizer.zero_grad(set_to_none=True)
        self.loss(self.discriminator(images), self.ones).backward()
        self.generator_optimizer.step()
        self.discriminator.requires_grad_(True)


class Classifier:
    def __init__(self, model):
        self.network = network(model["network"])
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=0.001)
        self.loss = nn.CrossEntropyLoss()
        self.images = torch.randn(model["batch"], 1, 28, 28)
        self.labels = torch.arange(model["batch"]) % model["classes"]

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.network(self.images), self.labels).backward()
        self.optimizer.step()


trainings = {}
for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        torch.set_num_threads(request["threads"])
        model = request["model"]
        trainings[request["load"]] = Gan(model) if model["kind"] == "gan" else Classifier(model)
        answer = {"torch": torch.__version__}
    else:
        training = trainings[request["step"]]
        start = time.perf_counter()
        for _ in range(request["count"]):
            training.step()
        answer = {"seconds": time.perf_counter() - start}
    print(json.dumps(answer), flush=True)
