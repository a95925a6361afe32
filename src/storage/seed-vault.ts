/**
 * How seeds of lucky boxes are kept until they are revealed: AES-256-GCM under a key that the database does not have, bound to the box.
 * A sealed seed is the first 8 bytes of the SHA-256 of its key, a nonce of 12 bytes, 32 bytes of ciphertext and a tag of 16.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const SEED_BYTES = 32;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** No key here opens what another process has sealed; says of which box, and nothing of the seed. */
export class SeedKeyMissing extends Error {
  override readonly name = 'SeedKeyMissing';

  constructor(box: string) {
    super(`no key of PADO_BOX_KEYS opens the seed of the lucky box ${box}`);
  }
}

export class SeedVault {
  /** `keys`: 32 bytes each; the first seals, all of them open. */
  constructor(private readonly keys: readonly Buffer[]) {}

  /** Null where there is no key. */
  draw(box: string): { seed: Buffer; sealed: Buffer } | null {
    const [key] = this.keys;
    if (!key) return null;
    const [seed, nonce] = [randomBytes(SEED_BYTES), randomBytes(NONCE_BYTES)];
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(box, 'utf8'));
    const text = Buffer.concat([cipher.update(seed), cipher.final()]);
    return { seed, sealed: Buffer.concat([idOf(key), nonce, text, cipher.getAuthTag()]) };
  }

  opens(sealed: Buffer): boolean {
    return this.keys.some((one) => idOf(one).equals(sealed.subarray(0, ID_BYTES)));
  }

  /** Errors: SeedKeyMissing; what was sealed for another box or was changed. */
  open(box: string, sealed: Buffer): Buffer {
    const key = this.keys.find((one) => idOf(one).equals(sealed.subarray(0, ID_BYTES)));
    if (!key) throw new SeedKeyMissing(box);
    const nonce = sealed.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
      Buffer.from(box, 'utf8'),
    );
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  }
}

/** Of whoever draws from no box. */
export const NO_SEEDS = new SeedVault([]);

const idOf = (key: Buffer): Buffer => createHash('sha256').update(key).digest().subarray(0, ID_BYTES);
