import { storageSuite } from "../suites/storage-suite.ts";
import { openScratch } from "./sqlite-scratch.ts";

storageSuite("sqlite", openScratch);
