/**
 * `#default-transport` is typed by the neutral implementation and may run the one for Node, so the compiler never sees
 * them side by side anywhere but here.
 */
import type { defaultTransport as anywhere } from "../../src/client/fetch-transport.ts";
import { defaultTransport as onNode } from "../../src/client/node-transport.ts";

onNode satisfies typeof anywhere;
