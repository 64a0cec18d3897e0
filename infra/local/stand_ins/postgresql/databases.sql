-- A role and a database for each environment, where they are not there yet: psql in the server's own container runs
-- this with every `make up`. All have the one password of the pod.
\set password `echo "$POSTGRES_PASSWORD"`
SELECT format('CREATE ROLE %I LOGIN', name)
  FROM (VALUES ('service_dev'), ('service_stage'), ('service_prod')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
SELECT format('ALTER ROLE %I PASSWORD %L', name, :'password')
  FROM (VALUES ('service_dev'), ('service_stage'), ('service_prod')) AS wanted (name)
\gexec
SELECT format('CREATE DATABASE %I OWNER %I', name, name)
  FROM (VALUES ('service_dev'), ('service_stage'), ('service_prod')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec
