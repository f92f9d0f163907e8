import { FileMissingError, JobNotFoundError, type PushContext, type User } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';

const ANN: User = { id: 'ann', isAdmin: false };
const BEN: User = { id: 'ben', isAdmin: false };

/** Puts bytes 2 to 5 of each file of the push into the data. */
class ReadingProgressManager {
  async prepareData(_data: unknown, { inputs, read }: PushContext): Promise<unknown> {
    const texts = await Promise.all(inputs.map((input) => read(input, 2, 4)));
    return { texts: texts.map(String) };
  }
  executeProgressJob(): boolean {
    return true;
  }
  getProgress(): number {
    return 100;
  }
  getStatus(): 'success' {
    return 'success';
  }
}

/** Asks for a file that the push does not name. */
class CuriousProgressManager extends ReadingProgressManager {
  override async prepareData(_data: unknown, { read }: PushContext): Promise<unknown> {
    return read({ id: '../../etc/passwd', name: 'passwd', size: 100 }, 0, 100);
  }
}

const type = { reading: { service: ReadingProgressManager }, curious: { service: CuriousProgressManager } };
const boot = () => bootForTests({ modules: { reads: { type } } });

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('a service that prepares the data of a push reads the files that it names, and no others', async () => {
  await using kit = await boot();
  const { job } = await kit.runJob('reading', {}, { uploads: { 'a.txt': '0123456789', 'b.txt': 'abc' } });
  expect(job.data).toEqual({ texts: ['2345', 'c'] });
  await expect(kit.push('curious', {})).rejects.toBeInstanceOf(FileMissingError);
});

test('a file that a job reads is opened by its owner, whole or in part, and by nobody else', async () => {
  await using kit = await boot();
  const { id } = await kit.progressManager.upload('a.txt', bytes('0123456789'), { user: ANN });
  const pushed = await kit.progressManager.push('Read', 'reading', {}, { files: [id] }, { user: ANN });
  const file = await kit.progressManager.openInput(pushed.id, id, { user: ANN });
  const chunks = [];
  for await (const chunk of file.stream(3, 5)) chunks.push(chunk);
  expect([file.name, file.size, Buffer.concat(chunks).toString()]).toEqual(['a.txt', 10, '345']);
  await expect(kit.progressManager.openInput(pushed.id, id, { user: BEN })).rejects.toBeInstanceOf(JobNotFoundError);
  const stranger = await kit.progressManager.upload('b.txt', bytes('secret'), { user: BEN });
  await expect(kit.progressManager.openInput(pushed.id, stranger.id)).rejects.toBeInstanceOf(FileMissingError);
});
