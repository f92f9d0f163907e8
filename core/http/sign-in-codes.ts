import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { User } from '../contracts/user.js';

const LIFETIME_MS = 10 * 60 * 1000;

interface Issued {
  readonly digest: Buffer;
  readonly user: User;
  readonly expiresAt: number;
}

/** Codes that sign somebody in once, within 10 minutes, in the process that issued them: for the address `serve` prints. */
export class SignInCodes {
  #issued: readonly Issued[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A code of 256 random bits. */
  issue(user: User): string {
    const code = randomBytes(32).toString('base64url');
    this.#issued = [...this.#valid(), { digest: digestOf(code), user, expiresAt: this.now() + LIFETIME_MS }];
    return code;
  }

  /** Whose code this is; it is used up. `undefined`: never issued, used before, or too old. */
  redeem(code: string): User | undefined {
    const digest = digestOf(code);
    const valid = this.#valid();
    const match = valid.find((issued) => timingSafeEqual(issued.digest, digest));
    this.#issued = valid.filter((issued) => issued !== match);
    return match?.user;
  }

  #valid(): readonly Issued[] {
    const now = this.now();
    return this.#issued.filter((issued) => now < issued.expiresAt);
  }
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
