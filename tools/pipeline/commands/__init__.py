"""The verbs, a module and a function each. A verb returns what it has to say on standard output."""
