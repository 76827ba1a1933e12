/** Code for the test of the mutation script itself: two branches of it are seen by its test, one thing is not. */
export function bounded(value: number, least: number, most: number): number {
  if (value < least) return least;
  return value > most ? most : value;
}
