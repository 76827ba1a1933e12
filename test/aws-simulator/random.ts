/** A number in [0, 1). */
export type Random = () => number;

/** A small seeded generator (mulberry32): the same seed gives the same sequence on every machine. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** `length` lower-case hexadecimal digits, as AWS uses in ARNs. */
export const hexId = (random: Random, length = 16): string =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
