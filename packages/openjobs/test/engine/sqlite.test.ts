import { openScratch } from "../storage/sqlite-scratch.ts";
import { engineSuite } from "../suites/engine-suite.ts";

engineSuite("sqlite", openScratch);
