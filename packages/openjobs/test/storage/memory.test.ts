import { storageSuite } from "../suites/storage-suite.ts";
import { openMemory } from "./volatile-storages.ts";

storageSuite("memory", openMemory);
