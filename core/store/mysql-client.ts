/// <reference path="./knex-internals.d.ts" />
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';
import { assertOutsideWrite } from './inside-write.js';

/** knex's client for mysql2, which gives a `context.write` callback no second connection: its writes would not be undone. */
export class MysqlClient extends Mysql2Client {
  override acquireConnection(): Promise<unknown> {
    assertOutsideWrite('The database');
    return super.acquireConnection();
  }
}
