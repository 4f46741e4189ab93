-- The role and the schema of one service; run by the superuser in the database "duely", any number of times.
--   psql -v service=payment -v password=… -f roles.sql
-- A role owns its schema and has no right anywhere else: no service can read another one's tables.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE CREATE, TEMPORARY ON DATABASE duely FROM PUBLIC;

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', :'service')
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'service') \gexec

ALTER ROLE :"service" PASSWORD :'password';
CREATE SCHEMA IF NOT EXISTS :"service" AUTHORIZATION :"service";
REVOKE ALL ON SCHEMA :"service" FROM PUBLIC;
GRANT TEMPORARY ON DATABASE duely TO :"service";
ALTER ROLE :"service" IN DATABASE duely SET search_path = :"service";
ALTER ROLE :"service" IN DATABASE duely SET statement_timeout = '30s';
ALTER ROLE :"service" IN DATABASE duely SET lock_timeout = '10s';
ALTER ROLE :"service" IN DATABASE duely SET idle_in_transaction_session_timeout = '60s';
