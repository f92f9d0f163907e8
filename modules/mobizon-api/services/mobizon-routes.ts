import {
  fieldsOf,
  inject,
  type Problem,
  type RegisteredType,
  type RouteContext,
  type Routes,
  type RoutesInterface,
  readFields,
  type Services,
} from 'progress-manager';
import { Calls } from './calls.js';
import { type Answer, CODES, enveloped, formatOf } from './envelope.js';
import { callsPerSecond, Pace } from './pace.js';
import { taskStatus } from './task-status.js';

/** None of them is a parameter of a call, in whatever letter case. */
const OWN_PARAMETERS = ['api', 'apikey', 'output'];
const VERBS = ['GET', 'HEAD', 'POST'];
const INTEGER = /^-?[0-9]+$/;

/** `/service/{module}/{method}`: the status of a task, and calls that begin one. */
export class MobizonRoutes implements RoutesInterface {
  readonly #perSecond = callsPerSecond(process.env.MOBIZON_CALLS_PER_SECOND);
  readonly #pace = new Pace(this.#perSecond);
  readonly #calls: Calls;

  constructor(
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
    @inject('registry') registry: Services['registry'],
  ) {
    this.#calls = new Calls(registry);
  }

  mount(app: Routes): void {
    app.onError((error, context) => {
      const problem = context.env.problemOf(error);
      const { 'Retry-After': later } = problem.headers;
      return enveloped(
        answerTo(problem),
        formatOf(queryOf(context)),
        later === undefined ? {} : { 'Retry-After': later },
      );
    });
    app.all('/:module/:method', (context) => this.#answer(context));
    app.all('*', (context) =>
      enveloped({ code: CODES.badModule, message: 'Call /service/{module}/{method}.' }, formatOf(queryOf(context))),
    );
  }

  async #answer(context: RouteContext): Promise<Response> {
    const format = formatOf(queryOf(context));
    if (format === undefined) return enveloped({ code: CODES.badFormat, message: 'output must be json or xml.' });
    const [module = '', method = ''] = [context.req.param('module'), context.req.param('method')];
    const isQueue = module.toLowerCase() === 'taskqueue';
    const isStatus = isQueue && method.toLowerCase() === 'getstatus';
    const type = isQueue ? undefined : this.#calls.typeOf(module, method);
    if (!isStatus && type === undefined) return enveloped(this.#unknown(module, isQueue), format);
    if (!VERBS.includes(context.req.method)) return enveloped(OTHER_VERB, format);
    const wait = this.#pace.wait(context.var.user.id, `${module}/${method}`.toLowerCase());
    if (wait > 0) return enveloped(tooFast(this.#perSecond), format, { 'Retry-After': String(Math.ceil(wait)) });
    return enveloped(type ? await this.#start(type, context) : await this.#status(context), format);
  }

  async #status(context: RouteContext): Promise<Answer> {
    const { id } = await parametersOf(context);
    const text = typeof id === 'number' || typeof id === 'string' ? String(id).trim() : '';
    if (!INTEGER.test(text))
      return { code: CODES.missingParameter, message: 'The parameter "id" must be the integer id of a task.' };
    const { user } = context.var;
    const job = await this.progressManager.get(Number(text), { user });
    if (job === undefined) return { code: CODES.notFound, message: 'There is no task with this id.' };
    return { code: CODES.ok, data: taskStatus(job) };
  }

  /** The parameters of the call are the data of the job. */
  async #start({ key, label }: RegisteredType, context: RouteContext): Promise<Answer> {
    // A link must not start anything.
    if (context.req.method !== 'POST') return { code: CODES.badMethod, message: 'Send this call by POST.' };
    const data = await parametersOf(context);
    const { user } = context.var;
    const { number } = await this.progressManager.push(label, key, data, {}, { user });
    return { code: CODES.inBackground, data: number };
  }

  #unknown(module: string, isQueue: boolean): Answer {
    if (isQueue || this.#calls.hasModule(module))
      return { code: CODES.badMethod, message: 'This module has no such method.' };
    return { code: CODES.badModule, message: 'There is no such module.' };
  }
}

const OTHER_VERB: Answer = {
  code: CODES.badMethod,
  message: 'Send this call by POST, or by GET if it begins nothing.',
};

const NO_KEY = 'Send a key of this server, as "apiKey" in the query or as "Authorization: Bearer <key>".';

function tooFast(perSecond: number): Answer {
  const bound = perSecond < 1 ? `one in ${Number((1 / perSecond).toFixed(1))} s` : `${perSecond} a second`;
  return { code: CODES.tooFast, message: `Too many calls: at most ${bound}.` };
}

const CODE_OF_STATUS: Readonly<Record<number, Answer['code']>> = {
  400: CODES.validation,
  401: CODES.login,
  403: CODES.noAccess,
  409: CODES.conflict,
  413: CODES.validation,
  415: CODES.badFormat,
  422: CODES.validation,
  500: CODES.unknownError,
};

function answerTo({ status, detail, facts }: Problem): Answer {
  const code = CODE_OF_STATUS[status] ?? CODES.general;
  if (code === CODES.login) return { code, message: NO_KEY };
  if (code !== CODES.validation) return { code, message: detail };
  // Which parameter it is about, where that is known.
  return { code, message: detail, data: typeof facts.field === 'string' ? { [facts.field]: detail } : null };
}

const queryOf = ({ req }: RouteContext) => new URL(req.url).searchParams;

/** Of the query and of the body, which wins. Clients say their key in either place: it is none. Throws as `readFields`. */
async function parametersOf(context: RouteContext): Promise<Readonly<Record<string, unknown>>> {
  const given = { ...fieldsOf(queryOf(context)), ...(await readFields(context.req.raw)) };
  return Object.fromEntries(Object.entries(given).filter(([name]) => !OWN_PARAMETERS.includes(name.toLowerCase())));
}
