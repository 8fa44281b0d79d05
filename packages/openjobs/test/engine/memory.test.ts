import { memory } from "../../src/storage/memory/index.ts";
import { engineSuite } from "../suites/engine-suite.ts";

engineSuite("memory", async () => {
  const storage = memory();
  await storage.open();
  return { storage };
});
