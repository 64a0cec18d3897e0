"""Gives a SonarQube the quality gate that stands in gate.yaml."""
