import { openMemory } from "../storage/volatile-storages.ts";
import { engineSuite } from "../suites/engine-suite.ts";

engineSuite("memory", openMemory);
