import { HttpError } from './http-error.js';

/** The body as it arrives. Throws 408 when a chunk is not there within `patience()` ms, 400 when the sender breaks off. */
export async function* chunksOf(request: Request, patience: () => number): AsyncGenerator<Uint8Array, void> {
  const reader = request.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await within(patience(), reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops early does not want the rest; a body that is broken already has none.
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(milliseconds: number, read: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new HttpError(408, 'too_slow', 'The body came too slowly.')),
      Math.max(0, milliseconds),
    );
  });
  const broken = () => {
    throw new HttpError(400, 'body_incomplete', 'The body ended before it was complete.');
  };
  try {
    return await Promise.race([read.catch(broken), late]);
  } finally {
    clearTimeout(timer);
  }
}
