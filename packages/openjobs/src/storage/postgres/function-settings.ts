import { ALONG_INDEXES } from "./options.ts";

/** What a function that was called from outside sets for itself and those that it calls, whoever the connection belongs to. */
export const SETTINGS: string = Object.entries(ALONG_INDEXES)
  .map(([name, value]) => `SET ${name} = ${value}`)
  .join(" ");
