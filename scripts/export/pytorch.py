"""The networks that `npm run export` writes, as torch.nn modules: python3 scripts/export/pytorch.py runs/gan-1/export

Needs nothing but PyTorch. In your own program: `from pytorch import load; generator = load('generator.safetensors')`.
"""

import glob
import json
import os
import sys

import torch
from torch import nn


class ConcatLabels(nn.Module):
    """Puts what has been learnt for each label beside x [N, C, ...], along axis 1."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(10, torch.Size(shape).numel())

    def forward(self, x, labels):
        return torch.cat([x, self.embedding(labels).view(-1, *self.shape)], 1)


class Conditional(nn.Sequential):
    """Layers one after the other, those that want them given the labels."""

    def forward(self, x, labels):
        for layer in self:
            x = layer(x, labels) if isinstance(layer, ConcatLabels) else layer(x)
        return x


def conv_generator(latent_size):
    doubling = dict(kernel_size=4, stride=2, padding=1)
    return nn.Sequential(
        nn.Linear(latent_size, 64 * 7 * 7), nn.Unflatten(1, (64, 7, 7)), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, **doubling, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, **doubling), nn.Tanh(),
    )  # fmt: skip


def conv_discriminator(outputs, probability):
    halving = dict(kernel_size=4, stride=2, padding=1)
    return nn.Sequential(
        nn.Conv2d(1, 32, **halving), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, **halving, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, outputs), *([nn.Sigmoid()] if probability else []),
    )  # fmt: skip


def critic(norm):
    halving = dict(kernel_size=4, stride=2, padding=1)
    return nn.Sequential(
        norm(nn.Conv2d(1, 32, **halving)), nn.LeakyReLU(0.2),
        norm(nn.Conv2d(32, 64, **halving)), nn.LeakyReLU(0.2),
        nn.Flatten(), norm(nn.Linear(64 * 7 * 7, 1)),
    )  # fmt: skip


def conditional_discriminator():
    halving = dict(kernel_size=4, stride=2, padding=1)
    return Conditional(
        ConcatLabels([1, 28, 28]), nn.Conv2d(2, 32, **halving), nn.LeakyReLU(0.2),
        ConcatLabels([16, 14, 14]), nn.Conv2d(48, 64, **halving, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 1),
    )  # fmt: skip


def mlp(sizes, activation, *end):
    pairs = list(zip(sizes[:-1], sizes[1:]))
    layers = [layer for pair in pairs for layer in (nn.Linear(*pair), activation())]
    return [*layers[:-1], *end]


def build(model, network, probability):
    if model == "perceptron":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 1), nn.Sigmoid())
    if model == "mlp":
        return nn.Sequential(nn.Flatten(), *mlp([784, 256, 128, 10], nn.ReLU))
    if model == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2, bias=False), nn.BatchNorm2d(8), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(8, 24, 5, bias=False), nn.BatchNorm2d(24), nn.MaxPool2d(2), nn.ReLU(),
            nn.Flatten(), nn.Linear(24 * 5 * 5, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
    if model == "gan-mlp":
        if network == "generator":
            return nn.Sequential(*mlp([32, 128, 256, 784], nn.ReLU, nn.Tanh(), nn.Unflatten(1, (1, 28, 28))))
        end = [nn.Sigmoid()] if probability else []
        return nn.Sequential(nn.Flatten(), *mlp([784, 256, 128, 1], lambda: nn.LeakyReLU(0.2), *end))
    if network == "generator":
        return Conditional(ConcatLabels([16]), conv_generator(32)) if model == "conditional" else conv_generator(16)
    if model == "conditional":
        return conditional_discriminator()
    if model in ("wgan", "hinge"):
        return critic(nn.utils.spectral_norm if model == "hinge" else lambda layer: layer)
    return conv_discriminator(2 if model == "gan-two-output" else 1, probability)


def read_safetensors(file):
    """(tensors by name, what is said about them in words)"""
    with open(file, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        values = bytearray(f.read())
    about = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(values, dtype=torch.float32, offset=begin, count=(end - begin) // 4)
        tensors[name] = flat.view(entry["shape"]).clone()
    return tensors, about


def load(file):
    """The network of a .safetensors file, in evaluation mode. Every name must be there, and no other."""
    tensors, about = read_safetensors(file)
    probability = json.loads(about["flags"]).get("loss") == "bce"
    module = build(about["model"], about["network"], probability)
    module.load_state_dict(tensors, strict=True)
    return module.eval()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not glob.glob(os.path.join(sys.argv[1], "*.safetensors")):
        sys.exit("usage: pytorch.py FOLDER, where FOLDER is what npm run export has written")
    for file in sorted(glob.glob(os.path.join(sys.argv[1], "*.safetensors"))):
        print(f"{file}: {load(file)}")
