/**
 * Puts proxies between API and workers and what they reach: each proxy is told the real port, and the environment the proxy's.
 */
import type { TcpProxy } from './tcp-proxy.js';

export interface Proxied {
  postgres?: TcpProxy;
  redis?: TcpProxy;
  temporal?: TcpProxy;
  /** Before the first gateway and the first provider. */
  gateway?: TcpProxy;
  provider?: TcpProxy;
}

/** Variables of API and worker that tell where things are. */
export interface Reached {
  PADO_DATABASE_URL: string;
  REDIS_URL: string;
  TEMPORAL_ADDRESS: string;
  PADO_GATEWAYS: string;
  PADO_PAYOUT_PROVIDERS: string;
}

export function throughProxies(env: Reached, proxies: Proxied): Reached {
  const address = (text: string, proxy: TcpProxy) => by(new URL(`tcp://${text}`), proxy).host;
  const url = (text: string, proxy: TcpProxy) => by(new URL(text), proxy).href;
  return {
    PADO_DATABASE_URL: proxies.postgres ? url(env.PADO_DATABASE_URL, proxies.postgres) : env.PADO_DATABASE_URL,
    REDIS_URL: proxies.redis ? url(env.REDIS_URL, proxies.redis) : env.REDIS_URL,
    TEMPORAL_ADDRESS: proxies.temporal ? address(env.TEMPORAL_ADDRESS, proxies.temporal) : env.TEMPORAL_ADDRESS,
    PADO_GATEWAYS: firstBy(env.PADO_GATEWAYS, proxies.gateway),
    PADO_PAYOUT_PROVIDERS: firstBy(env.PADO_PAYOUT_PROVIDERS, proxies.provider),
  };
}

function by(url: URL, proxy: TcpProxy): URL {
  proxy.towards(Number(url.port));
  url.port = String(proxy.port);
  return url;
}

function firstBy(json: string, proxy: TcpProxy | undefined): string {
  if (!proxy) return json;
  const [first, ...rest] = JSON.parse(json) as { url: string }[];
  if (!first) throw new Error('there is none to put a proxy before');
  return JSON.stringify([{ ...first, url: by(new URL(first.url), proxy).href.replace(/\/$/, '') }, ...rest]);
}
