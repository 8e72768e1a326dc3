"""Adversarial training: the loss where the inputs are moved to where it grows fastest."""

from __future__ import annotations

import torch
from torch import Tensor


def perturbation(gradient: Tensor, epsilon: float) -> Tensor:
    """For each message the step of norm `epsilon` along its gradient (b, tokens, width).

    The norm is taken over all of a message's tokens; where there is no gradient there is no step.
    r = epsilon * g / |g|: Miyato, Dai and Goodfellow, Adversarial Training Methods for
    Semi-Supervised Text Classification, ICLR 2017, equation 5.
    """
    norms = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    scales = torch.where(norms > 0, epsilon / norms.clamp(min=1e-30), torch.zeros_like(norms))
    return gradient * scales[:, None, None]
