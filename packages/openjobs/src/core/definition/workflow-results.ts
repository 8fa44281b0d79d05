/** What the steps of a workflow return, as far as its definition says (ojs-workflows §7). */
import type { WorkflowMember } from "../codec/workflow-definition.ts";
import type { DefinedJob } from "./define-job.ts";

/** Of a graph by name, of everything else in order. */
export type WorkflowResults<Definition> = Definition extends { readonly kind: "graph"; readonly steps: infer Steps }
  ? { readonly [Name in keyof Steps]: MemberResult<Steps[Name]> }
  : MemberResult<Definition>;

/** `Missing` = what there is instead of a result: jobs of a batch may fail, and it has its callbacks for that. */
type MemberResult<Member, Missing = never> = Member extends { readonly kind: "batch"; readonly jobs: infer Jobs }
  ? MemberResults<Jobs, null>
  : Member extends { readonly kind: "chain"; readonly steps: infer Steps }
    ? MemberResults<Steps, Missing>
    : Member extends { readonly kind: "group"; readonly jobs: infer Jobs }
      ? MemberResults<Jobs, Missing>
      : Member extends DefinedJob<infer _Input, infer Result>
        ? Result | Missing
        : unknown;

/** Of a list that may have anything in it nothing is known, however deep. */
type MemberResults<Members, Missing> = Members extends readonly (infer Member)[]
  ? WorkflowMember extends Member
    ? readonly unknown[]
    : { readonly [Index in keyof Members]: MemberResult<Members[Index], Missing> }
  : never;
