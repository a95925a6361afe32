/**
 * An identity provider on this machine: the npm package oidc-provider, with people who are signed in by being named. Its own checks (redirect, PKCE,
 * one use of a code) are as it comes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const CLIENT_ID = 'pado';
export const CLIENT_SECRET = 'only-for-tests-only-for-tests-only';

export interface Identity {
  sub: string;
  name: string;
  email: string;
  email_verified: boolean;
  groups: string[];
}

export class IdentityProvider {
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private readonly people: Map<string, Identity>,
    /** How long a code lives that is given from now on. */
    private readonly life: { codeSeconds: number },
  ) {}

  /** `redirectUrl`: of the one client. */
  static async start(redirectUrl: string): Promise<IdentityProvider> {
    const people = new Map<string, Identity>();
    const life = { codeSeconds: 60 };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [redirectUrl],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      pkce: { required: () => true },
      // what the ID token itself says, so that no further call is needed
      conformIdTokenClaims: false,
      claims: { openid: ['sub', 'name', 'email', 'email_verified', 'groups'] },
      scopes: ['openid', 'profile', 'email'],
      cookies: { keys: ['only-for-tests'] },
      ttl: {
        AuthorizationCode: () => life.codeSeconds,
        IdToken: 600,
        AccessToken: 600,
        Grant: 600,
        Interaction: 600,
        Session: 600,
      },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => {
        const person = people.get(id);
        return person && { accountId: id, claims: () => ({ ...person }) };
      },
    });
    const answer = provider.callback();
    server.on('request', (request, response) => {
      const [, uid] = /^\/interaction\/([^/?]+)/.exec(request.url ?? '') ?? [];
      if (uid) void confirm(provider, request, response);
      else void answer(request, response);
    });
    return new IdentityProvider(server, issuer, people, life);
  }

  /** The codes that are given from now on. */
  codesLive(seconds: number): void {
    this.life.codeSeconds = seconds;
  }

  /** Known by the subject. */
  set(person: Identity): void {
    this.people.set(person.sub, person);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Who is named in the header `x-person` signs in and agrees. */
async function confirm(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const person = String(request.headers['x-person'] ?? '');
  if (prompt.name === 'login')
    return await provider.interactionFinished(request, response, { login: { accountId: person } });
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session?.accountId ?? person, clientId: String(params['client_id']) });
  grant.addOIDCScope('openid profile email');
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true },
  );
}
