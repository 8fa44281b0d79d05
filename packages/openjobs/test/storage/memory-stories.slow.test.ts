import { storageStories } from "../suites/storage-suite.ts";
import { openMemory } from "./volatile-storages.ts";

storageStories("memory", openMemory);
