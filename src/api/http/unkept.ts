/**
 * Nothing that the API answers is kept by browsers or by what lies between: it is somebody's data (RFC 9111, `no-store`). A question whether a tag is still
 * the newest is answered like every other: a tag names the revision of a draft, and what is told of it, such as its state, moves within one.
 */
import type { NextFunction, Request, Response } from 'express';

export function unkept(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  if (request.method === 'GET' || request.method === 'HEAD') delete request.headers['if-none-match'];
  next();
}
