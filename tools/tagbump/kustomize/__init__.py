"""Kustomizations: reads and rewrites their images byte for byte, renders them, and checks what was rendered."""
