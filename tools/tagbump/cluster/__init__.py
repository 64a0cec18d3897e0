"""The cluster's room: what Argo CD and Argo Rollouts say of an Application, and what that amounts to."""

from tagbump.cluster.asking import look, progressing

__all__ = ["look", "progressing"]
