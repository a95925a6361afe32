/**
 * The identity provider as OpenID Connect has it: authorization code with PKCE, state and nonce, all checked by the library, the ID token's signature
 * too. What a sign-in under way has to remember is derived from one token that its browser alone holds.
 */
import { Inject, Injectable } from '@nestjs/common';
import * as oidc from 'openid-client';
import type { OidcTerms } from '../../config-sign-in.js';
import type { Config } from '../../config.js';
import { derived } from '../../storage/secrets.js';
import { Problem } from '../http/problem.js';
import { CONFIG } from '../ports.js';

/** Of calls of the provider. */
const TIMEOUT_SECONDS = 10;

@Injectable()
export class OidcClient {
  private discovered: Promise<oidc.Configuration> | null = null;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Where people reach us, and the terms. Problems: not_found where there is no identity provider. */
  get terms(): OidcTerms {
    if (!this.config.oidc) throw new Problem('not_found', 'No identity provider is configured.');
    return this.config.oidc;
  }

  /** Where to send the browser that holds `token`. Problems: unavailable. */
  async authorizationUrl(token: string): Promise<URL> {
    const { redirectUrl, scope } = this.terms;
    return oidc.buildAuthorizationUrl(await this.configuration(), {
      redirect_uri: redirectUrl,
      scope,
      state: derived(token, 'state'),
      nonce: derived(token, 'nonce'),
      code_challenge: await oidc.calculatePKCECodeChallenge(derived(token, 'verifier')),
      code_challenge_method: 'S256',
    });
  }

  /** What the provider says of the person. `query`: of the call back. Problems: unauthenticated; unavailable. */
  async claims(token: string, query: string): Promise<oidc.IDToken> {
    const configuration = await this.configuration();
    const url = new URL(this.terms.redirectUrl);
    url.search = query;
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: derived(token, 'verifier'),
        expectedState: derived(token, 'state'),
        expectedNonce: derived(token, 'nonce'),
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('invariant: an expected ID token that is not there');
      return claims;
    } catch {
      // whatever it was: a refusal of the provider, a code used up, a token that does not verify
      throw new Problem('unauthenticated', 'The identity provider did not confirm the sign-in.');
    }
  }

  /** Discovered once; again where that failed. */
  private async configuration(): Promise<oidc.Configuration> {
    this.discovered ??= discover(this.terms);
    try {
      return await this.discovered;
    } catch {
      this.discovered = null;
      throw new Problem('unavailable', 'The identity provider does not answer.', { headers: { 'Retry-After': '5' } });
    }
  }
}

async function discover({ issuer, clientId, clientSecret }: OidcTerms): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  // plain HTTP is for a provider on this machine, as in tests
  const plain = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  return await oidc.discovery(url, clientId, undefined, oidc.ClientSecretBasic(clientSecret), {
    execute: [oidc.enableNonRepudiationChecks, ...plain],
    timeout: TIMEOUT_SECONDS,
  });
}
