"""What a release runs beside the service, from the same image: the schema gate, the smoke test, the traffic."""
