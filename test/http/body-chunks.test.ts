import { expect, test } from 'vitest';
import { chunksOf } from '../../core/http/body-chunks.js';

function sending(content: AsyncIterable<Uint8Array>): Request {
  return new Request('http://jobs.example/', { method: 'PUT', body: ReadableStream.from(content), duplex: 'half' });
}

async function sizeOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) size += chunk.byteLength;
  return size;
}

test('a body comes piece by piece, and a request without one has none', async () => {
  async function* pieces() {
    yield new Uint8Array(3);
    yield new Uint8Array(4);
  }
  expect(await sizeOf(chunksOf(sending(pieces()), () => 1000))).toBe(7);
  expect(await sizeOf(chunksOf(new Request('http://jobs.example/'), () => 1000))).toBe(0);
});

test('a sender who stops sending is given up, and told so', async () => {
  const stuck = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
  const request = new Request('http://jobs.example/', { method: 'PUT', body: stuck, duplex: 'half' });
  await expect(sizeOf(chunksOf(request, () => 20))).rejects.toMatchObject({ status: 408, code: 'too_slow' });
});

test('a sender whose patience has run out already is not waited for', async () => {
  const never = new ReadableStream<Uint8Array>();
  const request = new Request('http://jobs.example/', { method: 'PUT', body: never, duplex: 'half' });
  await expect(sizeOf(chunksOf(request, () => -5))).rejects.toMatchObject({ status: 408 });
});

test('a reader who has enough stops the sender', async () => {
  let isStopped = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(10);
    } finally {
      isStopped = true;
    }
  }
  for await (const _ of chunksOf(sending(endless()), () => 1000)) break;
  expect(isStopped).toBe(true);
});
