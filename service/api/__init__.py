"""HTTP: what is read from a request and what is answered."""
