/** Schemas of arguments. */
import { type Scenario, V1 } from "./scenario.ts";

export const schemas: Scenario = async (send) => {
  const schema = { type: "array", items: { type: "object" } };
  const uri = "urn:example:mail";
  await send("POST", `${V1}/schemas`, { uri, type: "mail.send", version: 1, schema });
  await send("POST", `${V1}/schemas`, { job_type: "mail.send", version: "2.0.0", schema });
  await send("POST", `${V1}/schemas`, { type: "mail.send", version: 1 });
  await send("GET", `${V1}/schemas`);
  await send("GET", `${V1}/schemas/${encodeURIComponent(uri)}`);
  await send("GET", `${V1}/schemas/mail.send/2.0.0`);
  await send("GET", `${V1}/schemas/mail.send/versions`);
  await send("PUT", `${V1}/admin/schemas/mail.send/3`, { schema });
  await send("GET", `${V1}/admin/schemas/mail.send`);
  await send("GET", `${V1}/admin/schemas/mail.send/3`);
  await send("GET", `${V1}/admin/schemas/mail.send/versions`);
  await send("DELETE", `${V1}/admin/schemas/mail.send/3`);
  await send("DELETE", `${V1}/schemas/mail.send/2.0.0`);
  await send("DELETE", `${V1}/schemas/${encodeURIComponent(uri)}`);
  await send("GET", `${V1}/schemas/mail.send`);
};
