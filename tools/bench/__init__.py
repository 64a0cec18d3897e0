"""How fast tagbump is beside what one would do without it: `make bench`, or `python -m bench`."""
