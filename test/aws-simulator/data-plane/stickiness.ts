/**
 * The cookie of target-group stickiness. It names a group and the end of its life; here in plain sight, with AWS
 * encrypted. A request that carries it goes to that group whatever the weights say, as long as the rule's action has
 * stickiness on and still names the group.
 */
export const STICKY_COOKIE = "AWSALBTG";

interface Sticky {
  readonly groupArn: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** The cookie's value. */
export const encodeSticky = ({ groupArn, expiresAt }: Sticky): string =>
  Buffer.from(JSON.stringify([groupArn, expiresAt])).toString("base64url");

const decodeSticky = (value: string): Sticky | undefined => {
  try {
    const [groupArn, expiresAt] = JSON.parse(Buffer.from(value, "base64url").toString("utf8")) as [
      unknown,
      unknown,
    ];
    if (typeof groupArn === "string" && typeof expiresAt === "number") return { groupArn, expiresAt };
  } catch {
    // Not one of ours: no cookie at all.
  }
  return undefined;
};

/** The group a request is stuck to at `now`, if its cookie is alive. */
export const stuckTo = (cookieHeader: string | undefined, now: number): string | undefined => {
  for (const part of (cookieHeader ?? "").split(";")) {
    const [name, value] = part.trim().split("=", 2);
    const sticky = name === STICKY_COOKIE && value !== undefined ? decodeSticky(value) : undefined;
    if (sticky && sticky.expiresAt > now) return sticky.groupArn;
  }
  return undefined;
};

/** The Set-Cookie header that sticks a client to a group for `seconds`. */
export const stickyHeader = (groupArn: string, now: number, seconds: number): string => {
  const expiresAt = now + seconds * 1000;
  const expires = new Date(expiresAt).toUTCString();
  return `${STICKY_COOKIE}=${encodeSticky({ groupArn, expiresAt })}; Expires=${expires}; Path=/`;
};
