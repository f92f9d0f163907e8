/**
 * The promise's outcome, if it comes within so many milliseconds; otherwise throws. `isKept: false`: waiting for it
 * does not keep the process alive.
 */
export async function within<T>(promise: Promise<T>, milliseconds: number, { isKept = true } = {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not come within ${milliseconds / 1000} s.`)), milliseconds);
    if (!isKept) timer.unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
