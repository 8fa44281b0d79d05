import { openSqliteInMemory } from "../storage/volatile-storages.ts";
import { engineStories } from "../suites/engine-suite.ts";

engineStories("sqlite in memory", openSqliteInMemory);
