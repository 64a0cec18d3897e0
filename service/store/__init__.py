"""Every SQL statement of the service, and the only door to psycopg."""
