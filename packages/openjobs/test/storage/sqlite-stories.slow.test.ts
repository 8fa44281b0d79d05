import { storageStories } from "../suites/storage-suite.ts";
import { openSqliteInMemory } from "./volatile-storages.ts";

storageStories("sqlite in memory", openSqliteInMemory);
