/**
 * The API as an HTTP server over given ports: headers, body limits, documents, errors. It answers nothing before it listens.
 */
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Type, DynamicModule } from '@nestjs/common';
import helmet from 'helmet';
import { Logger } from 'nestjs-pino';
import type { Config } from '../config.js';
import { useBodyParsers } from './http/body.js';
import { useConsole } from './http/console.js';
import { limitServer } from './http/limits.js';
import { Metrics } from './http/metrics.js';
import { serveOpenApi } from './http/openapi.js';
import { traced } from './http/traced.js';
import { unkept } from './http/unkept.js';
import { CONFIG } from './ports.js';

export async function createApi(module: Type | DynamicModule): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.disable('x-powered-by');
  // the documents are read over plain HTTP on a loopback address too
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  useConsole(app);
  app.disable('etag');
  app.use(unkept);
  app.use(app.get(Metrics).observe);
  app.use(traced);
  useBodyParsers(app, app.get<Config>(CONFIG));
  serveOpenApi(app);
  limitServer(app.getHttpServer());
  return app;
}

/** Listen; port 0 takes a free one. Returns the URL to call. */
export async function listen(app: NestExpressApplication, at: { host: string; port: number }): Promise<string> {
  await app.listen(at.port, at.host);
  const url = await app.getUrl();
  return url.replace('[::1]', 'localhost');
}
