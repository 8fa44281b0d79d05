import { openScratch } from "../storage/sqlite-scratch.ts";
import { openSqliteInMemory } from "../storage/volatile-storages.ts";
import { engineSuite } from "../suites/engine-suite.ts";

engineSuite("sqlite", openScratch, openSqliteInMemory);
