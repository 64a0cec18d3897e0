"""The board: what the branch says of every environment, for a terminal and for a browser."""
