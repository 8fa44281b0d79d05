import { openMemory } from "../storage/volatile-storages.ts";
import { engineStories } from "../suites/engine-suite.ts";

engineStories("memory", openMemory);
