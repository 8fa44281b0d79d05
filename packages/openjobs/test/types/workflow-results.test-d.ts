/** What the definitions of a workflow's steps say about its results. */
import { batch, chain, defineJob, graph, group, OjsClient, step, type Workflow, type WorkflowOutcome } from "openjobs";
import { z } from "zod";

const client = new OjsClient();

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_?: T): void {}

const fetchData = defineJob<[url: string], { rows: number }>("data.fetch");
const writeFile = defineJob<"csv" | "pdf", { path: string }>("file.write");
const count = defineJob("rows.count", { args: z.string(), result: z.number() });
const cleanUp = defineJob<readonly [], void>("files.clean");
type Nothing = ReturnType<typeof isTrue>;

export async function chains(): Promise<void> {
  const workflow = await client.createWorkflow(
    chain([fetchData.with(["u"]), group([writeFile.with("csv"), count.with("a")]), cleanUp.with([], { delay: "5m" })], {
      name: "export",
    }),
  );
  const { results, workflow: ended } = await client.workflowResult(workflow, { timeout: "5m" });
  isTrue<Equal<typeof results, readonly [{ rows: number }, readonly [{ path: string }, number], Nothing]>>();
  ended.state.concat(ended.id);
  const [{ rows }, [{ path }, counted]] = results;
  rows.toFixed().concat(path, counted.toFixed());
  // @ts-expect-error there are three steps
  results[3];
  // @ts-expect-error the definition says what the result is
  results[0].path;
  // @ts-expect-error a group is a list
  results[1].path;
}

export async function groups(urls: readonly string[]): Promise<void> {
  const known = await client.workflowResult(
    await client.createWorkflow(group([count.with("a"), fetchData.with(["u"])])),
  );
  isTrue<Equal<typeof known.results, readonly [number, { rows: number }]>>();
  const many = await client.createWorkflow(group(urls.map((url) => fetchData.with([url]))));
  const { results } = await client.workflowResult(many);
  const rows: readonly number[] = results.map((each) => each.rows);
  void rows;
  // @ts-expect-error there is no such member
  results.map((each) => each.path);
}

export async function batches(): Promise<void> {
  const workflow = await client.createWorkflow(
    chain([
      batch([count.with("a"), group([writeFile.with("csv")])], { onComplete: cleanUp.with() }),
      fetchData.with(["u"]),
    ]),
  );
  const { results } = await client.workflowResult(workflow);
  // Jobs of a batch may fail, and the workflow goes on.
  isTrue<
    Equal<typeof results, readonly [readonly [number | null, readonly [{ path: string } | null]], { rows: number }]>
  >();
  // @ts-expect-error perhaps there is none
  results[0][0].toFixed();
}

export async function graphs(): Promise<void> {
  const workflow = await client.createWorkflow(
    graph({ fetch: fetchData.with(["u"]), file: { ...writeFile.with("pdf"), dependsOn: ["fetch"] } }, { name: "n" }),
  );
  const { byName, results } = await client.workflowResult(workflow);
  byName.fetch.rows.toFixed().concat(byName.file.path);
  // @ts-expect-error there is no step of that name
  byName.files;
  // @ts-expect-error the definition says what the result is
  byName.file.rows;
  // @ts-expect-error the order of a graph says nothing
  results[0].rows;
  // @ts-expect-error there is no step of that name
  graph({ fetch: fetchData.with(["u"]), file: { ...writeFile.with("pdf"), dependsOn: ["fetsch"] } });
  // @ts-expect-error misspelt
  graph({ fetch: fetchData.with(["u"]), file: { ...writeFile.with("pdf"), dependson: ["fetch"] } });
  // @ts-expect-error misspelt, and not all of them are defined
  graph({ fetch: step("fetch"), file: { ...writeFile.with("pdf"), dependson: ["fetch"] } });
}

export async function untyped(id: string): Promise<void> {
  const named = await client.createWorkflow(chain([step("a"), fetchData.with(["u"])]));
  const plain: Workflow = named;
  const [first] = (await client.workflowResult(named)).results;
  // @ts-expect-error nobody has promised anything
  first.rows;
  const outcome: WorkflowOutcome = await client.workflowResult(plain);
  // @ts-expect-error nor here
  outcome.results[0].rows;
  const { byName } = await client.workflowResult<{ report: { url: string } }>(id, { signal: AbortSignal.timeout(5) });
  byName.report.url.toUpperCase();
  const { results } = await client.workflowResult<[{ rows: number }, string]>(id);
  results[1].concat(results[0].rows.toFixed());
  // A part of it may be known.
  const mixed = await client.createWorkflow(chain([fetchData.with(["u"]), group([step("a"), step("b")])]));
  const [data, others] = (await client.workflowResult(mixed)).results;
  data.rows.toFixed();
  // @ts-expect-error nobody has promised anything
  others[0].rows;
}

export async function wrong(): Promise<void> {
  // @ts-expect-error a workflow or its id
  await client.workflowResult(chain([cleanUp.with()]));
  // @ts-expect-error a wait has no other options
  await client.workflowResult("id", { totalTimeout: "5m" });
  // @ts-expect-error options are in options
  chain([fetchData.with(["u"]), { type: "a", queue: "q" }]);
  // @ts-expect-error one is missing
  group([fetchData.with([])]);
}
