"""The arithmetic of a canary's analysis, its PromQL, and what it does to simulated rollouts: `make bench-canary`."""
