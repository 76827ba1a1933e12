/** What a log line never shows, whatever somebody handed to the logger. */

export const masked = "[redacted]";

/** Names of fields whose value is a secret, at any depth, in whatever case and with whatever dashes. */
const secretName =
  /^(?:x-?amz-?security-?token|.*(?:token|password|passwd|secret|authorization|cookie|privatekey|clientkeydata|clientkey|accesskey|accesskeyid|credentials?|signature))$/;

/** True for a field such as `authorization`, `sessionToken` or `X-Amz-Security-Token`. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_.]/g, "");
  return secretName.test(plain);
}

/**
 * Secrets that are told by their looks, within other text: bearer and basic credentials, JSON web tokens, AWS access
 * keys, signatures and session tokens in signed URLs and headers, PEM keys. None of the patterns crosses a quote or a
 * backslash (but a key's escaped line ends), so a JSON line stays a JSON line.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${masked}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, masked],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, `$1${masked}`],
  [/\b(X-Amz-(?:Signature|Security-Token|Credential)|Signature|Credential)=[^\s&,"'\\]+/gi, `$1=${masked}`],
  [
    /\b(aws_secret_access_key|aws_session_token|token|password)(["'\s]*[=:]\s*["']?)[^\s&,"'\\]{8,}/gi,
    `$1$2${masked}`,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----/g, masked],
];

/** The text without what looks like a secret. */
export function withoutSecrets(text: string): string {
  return patterns.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
}
