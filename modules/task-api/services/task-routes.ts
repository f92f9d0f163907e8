import {
  ConfigurationError,
  checkKeys,
  InvalidInputError,
  inject,
  type RouteContext,
  type Routes,
  type RoutesInterface,
  readJson,
  type Services,
} from 'progress-manager';

export const PREFIX = '/api/tasks';
const MOST_TASKS = 200;
const USUAL_TASKS = 100;

/** Tasks over HTTP: submit, poll one, list. Refusals are `{ "error": "…" }`. */
export class TaskRoutes implements RoutesInterface {
  readonly #accepted = acceptedStatus(process.env.TASK_API_STATUS);

  constructor(@inject('taskApi') private readonly taskApi: Services['taskApi']) {}

  mount(app: Routes): void {
    app.onError((error, { env }) => {
      const { status, code, detail, facts, headers } = env.problemOf(error);
      // What core advises then cannot be said here.
      const words =
        code === 'key_busy' && facts.jobId ? `The task ${facts.jobId} holds the key until it ends.` : detail;
      return Response.json({ error: words }, { status, headers });
    });
    app.get('/', (context) => this.#list(context));
    app.post('/', (context) => this.#submit(context));
    app.get('/:id', (context) => this.#show(context));
  }

  /** `POST {type, data?, name?, key?}` */
  async #submit({ req, var: { user } }: RouteContext): Promise<Response> {
    const { type, data, ...options } = submission(await readJson(req.raw));
    const submitted = await this.taskApi.submit(type, data, { ...options, user });
    const headers = { Location: `${PREFIX}/${submitted.task_id}` };
    return Response.json(submitted, { status: this.#accepted, headers });
  }

  async #show({ req, var: { user } }: RouteContext): Promise<Response> {
    const task = await this.taskApi.get(req.param('id') ?? '', { user });
    if (task === undefined) return Response.json({ error: 'There is no such task.' }, { status: 404 });
    return Response.json(task, { headers: { 'Cache-Control': 'no-store' } });
  }

  /** `GET ?limit=`: a list, the newest first. */
  async #list({ req, var: { user } }: RouteContext): Promise<Response> {
    const limit = req.query('limit') ?? String(USUAL_TASKS);
    if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST_TASKS)
      throw new InvalidInputError('limit', `must be a whole number from 1 to ${MOST_TASKS}.`);
    return Response.json(await this.taskApi.list(Number(limit), { user }), {
      headers: { 'Cache-Control': 'no-store' },
    });
  }
}

interface Submission {
  readonly type: string;
  readonly data?: unknown;
  readonly name?: string;
  readonly key?: string;
}

/** What the texts may be, the push says. */
function submission(body: unknown): Submission {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidInputError('body', 'must be a JSON object: {"type": "…", "data": {…}}.');
  checkKeys(body, ['type', 'data', 'name', 'key']);
  const { type } = body as { readonly type?: unknown };
  if (typeof type !== 'string' || type === '')
    throw new InvalidInputError('type', 'must be the text that names the type of task.');
  return body as Submission;
}

/** 200, or 202 where clients follow the later contract. */
function acceptedStatus(setting: string | undefined): number {
  if (setting === undefined || setting === '' || setting === '200') return 200;
  if (setting === '202') return 202;
  throw new ConfigurationError([`TASK_API_STATUS must be 200 or 202; it is "${setting}".`]);
}
