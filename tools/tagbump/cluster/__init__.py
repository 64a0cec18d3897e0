"""The cluster's room: what Argo CD and Argo Rollouts say of an Application, and what that amounts to."""

from tagbump.cluster.standing import RolloutState, progressing, rollout_states

__all__ = ["RolloutState", "progressing", "rollout_states"]
