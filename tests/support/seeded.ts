/**
 * The seed of a random test: printed at its start, and repeated by PADO_SEED.
 */

export function seeded(what: string): number {
  const seed = Number(process.env['PADO_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`seed of ${what}: ${seed} (PADO_SEED=${seed} repeats it)`);
  return seed;
}
