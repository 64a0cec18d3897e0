"""The service: configuration entries and short links over HTTP, kept in PostgreSQL."""
