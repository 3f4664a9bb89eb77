"""The loop and what it needs: sampler, optimizer, checkpoints, stopping, events."""
