"""Moves one artifact through the environments by editing Kustomize overlays in a git repository."""

__version__ = "0.1.0"
