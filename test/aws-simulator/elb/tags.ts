import type {
  AddTagsInput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Operations, read, validationError, write } from "../operation.ts";
import { listenerByArn, loadBalancerByArn, ruleByArn, targetGroupByArn } from "./lookup.ts";
import type { ElbState } from "./records.ts";
import { mergeTags } from "./tag-rules.ts";

const MAX_ARNS = 20;

const mustExist = (state: ElbState, arn: string): void => {
  if (arn.includes(":listener-rule/")) ruleByArn(state, arn);
  else if (arn.includes(":listener/")) listenerByArn(state, arn);
  else if (arn.includes(":targetgroup/")) targetGroupByArn(state, arn);
  else loadBalancerByArn(state, arn);
};

const checkedArns = (state: ElbState, arns: readonly string[] | undefined): readonly string[] => {
  if (!arns || arns.length === 0) throw validationError("At least one resource ARN must be specified");
  if (arns.length > MAX_ARNS)
    throw validationError(`You can specify up to ${MAX_ARNS} resources in a single call`);
  for (const arn of arns) mustExist(state, arn);
  return arns;
};

/** Tags of load balancers, listeners, rules and target groups, up to 20 resources per call. */
export const tagOperations: Operations = {
  DescribeTags: read(({ state: { elb } }, input: DescribeTagsInput): DescribeTagsOutput => {
    const arns = checkedArns(elb, input.ResourceArns);
    return {
      TagDescriptions: arns.map((arn) => ({
        ResourceArn: arn,
        Tags: Object.entries(elb.tags.get(arn) ?? {}).map(([Key, Value]) => ({ Key, Value })),
      })),
    };
  }),

  AddTags: write(({ state: { elb } }, input: AddTagsInput) => {
    const arns = checkedArns(elb, input.ResourceArns);
    const merged = arns.map((arn) => mergeTags(elb.tags.get(arn) ?? {}, input.Tags ?? []));
    for (const [index, arn] of arns.entries()) elb.tags.set(arn, merged[index] ?? {});
    return {};
  }),

  RemoveTags: write(({ state: { elb } }, input: RemoveTagsInput) => {
    const removed = new Set(input.TagKeys);
    for (const arn of checkedArns(elb, input.ResourceArns)) {
      const kept = Object.entries(elb.tags.get(arn) ?? {}).filter(([key]) => !removed.has(key));
      elb.tags.set(arn, Object.fromEntries(kept));
    }
    return {};
  }),
};
