"""One release's life on one machine: `make demo`, or `python -m demo`."""
