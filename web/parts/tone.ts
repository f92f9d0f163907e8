/** What a bar or a dot says by its colour; `paused` is hatched. */
export type Tone = 'new' | 'running' | 'paused' | 'success' | 'error' | 'rest';
