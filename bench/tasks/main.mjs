/** One measured process: gets an order from its parent, does it, reports, ends. */

import * as drain from "./drain.mjs";
import * as echo from "./echo.mjs";
import * as enqueue from "./enqueue.mjs";
import * as live from "./live.mjs";
import * as pickup from "./pickup.mjs";
import * as promote from "./promote.mjs";
import * as sqlite from "./raw-sqlite.mjs";
import * as seed from "./seed.mjs";
import * as seedPostgres from "./seed-postgres.mjs";
import * as workflow from "./workflow.mjs";

const TASKS = {
  ...enqueue,
  ...drain,
  ...echo,
  ...live,
  ...pickup,
  ...promote,
  ...sqlite,
  ...seed,
  ...seedPostgres,
  ...workflow,
};

process.once("message", (order) => {
  run(order).then(
    (result) => finish({ type: "result", result }, 0),
    (error) => finish({ type: "error", message: `${order.task}: ${error.stack}` }, 1),
  );
});
// Whoever wanted this measurement is gone.
process.on("disconnect", () => process.exit(1));

async function run({ task, adapter, env, params }) {
  const open = adapter === undefined ? undefined : (await import(adapter)).open;
  return TASKS[task]({ open, env, params });
}

function finish(message, status) {
  process.send(message, () => process.exit(status));
}
