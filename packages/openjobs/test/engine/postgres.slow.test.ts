import { openPostgres } from "../storage/postgres-scratch.ts";
import { engineSuite } from "../suites/engine-suite.ts";
import { describeOnPostgres } from "../support/postgres-server.ts";

describeOnPostgres("on PostgreSQL", () => {
  engineSuite("postgres", openPostgres);
});
