import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidInputError, RefusedError, TooLargeError } from '../contracts/errors.js';
import type { InputFile, OutputFile } from '../contracts/job.js';
import { APPLICATION, type User } from '../contracts/user.js';
import { isAscii } from './ascii.js';
import type { Database } from './database.js';
import { checkFileName, type FileFolder } from './file-folder.js';
import { inChunks } from './in-chunks.js';
import { newId } from './new-id.js';
import { placeholders } from './placeholders.js';
import { writeFully } from './write-fully.js';

interface UploadRow {
  readonly id: string;
  readonly name: string;
  readonly size: number | string;
}

/** Files that came in and wait to be named in a push. */
export class UploadStore {
  constructor(
    private readonly database: Database,
    private readonly folder: FileFolder,
    /** Bytes of one upload at most. */
    private readonly maxBytes: number,
  ) {}

  /** Keeps a stream. Throws InvalidInputError for its name, TooLargeError past the limit; then nothing is left of it. */
  async add(name: string, content: AsyncIterable<Uint8Array>, owner: User): Promise<InputFile> {
    checkFileName(name);
    const id = newId();
    const size = await this.#save(await this.folder.upload(id), content);
    await this.#insert({ id, name, size }, owner);
    return { id, name, size };
  }

  /** Copies a file of this machine. Throws InvalidInputError when it cannot be read. */
  async addLocal(path: string, name: string = basename(path)): Promise<InputFile> {
    checkFileName(name);
    const handle = await open(path, 'r').catch(() => undefined);
    try {
      if (!handle || !(await handle.stat()).isFile())
        throw new InvalidInputError('files', `there is no readable file ${path}.`);
      return await this.add(name, handle.createReadStream({ autoClose: false }), APPLICATION);
    } finally {
      await handle?.close();
    }
  }

  /** An upload of its own with the bytes of another's. Throws FileMissingError when they are gone. */
  async copy({ id, name, size }: InputFile, owner: User): Promise<InputFile> {
    const copy = newId();
    await this.folder.copyUpload(id, copy, name);
    await this.#insert({ id: copy, name, size }, owner);
    return { id: copy, name, size };
  }

  /** As `FileFolder.readUpload`. */
  read(input: InputFile, position: number, length: number): Promise<Buffer> {
    return this.folder.readUpload(input, position, length);
  }

  /** Uploads by id, those of others only for admins. Throws RefusedError for one that is not there or was used. */
  async find(ids: readonly string[], viewer: User): Promise<InputFile[]> {
    return Promise.all(ids.map((id) => this.#one(id, viewer)));
  }

  /** Removes an upload that no job has. */
  async remove(id: string): Promise<void> {
    const removed = await this.database.changeAgain('DELETE FROM progress_upload WHERE id = ? AND job_id IS NULL', [
      id,
    ]);
    if (removed === 1) await this.folder.removeUpload(id);
  }

  /** Removes everything that belongs to jobs that are gone, some hundred at most: what they read and what they wrote. */
  async removeOf(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length === 0) return;
    const rows = await this.database.rows<{ id: string }>(
      `SELECT id FROM progress_upload WHERE job_id IN (${placeholders(jobIds)})`,
      jobIds,
    );
    const uploads = rows.map(({ id }) => id);
    // The rows last: whoever dies before finds the files again.
    for (const id of uploads) await this.folder.removeUpload(id);
    for (const id of jobIds) await this.folder.removeJob(id);
    for (const some of inChunks(uploads, Buffer.byteLength)) {
      await this.database.changeAgain(`DELETE FROM progress_upload WHERE id IN (${placeholders(some)})`, some);
    }
  }

  /** Removes what a job has written, longer ago, and its row does not name: parts of slices that were killed. */
  removeUnnamed(jobId: string, outputs: readonly OutputFile[], ageMs: number): Promise<void> {
    return this.folder.removeUnnamed(jobId, outputs, ageMs);
  }

  /** Removes uploads that no job has named, and returns how many. */
  async removeUnused(ageMs: number): Promise<number> {
    const rows = await this.database.rows<{ id: string }>(
      `SELECT id FROM progress_upload WHERE job_id IS NULL AND created_at < ${this.database.dialect.nowPlus()}`,
      [-ageMs],
    );
    for (const { id } of rows) await this.remove(id);
    return rows.length;
  }

  /** Ids of jobs that have files, some at a time: those whose files were last touched longer ago. */
  async *ownersOlderThan(ageMs: number, limit: number): AsyncGenerator<readonly string[]> {
    let ids: string[] = [];
    for await (const id of this.folder.jobs(ageMs)) {
      ids.push(id);
      if (ids.length < limit) continue;
      yield ids;
      ids = [];
    }
    if (ids.length > 0) yield ids;
  }

  /** Ids of jobs that were pushed with uploads, all of which are older than this, ms; out of so many jobs at a time. */
  async *ownersOfUploads(ageMs: number, limit: number): AsyncGenerator<readonly string[]> {
    // Not by the time in the WHERE: a crowd of young ones would be read to its end for the next that is old.
    const sql = `SELECT job_id, CASE WHEN MAX(created_at) < ${this.database.dialect.nowPlus()} THEN 1 ELSE 0 END AS is_old
      FROM progress_upload WHERE job_id > ? GROUP BY job_id ORDER BY job_id LIMIT ?`;
    for (let last: string | undefined = ''; last !== undefined; ) {
      const rows: { job_id: string; is_old: number }[] = await this.database.rows(sql, [-ageMs, last, limit]);
      if (rows.length > 0) yield rows.filter((row) => Number(row.is_old) === 1).map(({ job_id }) => job_id);
      last = rows.at(-1)?.job_id;
    }
  }

  async #insert({ id, name, size }: InputFile, owner: User): Promise<void> {
    await this.database.changeAgain(
      `INSERT INTO progress_upload (id, name, size, created_by_id, created_at) VALUES (?, ?, ?, ?, ${this.database.dialect.now()})`,
      [id, name, size, owner.id || null],
    );
  }

  async #one(id: string, viewer: User): Promise<InputFile> {
    const owner = viewer.isAdmin ? '' : ' AND created_by_id = ?';
    const sql = `SELECT id, name, size FROM progress_upload WHERE id = ? AND job_id IS NULL${owner}`;
    const bindings = viewer.isAdmin ? [id] : [id, viewer.id];
    const [row] = isAscii(id) ? await this.database.rows<UploadRow>(sql, bindings) : [];
    if (!row)
      throw new RefusedError('file_refused', `There is no unused upload ${id.slice(0, 64)}. Upload the file first.`);
    return { id: row.id, name: row.name, size: Number(row.size) };
  }

  async #save(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    const handle = await open(path, 'wx', 0o600);
    let size = 0;
    try {
      for await (const chunk of content) {
        if (size + chunk.length > this.maxBytes) {
          throw new TooLargeError(
            `The file is larger than the ${this.maxBytes} bytes that an upload may have (PM_UPLOAD_MAX).`,
          );
        }
        await writeFully(handle, chunk, size);
        size += chunk.length;
      }
      await handle.sync();
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    await handle.close();
    return size;
  }
}
