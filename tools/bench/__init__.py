"""How fast tagbump is beside what one would do without it: `make bench-tagbump`, or `python -m bench`."""
