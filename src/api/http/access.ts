/**
 * Who may call what: every endpoint states its roles, and one that states none is closed to everybody.
 */
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Actor, Role } from '../../storage/keys.store.js';

export const ACCESS = 'pado:access';

/** `public`: no key. `signed`: the handler verifies a Standard Webhooks signature. `session`: a person who is signed in, whatever their roles. */
export type Access = 'public' | 'signed' | 'session' | { roles: readonly Role[] };

export const Allow = (access: Access) => SetMetadata(ACCESS, access);

/** `session`: the token, where the caller is a person in a browser. */
export type AuthenticatedRequest = Request & { actor?: Actor; session?: string };

export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!actor) throw new Error('invariant: an endpoint without a role list asked for its actor');
  return actor;
});
