"""The verbs, one module and one function each."""
