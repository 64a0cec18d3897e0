"""The registry's room: whether an image is there, and says of itself that it was built from a commit."""

from tagbump.registry.check import Checked

__all__ = ["Checked"]
