import type { DefinitionNode, JobNode, NewWorkflow } from "./definition.ts";

type Change = (request: JobNode["request"]) => JobNode["request"];

/** The same workflow with other requests for its jobs. */
export function mapRequests<W extends Pick<NewWorkflow, "root">>(workflow: W, change: Change): W {
  return { ...workflow, root: mapped(workflow.root, change) };
}

/** Shows the requests for all jobs of a workflow, with their places in its request. */
export function eachRequest(node: DefinitionNode, look: (request: JobNode["request"], field: string) => void): void {
  if (node.kind === "job") {
    look(node.request, node.field);
    return;
  }
  for (const child of node.nodes) eachRequest(child, look);
  if (node.kind === "batch") for (const callback of node.callbacks) eachRequest(callback, look);
}

function mapped<N extends DefinitionNode>(node: N, change: Change): N {
  if (node.kind === "job") return { ...node, request: change(node.request) };
  const nodes = node.nodes.map((child) => mapped(child, change));
  if (node.kind !== "batch") return { ...node, nodes };
  return { ...node, nodes, callbacks: node.callbacks.map((callback) => mapped(callback, change)) };
}
