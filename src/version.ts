/** Set by the bundler from package.json; a run from source says so. */
declare const MODELROLLOUT_VERSION: string | undefined;

export const version: string = typeof MODELROLLOUT_VERSION === "string" ? MODELROLLOUT_VERSION : "source";
