import { type InputFile, RefusedError } from 'progress-manager';

/** The one file that a job was pushed with. Throws RefusedError when there are none or several. */
export function onlyInput(inputs: readonly InputFile[]): InputFile {
  const [input, ...others] = inputs;
  if (input !== undefined && others.length === 0) return input;
  throw new RefusedError('file_refused', `An import reads one file, and was given ${inputs.length}. Push one with it.`);
}

/** What the name of a file says about its format. */
export function formatOf({ name }: InputFile): 'csv' | 'jsonl' {
  return /\.(jsonl|ndjson)$/i.test(name) ? 'jsonl' : 'csv';
}
