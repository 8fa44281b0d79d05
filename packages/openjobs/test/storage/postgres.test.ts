import { storageSuite } from "../suites/storage-suite.ts";
import { describeOnPostgres } from "../support/postgres-server.ts";
import { openPostgres } from "./postgres-scratch.ts";

describeOnPostgres("on PostgreSQL", () => {
  storageSuite("postgres", openPostgres);
});
