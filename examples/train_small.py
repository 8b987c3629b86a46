"""A PyTorch script that knows nothing of gmtrace, to try `python3 -m gmtrace` on: a small network, on the
GPU where there is one.

    python3 -m gmtrace --output build/mine/traces examples/train_small.py
"""

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model = torch.nn.Sequential(torch.nn.Linear(256, 4096), torch.nn.ReLU(), torch.nn.Linear(4096, 256)).to(device)
optimizer = torch.optim.AdamW(model.parameters())
generator = torch.Generator().manual_seed(1)
inputs = torch.randn(512, 256, generator=generator).to(device)
targets = inputs.roll(1, dims=1)
for step in range(5):
    loss = torch.nn.functional.mse_loss(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step %d: loss %.4f" % (step, loss.item()))
