/**
 * Order of resourceVersions. Long opaque, they are since KEP-5504 (Kubernetes 1.35) promised to be decimal
 * numbers without leading zeros, comparable within one resource type; every etcd-backed server has always sent
 * such. Anything else is unknown: undefined, and the caller says what it does then.
 *
 * Compared as text, by length and then by digit: they may exceed what a double holds.
 */
export function compareResourceVersions(left: string, right: string): -1 | 0 | 1 | undefined {
  if (!comparable.test(left) || !comparable.test(right)) return undefined;
  if (left === right) return 0;
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left < right ? -1 : 1;
}

const comparable = /^[1-9]\d*$/;
