import { expect, it } from "vitest";
import { EVENT_KINDS } from "../../src/core/event-kinds.ts";
import { openMemory } from "../storage/volatile-storages.ts";
import { KINDS_SEEN } from "../suites/engine/bench.ts";
import { engineSuite } from "../suites/engine-suite.ts";

engineSuite("memory", openMemory);

// The suite holds every event that it sees up to the specification, so it has to see them all.
it("shows every kind of event", () => expect(EVENT_KINDS.filter((kind) => !KINDS_SEEN.has(kind))).toEqual([]));
