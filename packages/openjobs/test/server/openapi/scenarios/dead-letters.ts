/** Dead letters. */
import { discarded, type Scenario, V1 } from "./scenario.ts";

export const deadLetters: Scenario = async (send) => {
  const [one, other] = [await discarded(send, "dead"), await discarded(send, "dead")];
  await send("GET", `${V1}/dead-letter?queue=dead`);
  await send("POST", `${V1}/dead-letter/${one}/retry`);
  await send("POST", `${V1}/dead-letter/${one}/retry`);
  await send("DELETE", `${V1}/dead-letter/${other}`);
};
