"""pretrain, train and train_step as megatron/training/training.py calls them, at core_r0.12 and at main:
arguments are parsed, groups made, model and optimizer built, and train_step is looked up by name in each
iteration, with main's further argument."""

import torch
from megatron.training.global_vars import get_args


def setup_model_and_optimizer(model_provider):
    model = model_provider()
    return model, [torch.optim.SGD([1.0]), torch.optim.SGD([1.0])]


def train_step(forward_step_func, data_iterator, model, optimizer, opt_param_scheduler, config, iteration=None):
    forward_step_func(data_iterator, model)
    for one in optimizer:
        one.step()
    return {}, 0, False, False, 0, None, None


def train(forward_step_func, model, optimizer, main):
    args = get_args()
    iteration = args.iteration
    while iteration < args.train_iters:
        args.curr_iteration = iteration
        more = {"iteration": iteration} if main else {}
        train_step(forward_step_func, None, model, optimizer, None, None, **more)
        iteration += 1
        args.iteration = iteration


def pretrain(model_provider, forward_step_func, main=False):
    model, optimizer = setup_model_and_optimizer(model_provider)
    train(forward_step_func, model, optimizer, main)
